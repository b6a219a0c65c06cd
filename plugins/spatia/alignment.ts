import {
  abs,
  add,
  clip,
  expandLike,
  fromHost,
  hostArray,
  type LossContext,
  matMul,
  max,
  mean,
  mul,
  ones,
  type Params,
  type PathPoint,
  reshape,
  sortBy,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  unitDirections,
} from "../../core/mod.ts";
import type { ChangeCond, Endpoint } from "./change.ts";
import type { ChangeTerm } from "./contrast.ts";
import type { FeatureNetwork } from "./features/network.ts";

/** Which rows are compared with which. */
export interface Groups {
  /** Group of each row, one-hot, `[B, T]`. */
  readonly rows: Tensor;
  /** Groups with fewer rows are left out. */
  readonly least: number;
}

/** Number of each row's group, and 1 where the group is large enough, both `[1, B]`. */
function groupsOf({ rows, least }: Groups): { readonly number: Tensor; readonly enough: Tensor } {
  const [count, groups] = rows.shape as [number, number];
  const numbers = tensor(Float32Array.from({ length: groups }, (_, i) => i), [groups, 1]);
  const sizes = reshape(sum(rows, 0), [groups, 1]);
  // Sizes are whole numbers.
  const enough = clip(sub(sizes, least - 1), 0, 1);
  return {
    number: reshape(matMul(rows, numbers), [1, count]),
    enough: reshape(matMul(rows, enough), [1, count]),
  };
}

/**
 * Sliced 1-Wasserstein distance of two batches of features with a gradient (section 4.5): the mean absolute difference of
 * their sorted projections, over rows and directions.
 *
 * With groups, rows are compared with rows of their own group: both batches have the same groups, row by row, so that
 * sorting by group and value puts partners of one group beside each other.
 *
 * @param a Features, `[B, D]`.
 * @param b Features, `[B, D]`.
 * @param directions Unit vectors as columns, `[D, L]`.
 * @param groups Groups of the rows; absent compares all with all.
 * @returns Scalar, shape `[]`.
 */
export function slicedDistance(a: Tensor, b: Tensor, directions: Tensor, groups?: Groups): Tensor {
  const project = (x: Tensor): Tensor => transpose(matMul(x, directions));
  const [left, right] = [project(a), project(b)];
  if (groups === undefined) return mean(abs(sub(sortBy(left, left), sortBy(right, right))));
  const { number, enough } = groupsOf(groups);
  // One group further is further than any two projections are apart.
  const reach = add(mul(add(max(abs(stopGradient(left))), max(abs(stopGradient(right)))), 2), 1);
  const offset = mul(number, reach);
  const sorted = (x: Tensor): Tensor => sortBy(x, add(stopGradient(x), offset));
  const counted = mul(ones(left.shape), enough);
  const last = sortBy(counted, add(mul(counted, 0), offset));
  return mean(mul(abs(sub(sorted(left), sorted(right))), last));
}

/** Which estimates are compared. */
export interface AlignmentOptions {
  /** Random directions. */
  readonly directions: number;
  /** Estimates from this path time on are compared; earlier ones are blurred, and stand as their own targets. */
  readonly from: number;
  /** Rows of a transition that make a distribution; 0 mixes all transitions (released). */
  readonly leastRows: number;
}

/** A feature network that is not trained any further. */
export interface FrozenFeatures {
  /** The network. */
  readonly network: FeatureNetwork;
  /** Its parameters, on the device. */
  readonly params: Params;
}

/** 1 for times after a moment, 0 up to it, `[B]`. */
function after(t: Tensor, moment: number): Tensor {
  return clip(mul(sub(t, moment), Number.MAX_SAFE_INTEGER), 0, 1);
}

/**
 * The morphology term: estimated ends should be distributed as the targets are, in features that tell morphology.
 *
 * @param features Frozen features.
 * @param options Directions and which rows.
 * @returns The term.
 */
export function alignmentTerm({ network, params }: FrozenFeatures, options: AlignmentOptions): ChangeTerm {
  const { directions: count, from, leastRows } = options;
  return {
    value(
      prediction: Endpoint,
      { xt, t, x1 }: PathPoint<Endpoint>,
      { path, cond, rng }: LossContext<Endpoint, ChangeCond>,
    ): Tensor {
      const { x: estimate } = path.toTarget("velocity", prediction, xt, t);
      const late = expandLike(after(t, from), estimate);
      const compared = add(x1.x, mul(late, sub(estimate, x1.x)));
      const [made, real] = [network.features(params, compared), network.features(params, x1.x)];
      const { data, shape } = unitDirections(made.shape[1]!, count, rng.fold("directions").host);
      const directions = transpose(fromHost(hostArray(Float32Array.from(data), shape)));
      const groups = leastRows === 0 ? undefined : { rows: cond.transition, least: leastRows };
      return slicedDistance(made, real, directions, groups);
    },
  };
}
