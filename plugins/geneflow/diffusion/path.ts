import {
  add,
  cast,
  clip,
  div,
  expandLike,
  gatherRows,
  mapParts,
  mul,
  type Parametrization,
  type Path,
  type PathPoint,
  requireSameShapes,
  reshape,
  sqrt,
  type State,
  sub,
  type Tensor,
  tensor,
} from "../../../core/mod.ts";
import type { NoiseSchedule } from "./schedule.ts";

/**
 * The noise level of each row.
 *
 * @param t Path times, `[B]`.
 * @param levels Number of levels (T).
 * @returns Levels from 0 to T - 1, `[B]`, int32.
 */
export function levelsOf(t: Tensor, levels: number): Tensor {
  return cast(clip(sub(mul(sub(1, t), levels), 0.5), 0, levels - 1), "int32");
}

/** Factors of data and noise at the level of each row, with the rank of `like`. */
function factorsAt(schedule: NoiseSchedule, t: Tensor, like: Tensor): readonly [data: Tensor, noise: Tensor] {
  const { kept, levels } = schedule;
  const share = reshape(gatherRows(tensor(Float32Array.from(kept), [levels, 1]), levelsOf(t, levels)), t.shape);
  const [data, noise] = [sqrt(share), sqrt(sub(1, share))];
  return [expandLike(data, like), expandLike(noise, like)];
}

/**
 * The diffusion x_t = √ᾱ x1 + √(1 - ᾱ) x0 with noise x0 at the level of the path time (Ho et al. 2020).
 *
 * It has no velocity: levels are steps. Conversions between data and noise are those of the level.
 *
 * @typeParam S State type.
 * @param schedule Noise levels.
 * @returns The path; its `dxt` is the difference of the ends, which nothing uses.
 */
export function diffusionPath<S extends State = State>(schedule: NoiseSchedule): Path<S> {
  const noVelocity = (): never => {
    throw new TypeError("Cannot take the velocity of a diffusion in steps: draw from it with its own samplers");
  };
  return Object.freeze({
    exact: Object.freeze({ start: false, end: false, derivative: false }),
    at(x0: S, x1: S, t: Tensor): PathPoint<S> {
      requireSameShapes(x0, x1, "evaluate path", ["x0", "x1"]);
      const xt = mapParts(
        ([start, end]) => {
          const [data, noise] = factorsAt(schedule, t, start);
          return add(mul(data, end!), mul(noise, start));
        },
        x0,
        x1,
      );
      return { t, x0, x1, xt, dxt: mapParts(([start, end]) => sub(end!, start), x0, x1) };
    },
    toVelocity: noVelocity,
    toTarget: (from: Parametrization, value: S, xt: S, t: Tensor): S => {
      if (from === "target") return value;
      if (from === "velocity") return noVelocity();
      return mapParts(
        ([start, now]) => {
          const [data, noise] = factorsAt(schedule, t, start);
          return div(sub(now!, mul(noise, start)), data);
        },
        value,
        xt,
      );
    },
  });
}
