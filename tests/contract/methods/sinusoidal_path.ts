import {
  add,
  cos,
  div,
  expandLike,
  mapParts,
  mul,
  neg,
  type Parametrization,
  type Path,
  type PathPoint,
  requireSameShapes,
  type Rng,
  sin,
  type State,
  sub,
  type Tensor,
} from "../../../core/mod.ts";

/** Keeps quotients finite at their singular end. */
const EPSILON = 1e-6;
const HALF_PI = Math.PI / 2;

/** s = sin(pi t / 2), its slope, and the time left in units of the slope, (1 - s) / s', which is smooth on [0, 1]. */
function schedule(t: Tensor, like: Tensor): { readonly s: Tensor; readonly slope: Tensor; readonly left: Tensor } {
  const angle = mul(expandLike(t, like), HALF_PI);
  const rest = mul(sub(HALF_PI, angle), 0.5);
  return { s: sin(angle), slope: mul(cos(angle), HALF_PI), left: mul(div(sin(rest), cos(rest)), 1 / HALF_PI) };
}

/**
 * x_t = s x1 + (1 - s) x0 + (1 - t) width z with a second noise z, as GeneFlow has it.
 *
 * @param width Standard deviation of z.
 * @param derivative Whether `dxt` holds the part of z; the published program leaves it out.
 */
export function sinusoidalPath<S extends State = State>(width: number, derivative: boolean): Path<S> {
  return Object.freeze({
    exact: Object.freeze({ start: width === 0, end: true, derivative: derivative || width === 0 }),
    at(x0: S, x1: S, t: Tensor, stream: Rng): PathPoint<S> {
      requireSameShapes(x0, x1, "evaluate path", ["x0", "x1"]);
      const noise = mapParts(([part], name) => mul(stream.fold(name).normal(part.shape), width), x0);
      const xt = mapParts(
        ([start, end, z]) => {
          const { s } = schedule(t, start);
          const clean = add(mul(s, end!), mul(sub(1, s), start));
          return add(clean, mul(sub(1, expandLike(t, start)), z!));
        },
        x0,
        x1,
        noise,
      );
      const dxt = mapParts(
        ([start, end, z]) => {
          const move = mul(sub(end!, start), schedule(t, start).slope);
          return derivative ? sub(move, z!) : move;
        },
        x0,
        x1,
        noise,
      );
      return { t, x0, x1, xt, dxt };
    },
    toVelocity(from: Parametrization, value: S, xt: S, t: Tensor): S {
      return mapParts(
        ([given, now]) => {
          const { s, slope, left } = schedule(t, given);
          if (from === "velocity") return given;
          if (from === "target") return div(sub(given, now!), add(left, EPSILON));
          return mul(sub(now!, given), div(slope, add(s, EPSILON)));
        },
        value,
        xt,
      );
    },
    toTarget(from: Parametrization, value: S, xt: S, t: Tensor): S {
      return mapParts(
        ([given, now]) => {
          const { s, left } = schedule(t, given);
          if (from === "velocity") return add(now!, mul(given, left));
          if (from === "target") return given;
          return div(add(now!, mul(given, add(neg(sub(1, s)), 0))), add(s, EPSILON));
        },
        value,
        xt,
      );
    },
  });
}
