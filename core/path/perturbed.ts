import { expandLike, mapParts } from "../parts.ts";
import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";
import { add, mul, sub, type Tensor } from "../tensor/mod.ts";
import type { Path, PathPoint } from "./mod.ts";

/** Noise beside a path that shrinks to nothing at the data. */
export interface Perturbation {
  /** Standard deviation at t = 0, in units of the part. */
  readonly width: number;
  /**
   * Whether the velocity holds the noise's own derivative: not (`"omit"`, as GeneFlow's program), as calculus has it
   * (`"exact"`), or with the sign of equation 9 of the GeneFlow paper, a misprint (`"printed"`).
   */
  readonly velocity: "omit" | "exact" | "printed";
}

/** Factor of the width times z in the velocity. */
const SIGN = { exact: -1, printed: 1 } as const;

/**
 * Add (1 - t) · width · z to a path, with standard normal z.
 *
 * Conversions between parametrizations are those of the path without noise, so they hold in the mean.
 *
 * @typeParam S State type.
 * @param path The path.
 * @param perturbation Width of the noise and its part in the velocity.
 * @returns The noisy path.
 * @throws {RangeError} If the width is negative or not finite.
 */
export function perturbedPath<S extends State = State>(path: Path<S>, perturbation: Perturbation): Path<S> {
  const { width, velocity } = perturbation;
  if (!(width >= 0 && Number.isFinite(width))) {
    throw new RangeError(`Cannot perturb a path by a width of ${width}: expected 0 or a positive number`);
  }
  if (width === 0) return path;
  const { end, derivative } = path.exact;
  return Object.freeze({
    exact: Object.freeze({ start: false, end, derivative: derivative && velocity === "exact" }),
    at(x0: S, x1: S, t: Tensor, rng: Rng): PathPoint<S> {
      const point = path.at(x0, x1, t, rng);
      const stream = rng.fold("perturbation");
      const z = mapParts(([tensor], part) => mul(stream.fold(part).normal(tensor.shape), width), x0);
      const xt = mapParts(([now, noise]) => add(now, mul(sub(1, expandLike(t, now)), noise!)), point.xt, z);
      if (velocity === "omit") return { ...point, xt };
      const dxt = mapParts(([slope, noise]) => add(slope, mul(noise!, SIGN[velocity])), point.dxt, z);
      return { ...point, xt, dxt };
    },
    toVelocity: path.toVelocity,
    toTarget: path.toTarget,
  });
}
