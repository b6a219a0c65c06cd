import {
  add,
  div,
  expandLike,
  maximum,
  minimum,
  mul,
  type Operand,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "../../core/mod.ts";
import { biasedMoments, moveMoments, power } from "./guidance.ts";
import { type Mixture, mixtureMean, type Moments } from "./mixture.ts";

/** Constants of the second-order rule, as in the authors' code. */
export interface SecondOrderOptions {
  /** Added to the squared guidance scale: how much of the variance counts as error of the network. @default {0.005} */
  readonly errorShare?: number;
  /** Guidance scale g; 0 without guidance. */
  readonly scale: number;
  /** Rounds in which the move of the mean is made exact. @default {0} */
  readonly corrections?: number;
  /** Rows that share a variance. @default {1} */
  readonly itemRows?: number;
}

/** What the rule sees at a step. */
export interface SecondOrderInput {
  /** Mixture of x0 that is moved: under the condition, before guidance. */
  readonly base: Mixture;
  /** Its moments, variance averaged over the item. */
  readonly moments: Moments;
  /** Mean of x0 of this step, after guidance, `[B, D]`. */
  readonly mean: Tensor;
  /** Mean of x0 of the step before, re-based to the current point, `[B, D]`. */
  readonly before: Tensor;
  /** Guidance bias, `[B, D]`; absent without guidance. */
  readonly bias?: Tensor;
  /** Length of this step in noise level. */
  readonly step: number;
  /** Length of the step before. */
  readonly stepBefore: Operand;
}

/**
 * The change of the mean over half a step, damped where the network's error would drown it, `[B, D]`.
 *
 * @param input Means and steps.
 * @param options Constants.
 * @returns The change.
 */
export function meanChange(input: SecondOrderInput, { errorShare = 0.005, scale }: SecondOrderOptions): Tensor {
  const { moments, mean, before, step, stepBefore } = input;
  const error = div(mul(moments.variance, scale * scale + errorShare), square2(stepBefore));
  const damping = mul(sqrt(maximum(sub(1, error), 0)), div(0.5 * step, stepBefore));
  return mul(sub(mean, before), expandLike(damping, mean));
}

function square2(value: Operand): Operand {
  return typeof value === "number" ? value * value : square(value);
}

/** Euclidean length of each row, `[B]`. */
function lengths(vectors: Tensor): Tensor {
  return sqrt(sum(square(vectors), 1));
}

/** Adjust the bias until the mean of the moved mixture moves as far as it should. */
function corrected(
  input: SecondOrderInput,
  moved: Mixture,
  bias: Tensor,
  goal: Tensor,
  options: SecondOrderOptions,
): Mixture {
  const { base, moments } = input;
  const { corrections = 0, itemRows = 1 } = options;
  let [mixture, adjusted] = [moved, bias];
  for (let round = 0; round < corrections; round++) {
    const reached = sub(mixtureMean(mixture), moments.mean);
    const ratio = minimum(div(lengths(adjusted), maximum(lengths(reached), 1e-6)), 1);
    adjusted = sub(adjusted, mul(sub(reached, goal), expandLike(ratio, reached)));
    const fit = sqrt(minimum(div(moments.variance, maximum(power(adjusted, itemRows), 1e-6)), 1));
    const target = biasedMoments(moments, adjusted, itemRows);
    adjusted = mul(adjusted, expandLike(fit, adjusted));
    mixture = moveMoments(base, moments, target);
  }
  return mixture;
}

/**
 * Correct a mixture of x0 by what changed since the step before (second-order GM solver of Chen et al. 2025), together with
 * the guidance bias in one move.
 *
 * @param input Mixtures, means and steps.
 * @param options Constants.
 * @returns The corrected mixture.
 */
export function secondOrder(input: SecondOrderInput, options: SecondOrderOptions): Mixture {
  const { base, moments, mean, bias: guidance } = input;
  const { itemRows = 1 } = options;
  const change = meanChange(input, options);
  const bias = guidance === undefined ? change : add(change, guidance);
  const target = biasedMoments(moments, bias, itemRows);
  const moved = moveMoments(base, moments, target);
  const goal = add(change, sub(mean, moments.mean));
  return corrected(input, moved, sub(target.mean, moments.mean), goal, options);
}
