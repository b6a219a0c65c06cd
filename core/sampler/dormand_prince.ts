import { mapParts } from "../parts.ts";
import type { State } from "../state.ts";
import { abs, add, clone, div, maximum, mean, mul, reshape, sqrt, square, type Tensor } from "../tensor/mod.ts";
import { advance, increment, timesLike } from "./combine.ts";
import type { Field, Sampler, Step } from "./mod.ts";

/** Tolerances of the error estimate; the error of an entry is relative to `absolute + relative * |x|`. */
export interface Tolerances {
  /** Absolute tolerance, in the part's unit. */
  readonly absolute: number;
  /** Relative tolerance, dimensionless. */
  readonly relative: number;
}

/** Coefficients of an explicit Runge-Kutta pair whose first stage is the slope at the start. */
export interface RungeKuttaPair {
  /** Times of the stages after the first, as shares of the step. */
  readonly nodes: readonly number[];
  /** Weights of the earlier slopes for each stage after the first. */
  readonly stages: readonly (readonly number[])[];
  /** Weights of the result. */
  readonly weights: readonly number[];
  /** Weights of the result minus those of the embedded one; the last belongs to the slope at the new state. */
  readonly error: readonly number[];
}

/** Butcher tableau of Dormand and Prince (1980), RK5(4)7M. */
export const DORMAND_PRINCE: RungeKuttaPair = Object.freeze({
  nodes: [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1],
  stages: [
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  ],
  weights: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  error: [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
});

/**
 * The slopes of a step, from the given one at its start to the last stage.
 *
 * @typeParam S State type.
 * @param field Right-hand side.
 * @param x State at `t0`.
 * @param t0 Start time in [0, 1].
 * @param h Step in path time.
 * @param first Slope at the start.
 * @returns One slope per weight of the result.
 */
export function dormandPrinceSlopes<S extends State>(
  field: Field<S>,
  x: S,
  t0: number,
  h: number,
  first: S,
): readonly S[] {
  const slopes = [first];
  for (const [stage, weights] of DORMAND_PRINCE.stages.entries()) {
    const at = advance(x, h, weights.map((weight, i) => [weight, slopes[i]!]));
    slopes.push(field(at, timesLike(x, t0 + h * DORMAND_PRINCE.nodes[stage]!)));
  }
  return slopes;
}

/** Root mean square of the scaled error over all entries of a row, shape `[B]`. */
function rowError<S extends State>(error: S, x: S, next: S, tolerances: Tolerances): Tensor {
  const squares = mapParts(
    ([e, a, b]) => {
      const scale = add(mul(maximum(abs(a!), abs(b!)), tolerances.relative), tolerances.absolute);
      return mean(square(reshape(div(e, scale), [e.shape[0]!, -1])), [1]);
    },
    error,
    x,
    next,
  );
  const sizes = Object.entries<Tensor>(error).map(([part, tensor]) => [squares[part]!, tensor.size] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  return sqrt(sizes.map(([tensor, size]) => mul(tensor, size / total)).reduce((a, b) => add(a, b)));
}

/** The slope at the start of a step: that at the end of the step before, if there was one. */
function firstSlope<S extends State>(field: Field<S>, x: S, t0: number, memory: readonly Tensor[]): S {
  if (memory.length === 0) return field(x, timesLike(x, t0));
  return Object.fromEntries(Object.keys(x).map((part, i) => [part, memory[i]!])) as S;
}

/**
 * Dormand-Prince 5(4): order 5 with an embedded error estimate, six evaluations a step after the first, which takes seven.
 *
 * @typeParam S State type.
 * @param tolerances Tolerances of the error estimate; default 1e-5 absolute and relative.
 * @returns The sampler; `step().error` is at most 1 where the tolerances hold.
 */
export function dormandPrinceSampler<S extends State = State>(
  tolerances: Tolerances = { absolute: 1e-5, relative: 1e-5 },
): Sampler<S> {
  return Object.freeze({
    evaluations: 6,
    order: 5,
    init: () => [],
    step(field: Field<S>, x: S, t0: number, t1: number, memory: readonly Tensor[]): Step<S, readonly Tensor[]> {
      const h = t1 - t0;
      const slopes = dormandPrinceSlopes(field, x, t0, h, firstSlope(field, x, t0, memory));
      const next = advance(x, h, DORMAND_PRINCE.weights.map((weight, i) => [weight, slopes[i]!]));
      const last = field(next, timesLike(x, t1));
      const error = increment(h, DORMAND_PRINCE.error.map((weight, i) => [weight, slopes[i] ?? last]));
      const kept = Object.keys(x).map((part) => clone(last[part]!));
      return { x: next, memory: kept, error: rowError(error, x, next, tolerances) };
    },
  });
}
