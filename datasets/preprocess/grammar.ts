import { ConfigError, unknownName } from "../../core/mod.ts";
import { STEPS } from "./registry.ts";
import type { Params, Step } from "./step.ts";

/**
 * Read steps from text: steps are separated by commas, and a step is its name and `key=value` pairs separated by colons,
 * for example `qc:min_counts=10,normalize:target=median,log1p,hvg:n=2000:flavor=seurat_v3,pca:components=50`. A value may
 * hold a colon that no `key=` follows.
 *
 * @param text The text.
 * @returns The steps in order.
 * @throws {ConfigError} If a step or key is unknown, or a value has the wrong type or is out of range.
 */
export function parseSteps(text: string): readonly Step[] {
  const parts = text.split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (parts.length === 0) throw new ConfigError(`Cannot read steps "${text}": expected at least one, as in "qc,log1p"`);
  return parts.map(parseStep);
}

/**
 * Make a step by name.
 *
 * @param name Its name.
 * @param params Parameters that differ from the defaults.
 * @returns The step.
 * @throws {ConfigError} If the step is unknown, or a parameter is unknown, of the wrong type or out of range.
 */
export function stepByName(name: string, params: Params): Step {
  const kind = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (kind === undefined) throw unknownName("step", name, Object.keys(STEPS));
  for (const [key, value] of Object.entries(params)) {
    const standard = Object.hasOwn(kind.defaults, key) ? kind.defaults[key] : undefined;
    if (standard === undefined) throw unknownName(`parameter of step "${name}"`, key, Object.keys(kind.defaults));
    if (typeof value !== typeof standard) throw wrongType(name, key, value, standard);
  }
  try {
    return kind.make(params);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ConfigError(cause.message, { cause });
  }
}

function parseStep(text: string): Step {
  const [name = "", ...rest] = text.split(":");
  const pairs = rest.length === 0 ? [] : rest.join(":").split(/:(?=\w+=)/);
  const defaults = Object.hasOwn(STEPS, name) ? STEPS[name]!.defaults : {};
  const params = pairs.map((pair): [string, string | number | boolean] => {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new ConfigError(`Cannot read "${pair}" of step "${name}": expected key=value, as in "hvg:n=2000"`);
    }
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
    return [key, typed(name, key, value, Object.hasOwn(defaults, key) ? defaults[key] : undefined)];
  });
  return stepByName(name, Object.fromEntries(params));
}

/** Read a value as the type of its default. */
function typed(step: string, key: string, text: string, standard: unknown): string | number | boolean {
  if (typeof standard === "number") {
    const value = Number(text);
    if (text === "" || !Number.isFinite(value)) throw wrongType(step, key, text, standard);
    return value;
  }
  if (typeof standard !== "boolean") return text;
  if (text !== "true" && text !== "false") throw wrongType(step, key, text, standard);
  return text === "true";
}

function wrongType(step: string, key: string, value: unknown, standard: unknown): ConfigError {
  return new ConfigError(
    `Cannot use ${key}=${value} in step "${step}": expected a ${typeof standard} like ${JSON.stringify(standard)}`,
  );
}
