import type { Parametrization, Path, PathPoint, State } from "../../core/mod.ts";
import { absolute, elementMean, halfSquared, rowSum, squared } from "../../core/objective/element.ts";
import { regression } from "../../core/objective/regression.ts";
import { objectiveContract } from "./objective.ts";

function truth(predicts: Parametrization): (point: PathPoint) => State {
  return (point) => ({ velocity: point.dxt, target: point.x1, noise: point.x0 })[predicts];
}

for (const predicts of ["velocity", "target", "noise"] as const) {
  objectiveContract({
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
  });
}

objectiveContract({
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
});
