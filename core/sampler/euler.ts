import type { State } from "../state.ts";
import { advance, timesLike } from "./combine.ts";
import type { Field, Sampler, Step } from "./mod.ts";

/**
 * Explicit Euler: order 1, one evaluation a step.
 *
 * With a field from end-state predictions and a grid that ends at 1, the last step lands on the prediction itself.
 *
 * @typeParam S State type.
 * @returns The sampler.
 */
export function eulerSampler<S extends State = State>(): Sampler<S> {
  return Object.freeze({
    evaluations: 1,
    init: () => [],
    step: (field: Field<S>, x: S, t0: number, t1: number): Step<S, readonly []> => ({
      x: advance(x, t1 - t0, [[1, field(x, timesLike(x, t0))]]),
      memory: [],
    }),
  });
}
