import { nearestName } from "./nearest.ts";

/** Why a value does not fit the defaults. */
export interface Problem {
  /** Path of the key. */
  readonly path: string;
  /** Half a sentence that names the value and what was expected. */
  readonly detail: string;
}

/**
 * Tell records from lists, scalars and other objects.
 *
 * @param value Any value.
 * @returns Whether it is a plain record.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // What is nested too deeply for the stack, as a forged file may be, is not worth showing.
    return "a value of many levels";
  }
}

/**
 * Show a value inside a sentence.
 *
 * @param value Any JSON value.
 * @returns Its JSON, cut after 60 characters.
 */
export function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : jsonOf(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function expected(schema: unknown): string {
  switch (kindOf(schema)) {
    case "number":
      return `a number like ${schema}`;
    case "string":
      return `text like ${show(schema)}`;
    case "boolean":
      return "true or false";
    case "null":
      return "text, a number, true, false or null";
    case "list":
      return `a list like ${show(schema)}`;
    default:
      return `an object with keys among ${Object.keys(schema as object).join(", ") || "none"}`;
  }
}

function pathsOf(schema: unknown, prefix = ""): string[] {
  if (!isRecord(schema)) return [];
  return Object.entries(schema).flatMap(([key, inner]) => [`${prefix}${key}`, ...pathsOf(inner, `${prefix}${key}.`)]);
}

/**
 * Say that a key does not exist, and which one was probably meant.
 *
 * @param root The whole defaults.
 * @param path Path of the unknown key.
 * @returns The problem.
 */
export function unknownKey(root: unknown, path: string): Problem {
  const paths = pathsOf(root);
  const last = path.slice(path.lastIndexOf(".") + 1);
  const guess = nearestName(path, paths) ?? paths.find((known) => known.endsWith(`.${last}`));
  const parent = path.slice(0, -last.length);
  const siblings = paths.filter((known) => known.startsWith(parent) && !known.slice(parent.length).includes("."));
  const known = siblings.length > 0 ? siblings : paths.filter((each) => !each.includes("."));
  const help = guess === undefined ? `known are ${known.join(", ") || "none"}` : `did you mean "${guess}"?`;
  return { path, detail: `unknown key "${path}", ${help}` };
}

function elementProblem(schema: readonly unknown[], item: unknown, path: string): Problem | undefined {
  if (schema.length === 0) {
    if (["string", "number"].includes(kindOf(item))) return undefined;
    return { path, detail: `expected text or a number, got ${show(item)}` };
  }
  const model = schema.find((each) => kindOf(each) === kindOf(item)) ?? schema[0];
  if (isRecord(model) && isRecord(item)) {
    const missing = Object.keys(model).find((key) => !Object.hasOwn(item, key));
    if (missing !== undefined) return { path, detail: `expected ${expected(model)}, got none for "${missing}"` };
  }
  return findProblem(model, item, path, { [path]: model });
}

/**
 * Check a value against defaults: keys must exist, types must agree.
 *
 * @param schema Default at this place. An empty list accepts text and numbers, `null` accepts any scalar.
 * @param value Value to check; a record may leave out keys.
 * @param path Path of this place, for messages.
 * @param root The whole defaults, for suggestions.
 * @returns The first problem, or `undefined` if the value fits.
 */
export function findProblem(schema: unknown, value: unknown, path: string, root: unknown): Problem | undefined {
  const mismatch = { path, detail: `expected ${expected(schema)}, got ${show(value)}` };
  if (schema === null) return isRecord(value) || Array.isArray(value) ? mismatch : undefined;
  if (kindOf(schema) !== kindOf(value)) return mismatch;
  if (typeof value === "number" && !Number.isFinite(value)) return mismatch;
  if (Array.isArray(schema) && Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const problem = elementProblem(schema, item, path === "" ? `${i}` : `${path}.${i}`);
      if (problem !== undefined) return problem;
    }
  } else if (isRecord(schema) && isRecord(value)) {
    for (const [key, inner] of Object.entries(value)) {
      const at = path === "" ? key : `${path}.${key}`;
      if (!Object.hasOwn(schema, key)) return unknownKey(root, at);
      if (inner === undefined) continue;
      const problem = findProblem(schema[key], inner, at, root);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/**
 * Lay a checked patch over a configuration: records are merged, everything else is replaced.
 *
 * @param base The configuration; unchanged.
 * @param patch Values that fit it.
 * @returns The merged configuration.
 */
export function layer(base: unknown, patch: unknown): unknown {
  if (!isRecord(base) || !isRecord(patch)) return patch;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value !== undefined) merged[key] = layer(base[key], value);
  }
  return merged;
}
