import { concat, cos, mul, reshape, sin, type Tensor, tensor } from "../../core/mod.ts";

/** Width of the time features. */
export const TIME_FEATURES = 256;
/** Longest period of the time features. */
const LONGEST = 10_000;

/**
 * Cosines, then sines, of t at the frequencies 10000^(-i / half), i = 0 .. half - 1.
 *
 * @param t Path times, `[B]`, used as they are.
 * @param width Width of the features, even.
 * @returns Features, `[B, width]`.
 */
export function spotTimeFeatures(t: Tensor, width: number = TIME_FEATURES): Tensor {
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => LONGEST ** (-i / half));
  const angles = mul(reshape(t, [t.size, 1]), tensor(frequencies, [1, half]));
  return concat([cos(angles), sin(angles)], 1);
}
