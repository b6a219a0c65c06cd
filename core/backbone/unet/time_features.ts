import { concat, cos, mul, reshape, sin, type Tensor, tensor } from "../../tensor/mod.ts";

/** Longest period of the time features, as a power of the unit. */
const LONGEST = 10_000;

/**
 * Cosines, then sines, of times at the frequencies 10000^(-i / half), i = 0 .. half - 1.
 *
 * @param t Times, `[B]`.
 * @param width Number of features, even.
 * @returns `[B, width]`.
 */
export function timeFeatures(t: Tensor, width: number): Tensor {
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => LONGEST ** (-i / half));
  const angles = mul(reshape(t, [t.size, 1]), tensor(frequencies, [1, half]));
  return concat([cos(angles), sin(angles)], 1);
}
