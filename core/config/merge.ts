import { ConfigError } from "../errors.ts";
import { findProblem, layer } from "./schema.ts";

/**
 * Lay a partial configuration over another: a file, or what an experiment sets.
 *
 * @example Usage
 * ```ts
 * import { mergeConfig } from "@morphogen/morphogen";
 *
 * const merged = mergeConfig({ train: { lr: 1e-3, steps: 100 } }, { train: { steps: 20 } }, "my.json");
 * if (merged.train.lr !== 1e-3 || merged.train.steps !== 20) throw new Error("unexpected result");
 * ```
 *
 * @typeParam T Type of the configuration.
 * @param config Configuration so far; unchanged.
 * @param patch Values to set; records are merged key by key, lists and scalars replaced.
 * @param source What the patch is, for messages: a file name, or `experiment "toy"`.
 * @param schema Original defaults, whose types count; they tell apart a key that was `null` from one that never was.
 * @returns The merged configuration.
 * @throws {ConfigError} If a key does not exist or a type differs from the default's.
 */
export function mergeConfig<T>(config: T, patch: unknown, source: string, schema: T = config): T {
  const problem = findProblem(schema, patch, "", schema);
  if (problem === undefined) return layer(config, patch) as T;
  const { path, detail } = problem;
  const where = path === "" || detail.startsWith("unknown key") ? "" : `key "${path}": `;
  throw new ConfigError(`Cannot apply ${source}: ${where}${detail}`);
}
