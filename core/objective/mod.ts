import type { Path, PathPoint } from "../path/mod.ts";
import type { Rng } from "../rng/mod.ts";
import type { Cond, Mask, State } from "../state.ts";
import type { Tensor } from "../tensor/mod.ts";

/** Scalars of one loss evaluation. */
export interface Loss {
  /** Scalar that is differentiated, shape `[]`. */
  readonly total: Tensor;
  /** Named scalars for the log, already weighted. */
  readonly parts: { readonly [name: string]: Tensor };
}

/** The backbone with parameters and mask applied; `cond` overrides the batch's (guidance, contrastive negatives). */
export type Predict<S extends State, C extends Cond, P> = (xt: S, t: Tensor, cond?: C) => P;

/** What a loss may look at besides the point. */
export interface LossContext<S extends State = State, C extends Cond = Cond> {
  /** Conditioning of the batch. */
  readonly cond: C;
  /** Real cells or pixels; masked-out entries must not contribute. */
  readonly mask?: Mask<S>;
  /** Row weights, shape `[B]`. */
  readonly weight?: Tensor;
  /** Item of each row, int32 `[B]`. */
  readonly group?: Tensor;
  /** Training step, for terms that ramp in. */
  readonly step: number;
  /** For losses on the predicted end state. */
  readonly path: Path<S>;
  /** Stream of this loss evaluation. */
  readonly rng: Rng;
}

/** What is minimized, and how its prediction becomes a velocity. */
export interface Objective<S extends State = State, C extends Cond = Cond, P = S> {
  /**
   * Evaluate the loss; may call `predict` more than once.
   *
   * @param predict Differentiable backbone.
   * @param point Path point of this batch.
   * @param ctx Conditioning, mask, row weights, step, path and stream.
   * @returns Loss scalars.
   */
  loss(predict: Predict<S, C, P>, point: PathPoint<S>, ctx: LossContext<S, C>): Loss;
  /**
   * Turn a prediction into the velocity that samplers integrate.
   *
   * @param prediction Backbone output.
   * @param xt State at `t`.
   * @param t Times in [0, 1], shape `[B]`.
   * @returns Velocity with the parts of `xt`.
   */
  velocity(prediction: P, xt: S, t: Tensor): S;
}
