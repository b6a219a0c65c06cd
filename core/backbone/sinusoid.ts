import { concat, cos, mul, reshape, sin, sub, type Tensor, tensor } from "../tensor/mod.ts";

/** Longest period of the diffusion embedding, as a power of the unit. */
const LONGEST = 10_000;

/** Diffusion networks count noise levels in thousandths. */
const STEPS = 1000;

/**
 * Cosines, then sines, of positions at the geometrically spaced frequencies 10000^(-i / (half - 1)), i = 0 .. half - 1.
 *
 * @param positions Positions, `[B]`, dimensionless.
 * @param width Width of the embedding, even and at least 4.
 * @returns Features, `[B, width]`.
 * @throws {RangeError} If the width is odd or below 4.
 */
export function sinusoid(positions: Tensor, width: number): Tensor {
  if (!(Number.isInteger(width / 2) && width >= 4)) {
    throw new RangeError(`Cannot embed positions in ${width} features: expected an even number of at least 4`);
  }
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => LONGEST ** (-i / (half - 1)));
  const angles = mul(reshape(positions, [positions.size, 1]), tensor(frequencies, [1, half]));
  return concat([cos(angles), sin(angles)], 1);
}

/**
 * The time embedding of diffusion networks: {@linkcode sinusoid} of 1000 times the noise level 1 - t.
 *
 * @param t Path times in [0, 1], `[B]`; 0 is noise, 1 data.
 * @param width Width of the embedding, even and at least 4.
 * @returns Features, `[B, width]`.
 */
export function noiseLevelFeatures(t: Tensor, width: number): Tensor {
  return sinusoid(mul(sub(1, t), STEPS), width);
}
