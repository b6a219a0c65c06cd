import { ConfigError } from "../core/mod.ts";
import type { FlagTable } from "../core/config/flags.ts";

/** Flags of `deno task sample` for as many cells as one likes. */
export const STREAM_FLAGS = {
  "count": {
    kind: "integer",
    value: "10000000",
    least: 1,
    help: "draw this many cells, written as they are drawn; the same command goes on with what an earlier one left",
  },
  "part": {
    kind: "text",
    value: "K/N",
    help: "of --count: draw only part K of N, beside the processes that draw the others",
  },
} as const satisfies FlagTable;

/** Flags of `deno task eval` for cells that are in a store already. */
export const STORE_FLAGS = {
  "samples": {
    kind: "text",
    value: "PATH.zarr",
    help: "measure the cells of this store, as sample --count writes, instead of drawing anew; nothing is written",
  },
} as const satisfies FlagTable;

/** Which share of the blocks one of several processes draws. */
export interface Part {
  /** From 1. */
  readonly number: number;
  /** How many parts there are. */
  readonly of: number;
}

/**
 * Read which part of a store is to be drawn.
 *
 * @param text `K/N`; absent means all.
 * @returns The part.
 * @throws {ConfigError} If it is no part.
 */
export function partOf(text: string | undefined): Part {
  if (text === undefined) return { number: 1, of: 1 };
  const [, number, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (number !== undefined && of !== undefined && number >= 1 && number <= of) return { number, of };
  throw new ConfigError(`Flag "--part" expects K/N with K from 1 to N, for example 2/4, got "${text}"`);
}
