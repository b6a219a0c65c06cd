import { ConfigError } from "../errors.ts";

/** A replaced letter counts a little more: a dropped or doubled one is the commoner slip. */
const REPLACED = 1.1;

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : REPLACED);
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, replaced);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, (beforeLast[j - 2] ?? i + j) + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * Find the known name that a misspelled one most likely stands for.
 *
 * @example Usage
 * ```ts
 * import { nearestName } from "@morphogen/morphogen";
 *
 * const found = nearestName("nichflow", ["cfm", "nicheflow"]);
 * if (found !== "nicheflow") throw new Error(String(found));
 * ```
 *
 * @param name The name as it was typed; letter case is ignored.
 * @param known Names that exist.
 * @returns The name with the fewest edits, the first of equals; `undefined` if all differ in more than two fifths of
 * their letters.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of known) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(0.4 * Math.max(name.length, candidate.length)));
    if (Math.floor(edits) <= allowed && edits < fewest && edits < candidate.length) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

/**
 * Describe a name that does not exist: the nearest known one, or all of them if none is near.
 *
 * @param kind What the name should be, for example `"experiment"`.
 * @param name The name as it was typed.
 * @param known Names that exist.
 * @returns The error, to be thrown.
 */
export function unknownName(kind: string, name: string, known: readonly string[]): ConfigError {
  const guess = nearestName(name, known);
  const help = guess === undefined ? `, known are ${known.join(", ") || "none"}` : `, did you mean "${guess}"?`;
  return new ConfigError(`Cannot find ${kind} "${name}"${help}`);
}
