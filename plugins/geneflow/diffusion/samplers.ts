import {
  add,
  clip,
  type Field,
  mapParts,
  mul,
  type Rng,
  type Sampler,
  type State,
  type Step,
  sub,
  type Tensor,
  timesLike,
} from "../../../core/mod.ts";
import { levelAt, type NoiseSchedule, posteriorAt } from "./schedule.ts";

/** Cuts what data are estimated to be to what data can be. */
export type Cut = (estimate: Tensor) => Tensor;

const TO_UNIT: Cut = (estimate) => clip(estimate, 0, 1);

/** The data that a noise prediction stands for. */
function estimate<S extends State>(x: S, noise: S, kept: number, cut: Cut): S {
  return mapParts(
    ([now, part]) => cut(mul(sub(now, mul(part!, Math.sqrt(1 - kept))), 1 / Math.sqrt(kept))),
    x,
    noise,
  );
}

/**
 * Ancestral sampling (Ho et al. 2020): one random step per noise level; give it T equal steps from 0 to 1.
 *
 * @typeParam S State type.
 * @param schedule Noise levels.
 * @param cut What estimates are cut to; by default to [0, 1].
 * @returns The sampler; its field is the predicted noise.
 */
export function ancestralSampler<S extends State = State>(schedule: NoiseSchedule, cut: Cut = TO_UNIT): Sampler<S> {
  return Object.freeze({
    evaluations: 1,
    init: () => [],
    step(field: Field<S>, x: S, t0: number, _t1: number, _memory: readonly never[], rng: Rng): Step<S, readonly []> {
      const level = levelAt(t0, schedule.levels);
      const target = estimate(x, field(x, timesLike(x, t0)), schedule.kept[level]!, cut);
      const posterior = posteriorAt(schedule, level);
      const spread = level === 0 ? 0 : Math.exp(0.5 * posterior.logVariance);
      const next = mapParts(
        ([now, end], part) => {
          const mean = add(mul(end!, posterior.target), mul(now, posterior.state));
          return spread === 0 ? mean : add(mean, mul(rng.fold(part).normal(now.shape), spread));
        },
        x,
        target,
      );
      return { x: next, memory: [] };
    },
  });
}

/**
 * Deterministic sampling along any of the noise levels (Song et al. 2021, η = 0); the last step ends at the data.
 *
 * @typeParam S State type.
 * @param schedule Noise levels.
 * @param cut What estimates are cut to; by default to [0, 1].
 * @returns The sampler; its field is the predicted noise.
 */
export function implicitSampler<S extends State = State>(schedule: NoiseSchedule, cut: Cut = TO_UNIT): Sampler<S> {
  const { kept, levels } = schedule;
  return Object.freeze({
    evaluations: 1,
    init: () => [],
    step(field: Field<S>, x: S, t0: number, t1: number): Step<S, readonly []> {
      const noise = field(x, timesLike(x, t0));
      const target = estimate(x, noise, kept[levelAt(t0, levels)]!, cut);
      const next = t1 >= 1 ? 1 : kept[levelAt(t1, levels)]!;
      return {
        x: mapParts(([end, part]) => add(mul(end, Math.sqrt(next)), mul(part!, Math.sqrt(1 - next))), target, noise),
        memory: [],
      };
    },
  });
}
