import { type HostArray, type NumericArray, takeRows } from "../../../core/mod.ts";

/** The same quantity of each set of images. */
export interface Sets<T> {
  /** Of the drawn images. */
  readonly generated: T;
  /** Of the real images of the same cells. */
  readonly real: T;
  /** Of sets that results are read against, by name. */
  readonly references: Readonly<Record<string, T>>;
}

/** Entries that make two halves worth comparing. */
const LEAST_ROWS = 4;

/**
 * Change the quantity of each set.
 *
 * @param sets Quantities.
 * @param change What is made of each.
 * @returns The new quantities.
 */
export function mapSets<T, U>({ generated, real, references }: Sets<T>, change: (value: T) => U): Sets<U> {
  return {
    generated: change(generated),
    real: change(real),
    references: Object.fromEntries(Object.entries(references).map(([name, value]) => [name, change(value)])),
  };
}

/**
 * Compare references with the real images: the identity first, which compares one half of the real images with the other.
 *
 * @param sets What is compared.
 * @param halves Divides the real ones in two; undefined where there are too few.
 * @param compare The comparison.
 * @returns Values by name; those that are no number are left out.
 */
export function anchorsOf<T>(
  { real, references }: Sets<T>,
  halves: (real: T) => readonly [T, T] | undefined,
  compare: (a: T, b: T) => number,
): Readonly<Record<string, number>> {
  const divided = halves(real);
  const named: readonly (readonly [string, number])[] = [
    ...(divided === undefined ? [] : [["identity", compare(...divided)] as const]),
    ...Object.entries(references).map(([name, value]) => [name, compare(value, real)] as const),
  ];
  return Object.fromEntries(named.filter(([, value]) => Number.isFinite(value)));
}

/**
 * Divide a list: every other entry.
 *
 * @param values Entries.
 * @returns Two lists, or undefined if there are too few.
 */
export function halvesOfList<T>(values: readonly T[]): readonly [readonly T[], readonly T[]] | undefined {
  if (values.length < LEAST_ROWS) return undefined;
  return [values.filter((_, i) => i % 2 === 0), values.filter((_, i) => i % 2 === 1)];
}

/**
 * Divide vectors: every other row.
 *
 * @param vectors Rows first.
 * @returns Two sets, or undefined if there are too few.
 */
export function halvesOfRows<A extends NumericArray>(
  vectors: HostArray<A>,
): readonly [HostArray<A>, HostArray<A>] | undefined {
  const rows = halvesOfList(Array.from({ length: vectors.shape[0]! }, (_, i) => i));
  if (rows === undefined) return undefined;
  return [takeRows(vectors, rows[0]), takeRows(vectors, rows[1])];
}

/**
 * Change the quantity of each set by work that takes time, one set after the other.
 *
 * @param sets Quantities.
 * @param change What is made of each.
 * @returns The new quantities.
 */
export async function mapAll<T, U>(
  { generated, real, references }: Sets<T>,
  change: (value: T) => Promise<U>,
): Promise<Sets<U>> {
  const changed: Record<string, U> = {};
  for (const [name, value] of Object.entries(references)) changed[name] = await change(value);
  return { generated: await change(generated), real: await change(real), references: changed };
}
