import {
  type CellCond,
  type Cells,
  clip,
  type Loss,
  type LossContext,
  mean,
  mul,
  neg,
  type Objective,
  type PathPoint,
  type Predict,
  sub,
  type Tensor,
} from "../../core/mod.ts";
import { type Mixture, mixtureMean, mixtureNll } from "./mixture.ts";
import { forwardTransition, reverseTransition, velocityToEnd } from "./transitions.ts";

/** What the likelihood is of. */
export interface GmLossOptions {
  /** `velocity`: u at one noise level. `transition`: the state at a lower level, given that at a higher one. */
  readonly kind: "velocity" | "transition";
  /** Of `transition`: how far down the lower level lies, as a share of the higher one, in (0, 1]; 1 is the clean cell. */
  readonly ratio: number;
}

/** Lowest noise level that is trained on. */
const LOWEST = 1e-4;

/** Path times as noise levels, `[B]`. */
function levels(t: Tensor): Tensor {
  return clip(sub(1, t), LOWEST, 1);
}

function transitionNll(
  predict: Predict<Cells, CellCond, Mixture>,
  { t, x0: noise, x1: clean }: PathPoint<Cells>,
  { rng }: LossContext<Cells, CellCond>,
  ratio: number,
): Tensor {
  const high = levels(t);
  const low = clip(mul(high, 1 - ratio), 0, 1);
  const below = forwardTransition(clean.x, mul(low, 0), low, noise.x);
  const above = forwardTransition(below, low, high, rng.fold("transition").normal(below.shape));
  const end = velocityToEnd(predict({ x: above }, sub(1, high)), above, high);
  return mixtureNll(reverseTransition(end, above, low, high), below);
}

/**
 * Negative log-likelihood under the network's mixture (Chen et al. 2025): mean over cells of the sum over coordinates.
 *
 * The network puts out a mixture of u = noise - data, the negative of the path's velocity.
 *
 * @param options What the likelihood is of.
 * @returns The objective; `loss().parts` holds `nll`, which may be negative.
 */
export function gmObjective({ kind, ratio }: GmLossOptions): Objective<Cells, CellCond, Mixture> {
  return Object.freeze({
    loss(
      predict: Predict<Cells, CellCond, Mixture>,
      point: PathPoint<Cells>,
      ctx: LossContext<Cells, CellCond>,
    ): Loss {
      const rows = kind === "velocity"
        ? mixtureNll(predict(point.xt, point.t), neg(point.dxt.x))
        : transitionNll(predict, point, ctx, ratio);
      const nll = mean(ctx.weight === undefined ? rows : mul(rows, ctx.weight));
      return { total: nll, parts: { nll }, divisor: rows.size };
    },
    velocity: (prediction: Mixture): Cells => ({ x: neg(mixtureMean(prediction)) }),
  });
}
