import { DataError, type Rng } from "../../core/mod.ts";

/** Folds of cross-validation; all rows of a group (donor, section) are in one. */
export interface Folds {
  /** Number of folds. */
  readonly count: number;
  /** Fold of each row, `[N]`. */
  readonly fold: Int32Array;
}

/**
 * Deal groups out to folds, so that no group is in two: groups in random order, large ones first, each to the fold with the
 * fewest rows.
 *
 * @param groups Group of each row, for example its donor, `[N]`.
 * @param count Number of folds, at least 2.
 * @param rng Stream for the order.
 * @returns Fold of each row; no fold is empty.
 * @throws {RangeError} If `count` is not a whole number of at least 2.
 * @throws {DataError} If there are fewer groups than folds, or a row has no group.
 */
export function groupFolds(groups: readonly string[], count: number, rng: Rng): Folds {
  if (!(Number.isInteger(count) && count >= 2)) {
    throw new RangeError(`Cannot make ${count} folds: expected a whole number of at least 2`);
  }
  const size = new Map<string, number>();
  groups.forEach((group, row) => {
    if (group === "") throw new DataError(`Cannot make folds: row ${row} has no group, leave it out first`);
    size.set(group, (size.get(group) ?? 0) + 1);
  });
  if (size.size < count) {
    throw new DataError(`Cannot make ${count} folds of ${size.size} groups (${[...size.keys()].sort().join(", ")})`);
  }
  const names = [...size.keys()].sort();
  const order = Array.from(rng.host.permutation(names.length), (at) => names[at]!);
  const rows = new Float64Array(count);
  const foldOf = new Map<string, number>();
  for (const name of order.sort((a, b) => size.get(b)! - size.get(a)!)) {
    const least = rows.indexOf(rows.reduce((a, b) => Math.min(a, b)));
    foldOf.set(name, least);
    rows[least]! += size.get(name)!;
  }
  return Object.freeze({ count, fold: Int32Array.from(groups, (group) => foldOf.get(group)!) });
}

/** One outer fold of nested cross-validation. */
export interface NestedFold {
  /** Rows that are tested on. */
  readonly test: Int32Array;
  /** Rows that are not. */
  readonly rest: Int32Array;
  /** Inner fold of each row of `rest`, for choosing settings. */
  readonly inner: Folds;
}

/**
 * Deal groups out to folds, and in each fold the groups that are not tested on to inner folds.
 *
 * @param groups Group of each row, `[N]`.
 * @param outer Number of outer folds, at least 2.
 * @param inner Number of inner folds, at least 2.
 * @param rng Stream for the order.
 * @returns The outer folds.
 * @throws {RangeError} If a number is not whole or below 2.
 * @throws {DataError} If there are too few groups, or a row has none.
 */
export function nestedFolds(groups: readonly string[], outer: number, inner: number, rng: Rng): readonly NestedFold[] {
  const { fold } = groupFolds(groups, outer, rng.fold("outer"));
  return Array.from({ length: outer }, (_, k) => {
    const all = Int32Array.from(fold.keys());
    const rest = all.filter((row) => fold[row] !== k);
    const names = Array.from(rest, (row) => groups[row]!);
    return Object.freeze({
      test: all.filter((row) => fold[row] === k),
      rest,
      inner: groupFolds(names, inner, rng.fold("inner").fold(k)),
    });
  });
}

/**
 * Refuse sections of one name in two donors: a split by section would put parts of both into one.
 *
 * @param sections Section of each row, `[N]`.
 * @param donors Donor of each row, `[N]`.
 * @throws {DataError} If a name occurs in two donors; names all three.
 */
export function requireOneDonor(sections: readonly string[], donors: readonly string[]): void {
  const donorOf = new Map<string, string>();
  sections.forEach((section, row) => {
    const known = donorOf.get(section);
    if (known === undefined) donorOf.set(section, donors[row]!);
    else if (known !== donors[row]) {
      throw new DataError(
        `Cannot split by section: section "${section}" occurs in donors "${known}" and "${
          donors[row]
        }", give sections ` +
          "names that include the donor",
      );
    }
  });
}
