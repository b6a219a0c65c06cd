import { canonicalJson } from "./canonical.ts";
import { isRecord } from "./schema.ts";

/** One place where two configurations differ. */
export interface ConfigDifference {
  /** Path of the key, for example `"train.lr"`. */
  readonly path: string;
  /** Value in the first; `undefined` if it lacks the key. */
  readonly a: unknown;
  /** Value in the second; `undefined` if it lacks the key. */
  readonly b: unknown;
}

/**
 * List where two configurations differ; lists are compared as a whole.
 *
 * @param a The first configuration.
 * @param b The second configuration.
 * @returns The differences, keys in sorted order; empty if the two are equal.
 */
export function diffConfig(a: unknown, b: unknown): ConfigDifference[] {
  const walk = (left: unknown, right: unknown, path: string): ConfigDifference[] => {
    if (isRecord(left) && isRecord(right)) {
      const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
      return keys.flatMap((key) => walk(left[key], right[key], path === "" ? key : `${path}.${key}`));
    }
    const equal = left === undefined || right === undefined
      ? left === right
      : canonicalJson(left) === canonicalJson(right);
    return equal ? [] : [{ path, a: left, b: right }];
  };
  return walk(a, b, "");
}
