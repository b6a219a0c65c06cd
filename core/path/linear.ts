import { expandLike, mapParts, requireSameShapes } from "../parts.ts";
import type { State } from "../state.ts";
import { add, div, mul, neg, sub, type Tensor } from "../tensor/mod.ts";
import type { Parametrization, Path, PathPoint } from "./mod.ts";

/** Keeps conversions finite where 1 - t or t is zero; the value of the NicheFlow reference code. */
const EPSILON = 1e-8;

/** 1 - t, with the rank of `like`. */
function remaining(t: Tensor, like: Tensor): Tensor {
  return add(neg(expandLike(t, like)), 1);
}

/**
 * The straight line x_t = (1 - t) x0 + t x1 (Lipman et al. 2023, Liu et al. 2023), without noise.
 *
 * @example Usage
 * ```ts
 * import { linearPath } from "@morphogen/morphogen";
 *
 * const { exact } = linearPath();
 * if (!exact.start || !exact.end || !exact.derivative) throw new Error("a straight line is exact");
 * ```
 *
 * @typeParam S State type.
 * @returns The path.
 */
export function linearPath<S extends State = State>(): Path<S> {
  return Object.freeze({
    exact: Object.freeze({ start: true, end: true, derivative: true }),
    at(x0: S, x1: S, t: Tensor): PathPoint<S> {
      requireSameShapes(x0, x1, "evaluate path", ["x0", "x1"]);
      const dxt = mapParts(([start, end]) => sub(end!, start), x0, x1);
      const xt = mapParts(
        ([start, end]) => add(mul(remaining(t, start), start), mul(expandLike(t, end!), end!)),
        x0,
        x1,
      );
      return { t, x0, x1, xt, dxt };
    },
    toVelocity(from: Parametrization, value: S, xt: S, t: Tensor): S {
      switch (from) {
        case "velocity":
          return value;
        case "target":
          return mapParts(([end, now]) => div(sub(end, now!), add(remaining(t, end), EPSILON)), value, xt);
        case "noise":
          return mapParts(([start, now]) => div(sub(now!, start), add(expandLike(t, start), EPSILON)), value, xt);
      }
    },
    toTarget(from: Parametrization, value: S, xt: S, t: Tensor): S {
      switch (from) {
        case "velocity":
          return mapParts(([velocity, now]) => add(now!, mul(remaining(t, velocity), velocity)), value, xt);
        case "target":
          return value;
        case "noise":
          return mapParts(
            ([start, now]) => div(sub(now!, mul(remaining(t, start), start)), add(expandLike(t, start), EPSILON)),
            value,
            xt,
          );
      }
    },
  });
}
