import type { Cond, State, Tensor } from "../../core/mod.ts";

/**
 * What flows from control to target: `x` `[B, H, W, C]`, pixels from -1 to 1, or `[B, C]`, whitened principal components.
 */
export type Endpoint = State & { readonly x: Tensor };

/**
 * What a cell is changed to: `transition` `[B, T]`, weights of the trained transitions; `keep` `[B]`, 0 where the condition
 * is dropped; `wrong` `[B, T]`, another transition, where training contrasts; `control` `[B, Z]`, an embedding of the control
 * cell, where there is one. Once encoded `embedding` `[B, E]`.
 */
export type ChangeCond = Cond & { readonly transition: Tensor; readonly keep: Tensor };

/** Name of the encoding in the conditioning. */
export const EMBEDDING = "embedding";
/** Name of the wrong transitions in the conditioning. */
export const WRONG = "wrong";
/** Name of the embedding of the control cell in the conditioning. */
export const CONTROL = "control";
