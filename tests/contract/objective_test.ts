import type { Cond, LossContext, Objective, Parametrization, Path, PathPoint, State, Tree } from "../../core/mod.ts";
import { absolute, elementMean, halfSquared, rowSum, squared } from "../../core/objective/element.ts";
import { regression } from "../../core/objective/regression.ts";
import { add, expandDims, logSumExp, sub, type Tensor, zeros } from "../../core/tensor/mod.ts";
import { objectiveChecks } from "../../core/testing/objective.ts";
import type { Mixture } from "./methods/gm_ode.ts";
import { mixtureLikelihood } from "./methods/gmflow.ts";
import type { Cells } from "./methods/tiny.ts";
import { contractTests } from "./register.ts";

function truth(predicts: Parametrization): (point: PathPoint) => State {
  return (point) => ({ velocity: point.dxt, target: point.x1, noise: point.x0 })[predicts];
}

for (const predicts of ["velocity", "target", "noise"] as const) {
  contractTests(objectiveChecks({
    name: `regression of the ${predicts}`,
    make: (path: Path) =>
      regression({
        path,
        predicts,
        parts: { x: { element: squared, weight: 1 }, pos: { element: halfSquared, weight: 0.5 } },
        reduce: elementMean,
      }),
    truth: truth(predicts),
    minimum: 0,
    smooth: true,
    masks: true,
  }));
}

contractTests(objectiveChecks({
  name: "regression with Laplace positions and sums over cells",
  make: (path: Path) =>
    regression({
      path,
      predicts: "target",
      parts: { x: { element: halfSquared, weight: 1 }, pos: { element: absolute, weight: 2 } },
      reduce: rowSum,
    }),
  truth: truth("target"),
  minimum: 0,
  smooth: false,
  masks: true,
}));

/** The likelihood of a mixture at unit width, where its minimum is 0: every component then sits on the velocity. */
function unitMixture(): Objective<State, Cond, Tree<Tensor>> {
  const inner = mixtureLikelihood<Cond>();
  const unit = (prediction: Tree<Tensor>): Mixture => {
    const { means, logWeights } = prediction as Omit<Mixture, "logScale">;
    const total = expandDims(logSumExp(logWeights), 1);
    return { means, logWeights: sub(logWeights, total), logScale: zeros([means.shape[0]!]) };
  };
  return {
    loss: (predict, point, ctx) =>
      inner.loss((...call) => unit(predict(...call)), point as PathPoint<Cells>, ctx as LossContext<Cells>),
    velocity: (prediction, xt, t) => inner.velocity(unit(prediction), xt as Cells, t),
  };
}

contractTests(objectiveChecks({
  name: "likelihood of a mixture",
  make: unitMixture,
  truth: ({ dxt }) => ({
    means: add(expandDims(dxt["x"]!, 1), zeros([4, 3, 2])),
    logWeights: zeros([4, 3]),
  }),
  minimum: 0,
  smooth: true,
  masks: false,
  shapes: { x: [4, 2] },
}));
