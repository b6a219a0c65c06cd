import { mapParts, rowCount } from "../parts.ts";
import type { State } from "../state.ts";
import { add, clone, fill, mul, type Tensor } from "../tensor/mod.ts";

/** Slopes with their weights. */
export type Terms<S extends State> = readonly (readonly [weight: number, slope: S])[];

/**
 * h Σ weight · slope, part by part; slopes of weight 0 are not touched.
 *
 * @param h Step in path time.
 * @param terms Weights and slopes, at least one of weight other than 0.
 * @returns A new state.
 */
export function increment<S extends State>(h: number, terms: Terms<S>): S {
  const [first, ...rest] = terms.filter(([weight]) => weight !== 0);
  return mapParts(([slope], part) => {
    let sum = mul(slope, h * first![0]);
    for (const [weight, other] of rest) sum = add(sum, mul(other[part]!, h * weight));
    return sum;
  }, first![1]);
}

/**
 * x + h Σ weight · slope, part by part.
 *
 * @param x State.
 * @param h Step in path time.
 * @param terms Weights and slopes.
 * @returns A new state.
 */
export function advance<S extends State>(x: S, h: number, terms: Terms<S>): S {
  if (terms.length === 0) return mapParts(([tensor]) => clone(tensor), x);
  return mapParts(([tensor, move]) => add(tensor, move!), x, increment(h, terms));
}

/**
 * The same path time for all rows.
 *
 * @param x State that gives the number of rows.
 * @param t Path time in [0, 1].
 * @returns Times, shape `[B]`.
 */
export function timesLike(x: State, t: number): Tensor {
  return fill([rowCount(x)], t);
}
