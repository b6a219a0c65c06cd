import { DataError } from "../../../core/mod.ts";

/** Entropies of two partitions and what they share, in nats. */
export interface SharedInformation {
  /** Mutual information. */
  readonly mutual: number;
  /** Entropies of the first and the second partition. */
  readonly entropies: readonly [number, number];
  /** Mutual information over the mean of the entropies; 1 if both partitions are a single part. */
  readonly normalized: number;
}

/**
 * Normalized mutual information of two partitions, by the arithmetic mean of their entropies (Strehl and Ghosh 2002).
 *
 * @param a Part of each item, whole numbers; items with a negative one on either side are left out.
 * @param b Part of each item, as many.
 * @returns The information.
 * @throws {TypeError} If the lengths differ.
 * @throws {DataError} If no item is left.
 */
export function sharedInformation(a: ArrayLike<number>, b: ArrayLike<number>): SharedInformation {
  if (a.length !== b.length) {
    throw new TypeError(`Cannot compare partitions of ${a.length} and ${b.length} items: expected as many`);
  }
  const [first, second, joint] = [new Map<number, number>(), new Map<number, number>(), new Map<string, number>()];
  let items = 0;
  const count = <K>(counts: Map<K, number>, key: K): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < 0 || b[i]! < 0) continue;
    items++;
    count(first, a[i]!);
    count(second, b[i]!);
    count(joint, `${a[i]} ${b[i]}`);
  }
  if (items === 0) throw new DataError("Cannot compare partitions: no item has a part on both sides");
  const entropy = (counts: Iterable<number>): number =>
    [...counts].reduce((sum, n) => sum - n / items * Math.log(n / items), 0);
  const entropies = [entropy(first.values()), entropy(second.values())] as const;
  const mutual = Math.max(0, entropies[0] + entropies[1] - entropy(joint.values()));
  const mean = (entropies[0] + entropies[1]) / 2;
  return { mutual, entropies, normalized: mean === 0 ? 1 : mutual / mean };
}
