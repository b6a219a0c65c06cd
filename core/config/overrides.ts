import { ConfigError } from "../errors.ts";
import { findProblem, isRecord, layer, type Problem, unknownKey } from "./schema.ts";

function exampleOf(root: unknown): string {
  let node = root;
  const keys: string[] = [];
  while (isRecord(node) && Object.keys(node).length > 0) {
    const [key, inner] = Object.entries(node)[0]!;
    keys.push(key);
    node = inner;
  }
  return `${keys.join(".")}=${typeof node === "string" ? node : JSON.stringify(node)}`;
}

/** Text reads as itself unless it is a JSON string; for every other default the value must be JSON to fit. */
function readValue(text: string, schema: unknown): unknown {
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  return typeof schema === "string" && typeof value !== "string" ? text : value;
}

function locate(root: unknown, path: string): { readonly schema: unknown } | Problem {
  let node = root;
  const keys = path.split(".");
  for (const [i, key] of keys.entries()) {
    if (Array.isArray(node)) {
      const list = keys.slice(0, i).join(".");
      return { path, detail: `"${list}" is a list, set it as a whole: ${list}=${JSON.stringify(node)}` };
    }
    if (!isRecord(node) || !Object.hasOwn(node, key)) return unknownKey(root, path);
    node = node[key];
  }
  return { schema: node };
}

/**
 * Apply `path=value` settings from the command line, left to right.
 *
 * The value is read as JSON, or as text where the default is text. The path must exist and the type must equal the
 * default's; an empty list accepts text and numbers, `null` accepts any scalar.
 *
 * @example Usage
 * ```ts
 * import { applyOverrides } from "@morphogen/morphogen";
 *
 * const defaults = { train: { lr: 1e-3, steps: 100 }, kind: "glvfm" };
 * const config = applyOverrides(defaults, ["train.lr=2e-4", "kind=cfm"]);
 * if (config.train.lr !== 2e-4 || config.kind !== "cfm") throw new Error("unexpected result");
 * ```
 *
 * @typeParam T Type of the configuration.
 * @param config Configuration so far; unchanged.
 * @param overrides Settings such as `"train.lr=1e-3"`.
 * @param schema Original defaults, whose types count; they tell apart a key that was `null` from one that never was.
 * @returns The configuration with all settings applied.
 * @throws {ConfigError} If a setting has no `=`, its key does not exist or its type differs from the default's.
 */
export function applyOverrides<T>(config: T, overrides: readonly string[], schema: T = config): T {
  let result: unknown = config;
  for (const override of overrides) {
    const fail = (detail: string): never => {
      throw new ConfigError(`Cannot apply override "${override}": ${detail}`);
    };
    const cut = override.indexOf("=");
    if (cut < 0) return fail(`expected path=value, for example "${exampleOf(schema)}"`);
    const path = override.slice(0, cut).trim();
    const found = locate(schema, path);
    if ("detail" in found) return fail(found.detail);
    const value = readValue(override.slice(cut + 1), found.schema);
    const problem = findProblem(found.schema, value, path, schema);
    if (problem !== undefined) {
      const where = problem.path === path || problem.detail.startsWith("unknown key") ? "" : `key "${problem.path}": `;
      return fail(`${where}${problem.detail}`);
    }
    result = layer(result, path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value));
  }
  return result as T;
}
