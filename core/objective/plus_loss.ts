import type { PathPoint } from "../path/mod.ts";
import type { Cond, State } from "../state.ts";
import { add, mul, scalar, type Tensor } from "../tensor/mod.ts";
import type { Loss, LossContext, Objective, Predict } from "./mod.ts";

/** A differentiable term besides an objective's own loss. */
export interface LossTerm<S extends State, C extends Cond, P> {
  /**
   * Evaluate the term.
   *
   * @param prediction What the network said at the point, the same tensors that the objective saw.
   * @param point Path point of this batch.
   * @param ctx Conditioning, mask, row weights, step, path and stream.
   * @param predict The network, for terms that ask it again under another condition.
   * @returns Scalar, shape `[]`, averaged over what the objective averages over.
   */
  value(prediction: P, point: PathPoint<S>, ctx: LossContext<S, C>, predict: Predict<S, C, P>): Tensor;
  /**
   * Factor of the term, or a function of the training step for terms that ramp in; at 0 the term is not evaluated.
   *
   * @default {1}
   */
  readonly weight?: number | ((step: number) => number);
}

/**
 * Add a term to an objective; the network is not evaluated again for it.
 *
 * @example A term on the predicted end state that ramps in over 100 steps
 * ```ts
 * import { elementMean, linearPath, plusLoss, regression, squared, sub } from "@morphogen/morphogen";
 *
 * const path = linearPath();
 * const velocity = regression({ path, predicts: "velocity", parts: { x: { element: squared, weight: 1 } } });
 * const objective = plusLoss(velocity, "end", {
 *   value: (prediction, { xt, t, x1 }, ctx) => {
 *     const end = ctx.path.toTarget("velocity", prediction, xt, t);
 *     return elementMean(squared(sub(end["x"]!, x1["x"]!)), ctx.mask?.["x"]).value;
 *   },
 *   weight: (step) => 0.1 * Math.min(1, step / 100),
 * });
 * if (objective.velocity !== velocity.velocity) throw new Error("only the loss changes");
 * ```
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @typeParam P Prediction type.
 * @param objective Objective to extend.
 * @param name Name of the term in the log; not one of the objective's own.
 * @param term The term with its weight.
 * @returns The objective; its loss throws a `TypeError` if the name is taken.
 */
export function plusLoss<S extends State, C extends Cond, P>(
  objective: Objective<S, C, P>,
  name: string,
  term: LossTerm<S, C, P>,
): Objective<S, C, P> {
  const { weight = 1 } = term;
  return Object.freeze({
    ...objective,
    loss(predict: Predict<S, C, P>, point: PathPoint<S>, ctx: LossContext<S, C>): Loss {
      let prediction: P | undefined;
      const watched: Predict<S, C, P> = (xt, t, cond) => {
        const made = predict(xt, t, cond);
        // An objective may look at several conditions or points; the first one at this point is its main one.
        if (xt === point.xt && t === point.t) prediction ??= made;
        return made;
      };
      const loss = objective.loss(watched, point, ctx);
      if (name in loss.parts) throw new TypeError(`Cannot add loss "${name}": the objective has a part of that name`);
      const factor = typeof weight === "number" ? weight : weight(ctx.step);
      if (factor === 0) return { ...loss, parts: { ...loss.parts, [name]: scalar(0) } };
      const added = mul(term.value(prediction ?? predict(point.xt, point.t), point, ctx, predict), factor);
      return { ...loss, total: add(loss.total, added), parts: { ...loss.parts, [name]: added } };
    },
  });
}
