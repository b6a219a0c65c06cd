import { filled } from "../tensor/filled.ts";
import { tensor } from "../tensor/mod.ts";
import { drawGamma } from "./gamma.ts";
import { foldKey, seedKey } from "./key.ts";
import type { HostRng, Rng } from "./mod.ts";
import { drawNormal } from "./normal.ts";
import { drawChoice, drawPermutation } from "./order.ts";
import { drawPoisson } from "./poisson.ts";
import type { Key } from "./threefry.ts";
import { bernoulli, drawUniform } from "./uniform.ts";

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

function hostStream(key: Key): HostRng {
  return Object.freeze(
    {
      normal: (size: number) => drawNormal(key, size),
      uniform: (size: number) => drawUniform(key, size),
      gamma: (size: number, shape: number | ArrayLike<number>, scale: number | ArrayLike<number>) =>
        drawGamma(key, size, shape, scale),
      poisson: (size: number, rate: number | ArrayLike<number>) => drawPoisson(key, size, rate),
      permutation: (size: number) => drawPermutation(key, size),
      choice: (size, count, options = {}) => drawChoice(key, size, count, options.replace ?? false, options.weight),
    } satisfies HostRng,
  );
}

function stream(key: Key): Rng {
  return Object.freeze(
    {
      fold: (tag: string | number) => stream(foldKey(key, tag)),
      normal: (shape: readonly number[]) => tensor(drawNormal(key, sizeOf(shape)), shape),
      uniform: (shape: readonly number[]) => tensor(drawUniform(key, sizeOf(shape)), shape),
      bernoulli: (shape: readonly number[], probability: number, value = 1) =>
        filled(shape, bernoulli(key, probability, value)),
      gamma: (shape, alpha, scale) => tensor(drawGamma(key, sizeOf(shape), alpha, scale), shape),
      poisson: (shape, rate) => tensor(drawPoisson(key, sizeOf(shape), rate), shape),
      host: hostStream(key),
    } satisfies Rng,
  );
}

/**
 * Start a random stream.
 *
 * Draws are a function of the seed, the tags folded in and the method called: nothing is stored or used up, so a run
 * can stop and go on without saving generator state.
 *
 * @example Usage
 * ```ts
 * import { rng } from "@morphogen/morphogen";
 *
 * const root = rng(0);
 * const first = root.fold("train").fold(7).host.normal(3);
 * const again = root.fold("train").fold(7).host.normal(3);
 * if (first.join() !== again.join()) throw new Error("equal tags must give equal draws");
 * if (root.fold("train").fold(8).host.normal(3).join() === first.join()) throw new Error("tags must matter");
 * ```
 *
 * @param seed Any whole number, 0 included.
 * @returns The stream.
 * @throws {RangeError} If the seed is not a whole number.
 */
export function rng(seed: number): Rng {
  return stream(seedKey(seed));
}
