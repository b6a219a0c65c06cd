import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";
import type { Tensor } from "../tensor/mod.ts";

/** A point on a conditional path. */
export interface PathPoint<S extends State = State> {
  /** Path time in [0, 1], dimensionless, shape `[B]`; 0 is the prior, 1 the data. */
  readonly t: Tensor;
  /** Start state. */
  readonly x0: S;
  /** End state. */
  readonly x1: S;
  /** State at `t`. */
  readonly xt: S;
  /** Conditional velocity d xt / dt, in units of the part per unit path time. */
  readonly dxt: S;
}

/** What a prediction stands for. */
export type Parametrization = "velocity" | "target" | "noise";

/** A conditional probability path between x0 and x1. */
export interface Path<S extends State = State> {
  /**
   * Evaluate the path.
   *
   * @param x0 Start state.
   * @param x1 End state, same parts and shapes as `x0`.
   * @param t Times in [0, 1], shape `[B]`.
   * @param rng Stream for stochastic paths; deterministic paths ignore it.
   * @returns The point at `t`; `x0`, `x1` and `t` are passed through, not copied.
   * @throws {TypeError} If parts, shapes or the batch axis disagree.
   */
  at(x0: S, x1: S, t: Tensor, rng: Rng): PathPoint<S>;
  /**
   * Convert a prediction to a velocity. From `"velocity"` that is `value` itself, not a copy.
   *
   * @param from What `value` stands for.
   * @param value Prediction with the parts of `xt`.
   * @param xt State at `t`.
   * @param t Times in [0, 1], shape `[B]`.
   * @returns Velocity, finite on the whole of [0, 1] (clamped near the singular end).
   */
  toVelocity(from: Parametrization, value: S, xt: S, t: Tensor): S;
  /**
   * Convert a prediction to the end state x1 (on a curved path it is not xt + (1 - t) v). From `"target"` that is `value`
   * itself, not a copy.
   *
   * @param from What `value` stands for.
   * @param value Prediction with the parts of `xt`.
   * @param xt State at `t`.
   * @param t Times in [0, 1], shape `[B]`.
   * @returns Estimate of the end state.
   */
  toTarget(from: Parametrization, value: S, xt: S, t: Tensor): S;
  /** What holds exactly, so that contract tests check what is promised (a noisy path starts near x0, not at it). */
  readonly exact: { readonly start: boolean; readonly end: boolean; readonly derivative: boolean };
}
