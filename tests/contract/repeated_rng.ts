import type { HostRng, Rng } from "../../core/mod.ts";
import { concat, type Tensor } from "../../core/tensor/mod.ts";

/**
 * A stream that forgets counters and repeats its draws: what a batch draws is `copies` times what one of its
 * micro-batches draws, so that both see the same numbers.
 *
 * @param inner Stream that draws.
 * @param copies How often the rows of a draw repeat; 1 for the micro-batches, their number for the batch.
 */
export function repeatedRng(inner: Rng, copies: number): Rng {
  const once = (shape: readonly number[]): number[] => [shape[0]! / copies, ...shape.slice(1)];
  const repeat = (tensor: Tensor): Tensor => copies === 1 ? tensor : concat(Array<Tensor>(copies).fill(tensor), 0);
  const first = (value: number | ArrayLike<number>, size: number): number | ArrayLike<number> =>
    typeof value === "number" ? value : Array.from(value).slice(0, size);
  const sizeOf = (shape: readonly number[]): number => once(shape).reduce((a, b) => a * b, 1);
  const many = (values: Float32Array): Float32Array => {
    const out = new Float32Array(values.length * copies);
    for (let i = 0; i < copies; i++) out.set(values, i * values.length);
    return out;
  };
  const host: HostRng = {
    normal: (size) => many(inner.host.normal(size / copies)),
    uniform: (size) => many(inner.host.uniform(size / copies)),
    gamma: (size, shape, scale) =>
      many(inner.host.gamma(size / copies, first(shape, size / copies), first(scale, size / copies))),
    poisson: (size, rate) => many(inner.host.poisson(size / copies, first(rate, size / copies))),
    permutation: (size) => inner.host.permutation(size),
    choice: (size, count, options) => inner.host.choice(size, count, options),
  };
  return {
    fold: (tag) => repeatedRng(typeof tag === "number" ? inner : inner.fold(tag), copies),
    normal: (shape) => repeat(inner.normal(once(shape))),
    uniform: (shape) => repeat(inner.uniform(once(shape))),
    bernoulli: (shape, probability, value) => repeat(inner.bernoulli(once(shape), probability, value)),
    gamma: (shape, alpha, scale) =>
      repeat(inner.gamma(once(shape), first(alpha, sizeOf(shape)), first(scale, sizeOf(shape)))),
    poisson: (shape, rate) => repeat(inner.poisson(once(shape), first(rate, sizeOf(shape)))),
    host,
  };
}
