import { mapParts } from "../parts.ts";
import type { Path, PathPoint } from "../path/mod.ts";
import type { Cond, State } from "../state.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Loss, LossContext, Objective, Predict } from "./mod.ts";

/**
 * Let the network put out a velocity for some parts where the objective is a loss on the end state: their x1 is estimated
 * as the path says (x_t + (1 - t) v on the straight line).
 *
 * Near the data the estimate is then almost x_t by construction. A network that puts out x1 itself has to learn that copy
 * first, and until it has, the flow contracts every sample to its conditional mean.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @param objective Objective whose prediction is the end state.
 * @param path Path that converts velocities to end states.
 * @param parts Parts for which the network puts out velocities.
 * @returns The same loss on such a network.
 */
export function velocityOutput<S extends State, C extends Cond>(
  objective: Objective<S, C, S>,
  path: Path<S>,
  parts: readonly (keyof S & string)[],
): Objective<S, C, S> {
  const choose = (chosen: S, others: S): S =>
    mapParts(([mine, theirs], part) => parts.includes(part) ? mine : theirs!, chosen, others);
  return Object.freeze({
    loss(predict: Predict<S, C, S>, point: PathPoint<S>, ctx: LossContext<S, C>): Loss {
      const target: Predict<S, C, S> = (xt, t, cond) => {
        const output = cond === undefined ? predict(xt, t) : predict(xt, t, cond);
        return choose(path.toTarget("velocity", output, xt, t), output);
      };
      return objective.loss(target, point, ctx);
    },
    velocity: (output: S, xt: S, t: Tensor): S => choose(output, objective.velocity(output, xt, t)),
  });
}
