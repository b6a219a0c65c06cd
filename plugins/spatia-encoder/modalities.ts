import { add, mul, reshape, sub, type Tensor } from "../../core/mod.ts";

/**
 * Rows of cells that have a modality, and a learned row in place of those that have not.
 *
 * @param rows What was made of the modality, `[B, E]`; anything for cells without.
 * @param present 1 for cells that have it, else 0, `[B, 1]`.
 * @param absent What stands for the others, `[E]`.
 * @returns Rows, `[B, E]`.
 */
export function orAbsent(rows: Tensor, present: Tensor, absent: Tensor): Tensor {
  return add(mul(rows, present), mul(sub(1, present), absent));
}

/**
 * Spread a flag of cells over their tokens.
 *
 * @param present Flags, `[B, 1]`.
 * @returns Flags, `[B, 1, 1]`.
 */
export function overTokens(present: Tensor): Tensor {
  return reshape(present, [present.shape[0]!, 1, 1]);
}
