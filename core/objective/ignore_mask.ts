import type { PathPoint } from "../path/mod.ts";
import type { Cond, State } from "../state.ts";
import type { LossContext, Objective, Predict } from "./mod.ts";

/**
 * Let padded entries count in the loss, as some reference programs do (NicheFlow); the network still sees the mask.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @typeParam P Prediction type.
 * @param objective Objective to wrap.
 * @returns The same objective, blind to `ctx.mask`.
 */
export function ignoreMask<S extends State, C extends Cond, P>(objective: Objective<S, C, P>): Objective<S, C, P> {
  return Object.freeze({
    ...objective,
    loss: (predict: Predict<S, C, P>, point: PathPoint<S>, ctx: LossContext<S, C>) => {
      const { mask: _, ...rest } = ctx;
      return objective.loss(predict, point, rest);
    },
  });
}
