import type { State } from "../state.ts";
import { advance, timesLike } from "./combine.ts";
import type { Field, Sampler, Step } from "./mod.ts";

/**
 * Explicit midpoint rule: order 2, two evaluations a step.
 *
 * @typeParam S State type.
 * @returns The sampler.
 */
export function midpointSampler<S extends State = State>(): Sampler<S> {
  return Object.freeze({
    evaluations: 2,
    init: () => [],
    step(field: Field<S>, x: S, t0: number, t1: number): Step<S, readonly []> {
      const h = t1 - t0;
      const half = advance(x, h / 2, [[1, field(x, timesLike(x, t0))]]);
      return { x: advance(x, h, [[1, field(half, timesLike(x, t0 + h / 2))]]), memory: [] };
    },
  });
}
