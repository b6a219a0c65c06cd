import { assignment, type Rng } from "../../../core/mod.ts";

/**
 * How a plan becomes pairs.
 *
 * `argmax`: each control with the target that it sends most mass to (released); a target may serve many. `sample`: a target
 * drawn by the control's masses, anew in each epoch. `assignment`: the cheapest one-to-one pairs.
 */
export type MatchKind = "argmax" | "sample" | "assignment";

/** All kinds of {@linkcode MatchKind}. */
export const MATCH_KINDS: readonly MatchKind[] = ["argmax", "sample", "assignment"];

/**
 * The target that each control sends most mass to; the first of equals.
 *
 * @param plan Mass from each control to each target, row-major `[N, M]`.
 * @param targets Number of targets (M).
 * @returns Target of each control.
 */
export function argmaxMatch(plan: Float64Array, targets: number): Int32Array {
  return Int32Array.from({ length: plan.length / targets }, (_, i) => {
    let best = 0;
    for (let j = 1; j < targets; j++) if (plan[i * targets + j]! > plan[i * targets + best]!) best = j;
    return best;
  });
}

/**
 * A target for each control, drawn with probabilities proportional to the control's masses.
 *
 * @param plan Mass from each control to each target, row-major `[N, M]`.
 * @param targets Number of targets (M).
 * @param rng Stream of this draw.
 * @returns Target of each control.
 */
export function sampleMatch(plan: Float64Array, targets: number, rng: Rng): Int32Array {
  const uniforms = rng.host.uniform(plan.length / targets);
  return Int32Array.from(uniforms, (uniform, i) => {
    const row = plan.subarray(i * targets, (i + 1) * targets);
    let rest = uniform * row.reduce((sum, mass) => sum + mass, 0);
    // Rounding may leave a rest: then it is the last target that has any mass.
    let last = 0;
    for (let j = 0; j < targets; j++) {
      if (!(row[j]! > 0)) continue;
      last = j;
      rest -= row[j]!;
      if (rest < 0) break;
    }
    return last;
  });
}

/**
 * The cheapest pairs in which no cell occurs twice.
 *
 * @param cost Costs, row-major `[N, M]`.
 * @param targets Number of targets (M).
 * @returns Target of each control; -1 for controls that are left over where targets are fewer.
 */
export function assignmentMatch(cost: Float64Array, targets: number): Int32Array {
  const controls = cost.length / targets;
  if (controls <= targets) return assignment(cost, controls, targets);
  const turned = Float64Array.from(cost, (_, at) => cost[(at % controls) * targets + Math.floor(at / controls)]!);
  const match = new Int32Array(controls).fill(-1);
  assignment(turned, targets, controls).forEach((control, target) => match[control] = target);
  return match;
}

/** How often targets are used. */
export interface MatchDiagnostics {
  /** Share of the targets that some control is paired with. */
  readonly coverage: number;
  /** Most controls that share one target. */
  readonly hub: number;
  /** Whether no target is used twice. */
  readonly oneToOne: boolean;
}

/**
 * Tell how often targets are used.
 *
 * @param match Target of each control; -1 for none.
 * @param targets Number of targets.
 * @returns Coverage and hub.
 */
export function matchDiagnostics(match: ArrayLike<number>, targets: number): MatchDiagnostics {
  const uses = new Int32Array(targets);
  for (let i = 0; i < match.length; i++) if (match[i]! >= 0) uses[match[i]!]! += 1;
  const hub = uses.reduce((most, count) => Math.max(most, count), 0);
  return { coverage: uses.reduce((sum, count) => sum + Number(count > 0), 0) / targets, hub, oneToOne: hub <= 1 };
}
