import { requireSameShapes } from "../parts.ts";
import type { Parametrization, Path, PathPoint } from "../path/mod.ts";
import type { Cond, State } from "../state.ts";
import { add, mul, type Operand, sub, type Tensor } from "../tensor/mod.ts";
import { type ElementLoss, elementMean, type Reduction } from "./element.ts";
import type { Loss, LossContext, Objective, Predict } from "./mod.ts";

/** How the error of one part enters the loss. */
export interface PartLoss {
  /** Loss of one entry, for example {@linkcode squared}. */
  readonly element: ElementLoss;
  /** Factor of the part. */
  readonly weight: number;
}

/** What is regressed, and how errors are added up. */
export interface RegressionOptions<S extends State> {
  /** Path that knows the targets and the conversion to a velocity. */
  readonly path: Path<S>;
  /** What the network predicts. */
  readonly predicts: Parametrization;
  /** Loss of each part of the state. */
  readonly parts: { readonly [K in keyof S]: PartLoss };
  /**
   * How entries become a scalar.
   *
   * @default {elementMean}
   */
  readonly reduce?: Reduction;
}

function regressionTarget<S extends State>(predicts: Parametrization, point: PathPoint<S>): S {
  switch (predicts) {
    case "velocity":
      return point.dxt;
    case "target":
      return point.x1;
    case "noise":
      return point.x0;
  }
}

function sumOf(a: Operand, b: Operand): Operand {
  return typeof a === "number" && typeof b === "number" ? a + b : add(a, b);
}

function lossOf<S extends State>(parts: RegressionOptions<S>["parts"], part: string): PartLoss {
  const loss: PartLoss | undefined = parts[part];
  if (loss !== undefined) return loss;
  throw new TypeError(`Cannot regress part "${part}": there are losses for ${Object.keys(parts).join(", ")}; add one`);
}

/**
 * Regression on the velocity, the end state or the noise, part by part.
 *
 * Conditional flow matching is `predicts: "velocity"`; variational flow matching is `predicts: "target"`, with
 * {@linkcode squared} for a Gaussian and {@linkcode absolute} for a Laplace posterior.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @param options Path, meaning of the prediction, and the loss of each part.
 * @returns The objective; `loss().parts` holds one weighted scalar per part, `loss().divisor` the number of entries that
 *   the parts were averaged over. It throws a `TypeError` if prediction and target differ in parts or shapes.
 */
export function regression<S extends State, C extends Cond = Cond>(options: RegressionOptions<S>): Objective<S, C, S> {
  const { path, predicts, parts, reduce = elementMean } = options;
  return Object.freeze({
    loss(predict: Predict<S, C, S>, point: PathPoint<S>, ctx: LossContext<S, C>): Loss {
      const prediction = predict(point.xt, point.t);
      const target = regressionTarget(predicts, point);
      requireSameShapes(prediction, target, `regress the ${predicts}`, ["the prediction", "its target"]);
      const scalars: Record<string, Tensor> = {};
      let divisor: Operand = 0;
      for (const part of Object.keys(prediction)) {
        const { element, weight } = lossOf(parts, part);
        const reduced = reduce(element(sub(prediction[part]!, target[part]!)), ctx.mask?.[part], ctx.weight);
        scalars[part] = mul(reduced.value, weight);
        divisor = sumOf(divisor, reduced.divisor);
      }
      return { total: Object.values(scalars).reduce((sum, scalar) => add(sum, scalar)), parts: scalars, divisor };
    },
    velocity: (prediction: S, xt: S, t: Tensor): S => path.toVelocity(predicts, prediction, xt, t),
  });
}
