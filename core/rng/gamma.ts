import { normalOf } from "./normal.ts";
import { type Key, threefry } from "./threefry.ts";
import { PURPOSE } from "./words.ts";

const block = new Uint32Array(4);

/**
 * One value of a parameter that is given once for all draws, or once per draw.
 *
 * @param parameter The parameter.
 * @param index Number of the draw.
 * @returns Its value there.
 */
export function parameterAt(parameter: number | ArrayLike<number>, index: number): number {
  return typeof parameter === "number" ? parameter : parameter[index]!;
}

/**
 * Check that a parameter fits a number of draws.
 *
 * @param name Name for the message.
 * @param parameter The parameter.
 * @param size Number of draws.
 * @throws {RangeError} If there is neither one value nor one per draw.
 */
export function checkLength(name: string, parameter: number | ArrayLike<number>, size: number): void {
  if (typeof parameter !== "number" && parameter.length !== size) {
    throw new RangeError(
      `Cannot draw ${size} values from ${parameter.length} values of ${name}: expected 1 or ${size}`,
    );
  }
}

// Marsaglia and Tsang 2000: cube a shifted normal draw, accept almost always. Attempt j of draw i uses block (i, j).
function standardGamma(key: Key, index: number, alpha: number): number {
  // Below 1 the density is unbounded: draw with alpha + 1 and shrink.
  const d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let attempt = 0;; attempt++) {
    threefry(key, index, attempt, PURPOSE.gamma, 0, block, 0);
    const x = normalOf(block[0]!, block[1]!);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = (block[2]! + 0.5) * 2 ** -32;
    if (Math.log(u) >= 0.5 * x * x + d * (1 - v + Math.log(v))) continue;
    return alpha < 1 ? d * v * Math.exp(Math.log((block[3]! + 0.5) * 2 ** -32) / alpha) : d * v;
  }
}

/**
 * Draw from gamma distributions.
 *
 * @param key Key of the stream.
 * @param size Number of draws.
 * @param shape Shape parameter, > 0, one for all or one per draw.
 * @param scale Scale parameter, > 0, one for all or one per draw.
 * @returns New values.
 * @throws {RangeError} If a parameter is not positive and finite, or has a wrong length.
 */
export function drawGamma(
  key: Key,
  size: number,
  shape: number | ArrayLike<number>,
  scale: number | ArrayLike<number>,
): Float32Array {
  checkLength("shape", shape, size);
  checkLength("scale", scale, size);
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const alpha = parameterAt(shape, i);
    const theta = parameterAt(scale, i);
    if (!(alpha > 0 && theta > 0 && alpha < Infinity && theta < Infinity)) {
      throw new RangeError(
        `Cannot draw from a gamma distribution of shape ${alpha} and scale ${theta}: both must be > 0`,
      );
    }
    out[i] = theta * standardGamma(key, i, alpha);
  }
  return out;
}
