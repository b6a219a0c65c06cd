import { expandLike, mapParts, requireSameShapes } from "../parts.ts";
import type { State } from "../state.ts";
import { add, cos, div, mul, sin, sub, type Tensor } from "../tensor/mod.ts";
import type { Parametrization, Path, PathPoint } from "./mod.ts";

/** Keeps quotients finite at their singular end. */
const EPSILON = 1e-6;
const HALF_PI = Math.PI / 2;

interface Schedule {
  /** Weight of the data, sin(π t / 2). */
  readonly s: Tensor;
  /** Its slope. */
  readonly slope: Tensor;
  /** (1 - s) / slope = (2 / π) tan(π / 4 (1 - t)), which is smooth on [0, 1] though numerator and denominator vanish. */
  readonly left: Tensor;
}

function scheduleAt(t: Tensor, like: Tensor): Schedule {
  const angle = mul(expandLike(t, like), HALF_PI);
  const rest = mul(sub(HALF_PI, angle), 0.5);
  return { s: sin(angle), slope: mul(cos(angle), HALF_PI), left: mul(div(sin(rest), cos(rest)), 1 / HALF_PI) };
}

function velocityOf(from: Parametrization, value: Tensor, xt: Tensor, t: Tensor): Tensor {
  const { s, slope, left } = scheduleAt(t, value);
  if (from === "target") return div(sub(value, xt), add(left, EPSILON));
  return mul(sub(xt, value), div(slope, add(s, EPSILON)));
}

function targetOf(from: Parametrization, value: Tensor, xt: Tensor, t: Tensor): Tensor {
  const { s, left } = scheduleAt(t, value);
  if (from === "velocity") return add(xt, mul(value, left));
  return div(sub(xt, mul(sub(1, s), value)), add(s, EPSILON));
}

/**
 * The line from x0 to x1 at sine speed, x_t = s x1 + (1 - s) x0 with s = sin(π t / 2): fast at the noise, at rest at the
 * data (GeneFlow, NeurIPS 2025).
 *
 * @example Usage
 * ```ts
 * import { sinusoidalPath } from "@morphogen/morphogen";
 *
 * const { exact } = sinusoidalPath();
 * if (!exact.start || !exact.end || !exact.derivative) throw new Error("it is exact everywhere");
 * ```
 *
 * @typeParam S State type.
 * @returns The path.
 */
export function sinusoidalPath<S extends State = State>(): Path<S> {
  return Object.freeze({
    exact: Object.freeze({ start: true, end: true, derivative: true }),
    at(x0: S, x1: S, t: Tensor): PathPoint<S> {
      requireSameShapes(x0, x1, "evaluate path", ["x0", "x1"]);
      const xt = mapParts(
        ([start, end]) => {
          const { s } = scheduleAt(t, start);
          return add(mul(s, end!), mul(sub(1, s), start));
        },
        x0,
        x1,
      );
      const dxt = mapParts(([start, end]) => mul(sub(end!, start), scheduleAt(t, start).slope), x0, x1);
      return { t, x0, x1, xt, dxt };
    },
    toVelocity: (from: Parametrization, value: S, xt: S, t: Tensor): S =>
      from === "velocity" ? value : mapParts(([given, now]) => velocityOf(from, given, now!, t), value, xt),
    toTarget: (from: Parametrization, value: S, xt: S, t: Tensor): S =>
      from === "target" ? value : mapParts(([given, now]) => targetOf(from, given, now!, t), value, xt),
  });
}
