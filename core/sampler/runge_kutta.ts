import type { State } from "../state.ts";
import { advance, timesLike } from "./combine.ts";
import type { Field, Sampler, Step } from "./mod.ts";

/**
 * The classical Runge-Kutta method: order 4, four evaluations a step.
 *
 * The last evaluation is at the end of the step; with end-state predictions on [0, 1] that is the singular time 1, so
 * prefer {@linkcode midpointSampler} there.
 *
 * @typeParam S State type.
 * @returns The sampler.
 */
export function rungeKuttaSampler<S extends State = State>(): Sampler<S> {
  return Object.freeze({
    evaluations: 4,
    init: () => [],
    step(field: Field<S>, x: S, t0: number, t1: number): Step<S, readonly []> {
      const h = t1 - t0;
      const middle = timesLike(x, t0 + h / 2);
      const first = field(x, timesLike(x, t0));
      const second = field(advance(x, h, [[1 / 2, first]]), middle);
      const third = field(advance(x, h, [[1 / 2, second]]), middle);
      const last = field(advance(x, h, [[1, third]]), timesLike(x, t1));
      return { x: advance(x, h, [[1 / 6, first], [1 / 3, second], [1 / 3, third], [1 / 6, last]]), memory: [] };
    },
  });
}
