import { assignment } from "../coupling/assignment.ts";
import { transport } from "../coupling/transport.ts";

/** Where to start and when to stop. */
export interface GromovOptions {
  /** Start plan with uniform margins, row-major `[N, M]`; absent means the product of the margins. */
  readonly start?: Float64Array;
  /** Most iterations. @default {200} */
  readonly maxIterations?: number;
  /** Stop when the value changes by less, relatively or absolutely. @default {1e-9} */
  readonly tolerance?: number;
}

/** A local minimum of the (fused) Gromov-Wasserstein problem. */
export interface GromovResult {
  /** Value of the objective at the plan, not rooted. */
  readonly value: number;
  /** Mass moved from each row to each column, row-major `[N, M]`. */
  readonly plan: Float64Array;
  /** Iterations used. */
  readonly iterations: number;
  /** Whether the tolerance was met. */
  readonly converged: boolean;
}

/**
 * Gromov-Wasserstein discrepancy of two metric spaces with uniform weights and square loss:
 * the least `sum_ijkl (d1[i,k] - d2[j,l])^2 T[i,j] T[k,l]` that conditional gradient finds (Peyre et al. 2016).
 *
 * The problem is not convex: the value is that of a local minimum reached from the start plan.
 *
 * @example Usage
 * ```ts
 * import { gromovWasserstein } from "@morphogen/morphogen";
 *
 * const d = Float64Array.of(0, 1, 3, 1, 0, 2, 3, 2, 0);
 * const { value } = gromovWasserstein(d, d);
 * if (Math.abs(value) > 1e-12) throw new Error(String(value));
 * ```
 *
 * @param d1 Symmetric distances within the first set, row-major `[N, N]`.
 * @param d2 Symmetric distances within the second set, row-major `[M, M]`.
 * @param options Start and stop rule.
 * @returns Value and plan.
 * @throws {RangeError} If a matrix is not square or the start plan does not fit.
 */
export function gromovWasserstein(d1: Float64Array, d2: Float64Array, options: GromovOptions = {}): GromovResult {
  return descend(new Float64Array(sideOf(d1) * sideOf(d2)), d1, d2, 1, options);
}

/**
 * Fused Gromov-Wasserstein discrepancy (Vayer et al. 2019):
 * `(1 - alpha) sum_ij cost[i,j] T[i,j] + alpha * (Gromov-Wasserstein objective)`, minimized by conditional gradient.
 *
 * @param cost Cost between features of the two sets, row-major `[N, M]`.
 * @param d1 Symmetric distances within the first set, row-major `[N, N]`.
 * @param d2 Symmetric distances within the second set, row-major `[M, M]`.
 * @param alpha Trade-off in [0, 1]: 0 is optimal transport of the features, 1 is Gromov-Wasserstein.
 * @param options Start and stop rule.
 * @returns Value and plan.
 * @throws {RangeError} If sizes disagree or `alpha` is outside [0, 1].
 */
export function fusedGromovWasserstein(
  cost: Float64Array,
  d1: Float64Array,
  d2: Float64Array,
  alpha: number,
  options: GromovOptions = {},
): GromovResult {
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new RangeError(`Cannot fuse structure with weight ${alpha}: expected 0 to 1`);
  }
  return descend(cost, d1, d2, alpha, options);
}

/**
 * The Gromov-Wasserstein objective at a plan with uniform margins.
 *
 * @param d1 Symmetric distances within the first set, row-major `[N, N]`.
 * @param d2 Symmetric distances within the second set, row-major `[M, M]`.
 * @param plan Mass moved from each row to each column, row-major `[N, M]`.
 * @returns `sum_ijkl (d1[i,k] - d2[j,l])^2 plan[i,j] plan[k,l]`.
 */
export function gromovObjective(d1: Float64Array, d2: Float64Array, plan: Float64Array): number {
  return spread(d1) + spread(d2) - 2 * inner(sandwich(d1, plan, d2), plan);
}

function descend(
  cost: Float64Array,
  d1: Float64Array,
  d2: Float64Array,
  alpha: number,
  options: GromovOptions,
): GromovResult {
  const n = sideOf(d1);
  const m = sideOf(d2);
  const { start, maxIterations = 200, tolerance = 1e-9 } = options;
  for (const [name, array] of Object.entries({ cost, start })) {
    if (array === undefined || array.length === n * m) continue;
    throw new RangeError(`Cannot compare sets of ${n} and ${m} points: ${name} holds ${array.length} values`);
  }
  const plan = start?.slice() ?? new Float64Array(n * m).fill(1 / (n * m));
  // The squares of the loss depend on the margins only; what varies with the plan is -2 <d1 T d2, T>.
  const constant = alpha * (spread(d1) + spread(d2));
  const product = sandwich(d1, plan, d2);
  let value = (1 - alpha) * inner(cost, plan) + constant - 2 * alpha * inner(product, plan);
  for (let iterations = 1;; iterations++) {
    const gradient = product.map((entry, at) => (1 - alpha) * cost[at]! - 4 * alpha * entry);
    const step = n === m ? permutationPlan(assignment(gradient, n, m)) : transport(gradient, n, m);
    const change = sandwich(d1, step, d2);
    for (let at = 0; at < plan.length; at++) {
      step[at]! -= plan[at]!;
      change[at]! -= product[at]!;
    }
    const size = lineSearch(-2 * alpha * inner(change, step), inner(gradient, step));
    for (let at = 0; at < plan.length; at++) {
      plan[at]! += size * step[at]!;
      product[at]! += size * change[at]!;
    }
    const before = value;
    value = (1 - alpha) * inner(cost, plan) + constant - 2 * alpha * inner(product, plan);
    const moved = Math.abs(before - value);
    const converged = moved < tolerance || moved < tolerance * Math.abs(value);
    if (converged || iterations >= maxIterations) return Object.freeze({ value, plan, iterations, converged });
  }
}

/** Minimizer of `a s^2 + b s` over [0, 1]. */
function lineSearch(a: number, b: number): number {
  if (a > 0) return Math.min(1, Math.max(0, -b / (2 * a)));
  return a + b < 0 ? 1 : 0;
}

/** d1 T d2 for symmetric d1, d2; skips the zeros of T, which are most of it at a vertex. */
function sandwich(d1: Float64Array, plan: Float64Array, d2: Float64Array): Float64Array {
  const n = sideOf(d1);
  const m = sideOf(d2);
  const right = new Float64Array(n * m);
  for (let at = 0; at < plan.length; at++) {
    const mass = plan[at]!;
    if (mass === 0) continue;
    const to = at - at % m;
    for (let l = 0, from = (at % m) * m; l < m; l++) right[to + l]! += mass * d2[from + l]!;
  }
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const weight = d1[i * n + k]!;
      for (let l = 0; l < m; l++) out[i * m + l]! += weight * right[k * m + l]!;
    }
  }
  return out;
}

function permutationPlan(columns: Int32Array): Float64Array {
  const n = columns.length;
  const plan = new Float64Array(n * n);
  for (let row = 0; row < n; row++) plan[row * n + columns[row]!] = 1 / n;
  return plan;
}

/** Mean squared distance. */
function spread(d: Float64Array): number {
  return inner(d, d) / d.length;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function sideOf(d: Float64Array): number {
  const side = Math.sqrt(d.length);
  if (side >= 1 && Number.isInteger(side)) return side;
  throw new RangeError(`Cannot read ${d.length} distances as a square matrix`);
}
