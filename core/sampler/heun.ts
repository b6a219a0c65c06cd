import type { State } from "../state.ts";
import { advance, timesLike } from "./combine.ts";
import type { Field, Sampler, Step } from "./mod.ts";

/**
 * Heun's method (explicit trapezoid): order 2, two evaluations a step.
 *
 * The second evaluation is at the end of the step; with end-state predictions on [0, 1] that is the singular time 1, so
 * prefer {@linkcode midpointSampler} there.
 *
 * @typeParam S State type.
 * @returns The sampler.
 */
export function heunSampler<S extends State = State>(): Sampler<S> {
  return Object.freeze({
    evaluations: 2,
    init: () => [],
    step(field: Field<S>, x: S, t0: number, t1: number): Step<S, readonly []> {
      const h = t1 - t0;
      const first = field(x, timesLike(x, t0));
      const second = field(advance(x, h, [[1, first]]), timesLike(x, t1));
      return { x: advance(x, h, [[0.5, first], [0.5, second]]), memory: [] };
    },
  });
}
