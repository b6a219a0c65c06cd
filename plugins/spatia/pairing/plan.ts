import { sinkhorn } from "../../../core/mod.ts";

/** How a transport plan is found. */
export interface PlanOptions {
  /** What costs are divided by first: their mean, so that `epsilon` means the same for all data, or nothing (released). */
  readonly scale: "mean" | "none";
  /** Entropy weight, in units of the scaled cost. */
  readonly epsilon: number;
  /** Most iterations. */
  readonly iterations: number;
  /** Stop when the error of the controls' masses falls below it; 0 makes all iterations (released). */
  readonly tolerance: number;
}

/** A transport plan between control and target cells of uniform mass. */
export interface TransportPlan {
  /** Mass from each control to each target, row-major `[N, M]`, summing to 1; targets' masses are exact. */
  readonly plan: Float64Array;
  /** Iterations used. */
  readonly iterations: number;
  /** Whether the controls' masses came within the tolerance. */
  readonly converged: boolean;
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

/**
 * Entropic transport plan by Sinkhorn's iteration, controls first, then targets, as in the released program.
 *
 * The reference stops after 200 iterations on raw distances, which is usually far from convergence: a row maximum then
 * measures where the iteration stopped as well as how certain a pair is. {@linkcode PlanOptions} has both forms.
 *
 * @param cost Costs, row-major `[controls, targets]`.
 * @param controls Number of control cells (N).
 * @param targets Number of target cells (M).
 * @param options Scale, entropy weight and stop rule.
 * @returns The plan.
 * @throws {RangeError} If sizes disagree, a cost is not finite, or costs are beyond 1e13 times the entropy weight.
 */
export function transportPlan(
  cost: Float64Array,
  controls: number,
  targets: number,
  { scale, epsilon, iterations, tolerance }: PlanOptions,
): TransportPlan {
  const mean = cost.reduce((sum, value) => sum + value / cost.length, 0);
  // Equal cells cost nothing: then there is nothing to scale.
  const unit = scale === "mean" && mean > 0 ? mean : 1;
  const turned = transposed(unit === 1 ? cost : cost.map((value) => value / unit), controls, targets);
  // Core scales columns, then rows.
  const found = sinkhorn(turned, targets, controls, { epsilon, maxIterations: iterations, tolerance });
  if (found.uniform) {
    throw new RangeError(
      `Cannot pair ${controls} with ${targets} cells: epsilon ${epsilon} is lost beside costs of ${
        mean / unit
      }; raise ` +
        'plugin.config.pairing.epsilon, or set plugin.config.pairing.scale to "mean"',
    );
  }
  return {
    plan: transposed(found.plan, targets, controls),
    iterations: found.iterations,
    converged: found.converged,
  };
}
