import { mul, type Tensor } from "../tensor/mod.ts";
import type { ApplyContext } from "./mod.ts";

/**
 * Drop entries at random and enlarge the others, so that the expectation stays (Srivastava et al. 2014).
 *
 * @param x Any tensor.
 * @param probability Probability of dropping an entry, in [0, 1).
 * @param ctx Whether the network trains, and the stream of this place.
 * @returns Zeros and `x / (1 - probability)`; `x` itself outside of training.
 */
export function dropout(x: Tensor, probability: number, { train, rng }: Pick<ApplyContext, "train" | "rng">): Tensor {
  if (!train || probability === 0) return x;
  const keep = 1 - probability;
  return mul(x, rng.bernoulli(x.shape, keep, 1 / keep));
}
