import type { Cond, State, Tensor } from "../../core/mod.ts";

/** The evolving set of cells: features `x` `[B, N, G]` and coordinates `pos` `[B, N, D]`, both standardized. */
export type Niche = State & { readonly x: Tensor; readonly pos: Tensor };

/** The source set that conditions the flow; encoding adds what the encoder makes of it. */
export type NicheCond = Cond & {
  /** Features of the source cells, `[B, M, G]`. */
  readonly sourceX: Tensor;
  /** Coordinates of the source cells, `[B, M, D]`. */
  readonly sourcePos: Tensor;
  /** One-hot of the source time point, `[B, S]`. */
  readonly sourceTime: Tensor;
  /** One-hot of the target time point, `[B, S]`. */
  readonly targetTime: Tensor;
};

/** Names of optional entries of {@linkcode NicheCond}: a mask of real source cells `[B, M]` and the encoder's output. */
export const SOURCE_MASK = "sourceMask";
/** Encoder output `[B, M, E]`, present after `encode`. */
export const MEMORY = "memory";

/**
 * Name of the encoder output as a decoder block attends to it: keys, then values, `[B, M, 2E]`, present after `encode`.
 *
 * @param block Number of the block.
 * @returns The name.
 */
export function memoryOf(block: number): string {
  return `${MEMORY}/${block}`;
}
