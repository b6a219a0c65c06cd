import type { Path, PathPoint } from "../path/mod.ts";
import type { Rng } from "../rng/mod.ts";
import type { Cond, Mask, State } from "../state.ts";
import type { Operand, Tensor } from "../tensor/mod.ts";

/** Scalars of one loss evaluation. */
export interface Loss {
  /** Scalar that is differentiated, shape `[]`. */
  readonly total: Tensor;
  /** Named scalars for the log, already weighted. */
  readonly parts: { readonly [name: string]: Tensor };
  /**
   * What `total` was divided by: the number of rows, or of real entries (a scalar tensor where a mask decides). The
   * training loop weighs micro-batches by it, so that their mean is the loss of the one large batch, however unequal
   * they are. Parts may be divided by different numbers: as long as these grow in proportion, one of them or their sum
   * will do.
   */
  readonly divisor?: Operand;
}

/**
 * The backbone with parameters and mask applied.
 *
 * The third argument takes the place of the batch's or the draw's conditioning (guidance, contrastive negatives, condition
 * dropout). Like everything that `Backbone.apply` sees it is encoded: pass what `encode` of the {@linkcode LossContext} or
 * of the field's context returned.
 */
export type Predict<S extends State, C extends Cond, P> = (xt: S, t: Tensor, cond?: C) => P;

/** What a loss may look at besides the point. */
export interface LossContext<S extends State = State, C extends Cond = Cond> {
  /** Conditioning of the batch as the batch gives it; `predict` without a third argument uses its encoding. */
  readonly cond: C;
  /**
   * Encode other conditioning for the third argument of `predict`; gradients pass through. A network without `encode`
   * gets `cond` itself.
   *
   * @param cond Conditioning of the form the batch gives, for example with rows dropped or exchanged.
   * @returns Conditioning as `predict` takes it.
   */
  encode(cond: C): C;
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
   * @returns Loss scalars and what they were divided by; without a divisor the loss counts as a mean over rows.
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
