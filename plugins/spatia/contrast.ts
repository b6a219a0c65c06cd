import {
  add,
  gatherRows,
  intTensor,
  type LossContext,
  type LossTerm,
  mean,
  mul,
  neg,
  type PathPoint,
  type Predict,
  relu,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
} from "../../core/mod.ts";
import { type ChangeCond, EMBEDDING, type Endpoint, WRONG } from "./change.ts";

/** A term that sets the right condition apart from wrong ones. */
export type ChangeTerm = LossTerm<Endpoint, ChangeCond, Endpoint>;

/** How errors of a row are added up. */
export type ErrorReduction = "mean" | "sum";

/**
 * Squared error of each row.
 *
 * @param prediction Velocity, `[B, ...]`.
 * @param truth What it should be, same shape.
 * @param reduction Over the entries of a row.
 * @returns `[B]`.
 */
export function rowErrors(prediction: Tensor, truth: Tensor, reduction: ErrorReduction): Tensor {
  const rows = prediction.shape[0]!;
  const errors = reshape(square(sub(prediction, truth)), [rows, prediction.size / rows]);
  return reduction === "mean" ? mean(errors, 1) : sum(errors, 1);
}

/**
 * The hinge of condition contrast, max(0, right - wrong + margin) per row (section 4.4).
 *
 * @param right Errors under the right condition, `[B]`.
 * @param wrong Errors under a wrong one, `[B]`.
 * @param margin By how much the wrong error should be larger.
 * @returns `[B]`.
 */
export function contrastHinge(right: Tensor, wrong: Tensor, margin: number): Tensor {
  return relu(add(sub(right, wrong), margin));
}

/** How the hinge is formed. */
export interface HingeOptions {
  /** By how much the error under a wrong condition should be larger. */
  readonly margin: number;
  /** `mean` over a row's entries, or `sum` (released): then a margin is nothing and the term outweighs all others. */
  readonly reduction: ErrorReduction;
  /**
   * What a wrong condition is: the same cell with another `transition`, or another row's whole condition by `permutation`
   * (released), which often is the same transition.
   */
  readonly negative: "transition" | "permutation";
}

function wrongCond(ctx: LossContext<Endpoint, ChangeCond>, negative: HingeOptions["negative"]): ChangeCond {
  if (negative === "transition") return ctx.encode({ ...ctx.cond, transition: ctx.cond[WRONG]! });
  const encoded = ctx.encode(ctx.cond);
  const order = ctx.rng.fold("permutation").host.permutation(encoded.keep.shape[0]!);
  return { ...encoded, [EMBEDDING]: gatherRows(encoded[EMBEDDING]!, intTensor(order, [order.length])) };
}

/**
 * The condition-contrastive term; rows whose condition is dropped have no part in it.
 *
 * The error under the right condition is that of the flow loss; the release evaluates the network again for it, with other
 * dropout.
 *
 * @param options Margin, reduction and wrong conditions.
 * @returns The term, a mean over rows.
 */
export function hingeTerm({ margin, reduction, negative }: HingeOptions): ChangeTerm {
  return {
    value(
      prediction: Endpoint,
      { xt, t, dxt }: PathPoint<Endpoint>,
      ctx: LossContext<Endpoint, ChangeCond>,
      predict: Predict<Endpoint, ChangeCond, Endpoint>,
    ): Tensor {
      const other = predict(xt, t, wrongCond(ctx, negative));
      const right = rowErrors(prediction.x, dxt.x, reduction);
      return mean(mul(contrastHinge(right, rowErrors(other.x, dxt.x, reduction), margin), ctx.cond.keep));
    },
  };
}

/**
 * Less the error against another row's velocity (Stoica et al. 2025, "Contrastive Flow Matching"), to be weighted by their
 * lambda.
 *
 * @returns The term, a mean over rows; not positive.
 */
export function deltaTerm(): ChangeTerm {
  return {
    value({ x }: Endpoint, { dxt }: PathPoint<Endpoint>, { rng }: LossContext<Endpoint, ChangeCond>): Tensor {
      const order = rng.fold("permutation").host.permutation(x.shape[0]!);
      return neg(mean(rowErrors(x, gatherRows(dxt.x, intTensor(order, [order.length])), "mean")));
    },
  };
}
