/**
 * How certain a row of a plan is of its partner.
 *
 * `max`: the largest mass, as paper and release have it; with total mass 1 it is at most one over the number of controls,
 * so it compares sizes of groups more than certainties. `rowmax`: its share of the row. `rowmaxChance`: that share from
 * chance (0) to certainty (1). `entropy`: 1 less the row's entropy over its largest possible value. `margin`: the share of
 * the best less that of the second best.
 */
export type ConfidenceKind = "max" | "rowmax" | "rowmaxChance" | "entropy" | "margin";

/** All kinds of {@linkcode ConfidenceKind}. */
export const CONFIDENCE_KINDS: readonly ConfidenceKind[] = ["max", "rowmax", "rowmaxChance", "entropy", "margin"];

/** Two largest values. */
function bestTwo(row: Float64Array): readonly [number, number] {
  let [best, second] = [0, 0];
  for (const value of row) {
    if (value > best) [best, second] = [value, best];
    else if (value > second) second = value;
  }
  return [best, second];
}

/**
 * Entropy of the shares of a row.
 *
 * @param row Masses, not negative.
 * @returns Entropy in nats.
 */
export function rowEntropy(row: Float64Array): number {
  const total = row.reduce((sum, mass) => sum + mass, 0);
  return row.reduce((sum, mass) => mass > 0 ? sum - mass / total * Math.log(mass / total) : sum, 0);
}

const FORMS: Readonly<Record<ConfidenceKind, (row: Float64Array, total: number) => number>> = {
  max: (row) => bestTwo(row)[0],
  rowmax: (row, total) => bestTwo(row)[0] / total,
  rowmaxChance: (row, total) =>
    row.length === 1 ? 1 : (bestTwo(row)[0] / total - 1 / row.length) / (1 - 1 / row.length),
  entropy: (row) => row.length === 1 ? 1 : 1 - rowEntropy(row) / Math.log(row.length),
  margin(row, total): number {
    const [best, second] = bestTwo(row);
    return (best - second) / total;
  },
};

/**
 * Confidence of each control cell in its pair.
 *
 * @param plan Mass from each control to each target, row-major `[N, M]`.
 * @param targets Number of targets (M).
 * @param kind Which form.
 * @returns One number per control, `[N]`; 0 where a row has no mass.
 */
export function planConfidence(plan: Float64Array, targets: number, kind: ConfidenceKind): Float64Array {
  const form = FORMS[kind];
  return Float64Array.from({ length: plan.length / targets }, (_, i) => {
    const row = plan.subarray(i * targets, (i + 1) * targets);
    const total = row.reduce((sum, mass) => sum + mass, 0);
    return total > 0 ? Math.max(0, form(row, total)) : 0;
  });
}
