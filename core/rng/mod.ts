import type { Tensor } from "../tensor/mod.ts";

/** Draws as typed arrays, for data sets and couplings, which work on the host. */
export interface HostRng {
  /**
   * Standard normal draws.
   *
   * @param size Number of draws.
   * @returns New values.
   */
  normal(size: number): Float32Array;
  /**
   * Uniform draws in [0, 1).
   *
   * @param size Number of draws.
   * @returns New values.
   */
  uniform(size: number): Float32Array;
  /**
   * Gamma draws.
   *
   * @param size Number of draws.
   * @param shape Shape parameter (alpha > 0), one for all or one per draw.
   * @param scale Scale parameter (theta > 0), one for all or one per draw.
   * @returns New values with mean `shape * scale`.
   * @throws {RangeError} If a parameter is not positive and finite.
   */
  gamma(size: number, shape: number | ArrayLike<number>, scale: number | ArrayLike<number>): Float32Array;
  /**
   * Poisson draws.
   *
   * @param size Number of draws.
   * @param rate Mean (>= 0), one for all or one per draw.
   * @returns New whole numbers, exact in float32 up to 2^24.
   * @throws {RangeError} If a rate is negative or not finite.
   */
  poisson(size: number, rate: number | ArrayLike<number>): Float32Array;
  /**
   * A random order of 0 .. size-1.
   *
   * @param size Number of items.
   * @returns The permutation.
   */
  permutation(size: number): Int32Array;
  /**
   * Draw indices below `size`.
   *
   * @param size Number of items.
   * @param count Number of draws.
   * @param options `replace` allows repeats (default false); `weight` gives unnormalised probabilities.
   * @returns Indices in draw order.
   * @throws {RangeError} If more distinct items are asked for than have positive weight.
   */
  choice(
    size: number,
    count: number,
    options?: { readonly replace?: boolean; readonly weight?: ArrayLike<number> },
  ): Int32Array;
}

/**
 * A stateless, splittable random stream; equal (seed, tags) give equal bits on every backend.
 *
 * Calling one method twice on one stream gives the same draws twice: fold a tag in for each use.
 */
export interface Rng {
  /**
   * Derive an independent stream.
   *
   * @param tag Stream name or counter, for example `"init"` or the step number.
   * @returns The derived stream; `this` is unchanged.
   */
  fold(tag: string | number): Rng;
  /**
   * Standard normal draws.
   *
   * @param shape Output shape.
   * @returns A new float32 tensor.
   */
  normal(shape: readonly number[]): Tensor;
  /**
   * Uniform draws in [0, 1).
   *
   * @param shape Output shape.
   * @returns A new float32 tensor.
   */
  uniform(shape: readonly number[]): Tensor;
  /**
   * Independent 0/1 draws, for dropout masks.
   *
   * @param shape Output shape.
   * @param probability Probability of 1, resolved to 1/65,536.
   * @param value What stands for 1 (inverse keep probability in dropout).
   * @returns A new float32 tensor of 0 and `value`.
   */
  bernoulli(shape: readonly number[], probability: number, value?: number): Tensor;
  /**
   * Gamma draws.
   *
   * @param shape Output shape.
   * @param alpha Shape parameter, > 0; one for all, or one per value.
   * @param scale Scale parameter, > 0; one for all, or one per value.
   * @returns A new float32 tensor.
   */
  gamma(shape: readonly number[], alpha: number | ArrayLike<number>, scale: number | ArrayLike<number>): Tensor;
  /**
   * Poisson draws.
   *
   * @param shape Output shape.
   * @param rate Mean, >= 0; one for all, or one per value.
   * @returns A new float32 tensor of whole numbers.
   */
  poisson(shape: readonly number[], rate: number | ArrayLike<number>): Tensor;
  /** The same stream for host arrays. */
  readonly host: HostRng;
}
