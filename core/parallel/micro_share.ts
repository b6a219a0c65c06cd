import type { Ranks } from "./ranks.ts";

/** Micro-batches of a step that a rank makes. */
export interface MicroShare {
  /** First of them. */
  readonly first: number;
  /** How many. */
  readonly count: number;
  /** Micro-batches of the whole step. */
  readonly of: number;
}

/**
 * The micro-batches of one rank: its even share if there is one, else all of them, to take rows of.
 *
 * @param accumulate Micro-batches per step.
 * @param ranks Number and size.
 * @returns The micro-batches.
 */
export function microShare(accumulate: number, { rank, size }: Pick<Ranks, "rank" | "size">): MicroShare {
  if (accumulate % size !== 0) return { first: 0, count: accumulate, of: accumulate };
  const count = accumulate / size;
  return { first: rank * count, count, of: accumulate };
}
