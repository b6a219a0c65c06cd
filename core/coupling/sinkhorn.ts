import { requireFiniteCosts } from "./finite_costs.ts";
import { absorb, columnError, planOf, scaleOnce, startScaling } from "./scaling.ts";

/** When to stop, and how blurred the plan is. */
export interface SinkhornOptions {
  /** Entropy weight, in units of the cost. @default {0.05} */
  readonly epsilon?: number;
  /** Most iterations; one scales columns, then rows. @default {1000} */
  readonly maxIterations?: number;
  /** Stop when the L2 norm of the column-mass error falls below it. @default {1e-9} */
  readonly tolerance?: number;
}

/** An entropic plan and how it was reached. */
export interface SinkhornResult {
  /** Mass moved from each row to each column, row-major `[rows, columns]`, summing to 1. */
  readonly plan: Float64Array;
  /** Iterations used. */
  readonly iterations: number;
  /** Whether the tolerance was met. */
  readonly converged: boolean;
  /** Whether the plan lost its mass to rounding (costs beyond 1e13 epsilon) and the uniform plan stands in for it. */
  readonly uniform: boolean;
}

/**
 * Entropic optimal transport with uniform masses, log-domain stabilized.
 *
 * Iterates column scaling, then row scaling (Cuturi 2013) on a kernel that absorbs the scalings into log potentials
 * before they overflow (Schmitzer 2019), so any epsilon > 0 works; rows are exact and columns within the tolerance.
 * For the opposite order transpose the cost.
 *
 * @example Usage
 * ```ts
 * import { sinkhorn } from "@morphogen/morphogen";
 *
 * const { plan, converged } = sinkhorn(Float64Array.of(0, 1, 1, 0), 2, 2, { epsilon: 0.5 });
 * if (!converged || Math.abs(plan[0]! - 0.5 / (1 + Math.exp(-2))) > 1e-6) throw new Error(String(plan));
 * ```
 *
 * @param cost Costs, row-major `[rows, columns]`.
 * @param rows Number of rows.
 * @param columns Number of columns.
 * @param options Entropy weight and stop rule.
 * @returns The plan, iterations and whether it converged.
 * @throws {RangeError} If sizes disagree, a cost is not finite or an option is not positive.
 */
export function sinkhorn(
  cost: Float64Array,
  rows: number,
  columns: number,
  options: SinkhornOptions = {},
): SinkhornResult {
  const { epsilon = 0.05, maxIterations = 1000, tolerance = 1e-9 } = options;
  if (cost.length !== rows * columns || cost.length === 0) {
    throw new RangeError(`Cannot couple ${rows} rows with ${columns} columns: cost holds ${cost.length} values`);
  }
  requireFiniteCosts(cost, "couple rows");
  if (!(epsilon > 0)) throw new RangeError(`Cannot couple rows: epsilon is ${epsilon}, expected a number > 0`);
  if (!(maxIterations >= 1)) {
    throw new RangeError(`Cannot couple rows: maxIterations is ${maxIterations}, expected at least 1`);
  }
  const state = startScaling(cost, rows, columns, epsilon);
  let iterations = 1;
  let error = columnError(state);
  while (error >= tolerance && iterations < maxIterations) {
    scaleOnce(state);
    iterations++;
    error = columnError(state);
  }
  absorb(state);
  const plan = planOf(state);
  const total = plan.reduce((sum, mass) => sum + mass, 0);
  const uniform = !(Math.abs(total - 1) < 1e-3);
  if (uniform) plan.fill(1 / plan.length);
  return Object.freeze({ plan, iterations, converged: error < tolerance && !uniform, uniform });
}
