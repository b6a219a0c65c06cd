import type { Rng } from "../../core/mod.ts";

/** Cells of a section and when it was taken. */
export interface SectionSize {
  /** Number of cells. */
  readonly rows: number;
  /** Time point. */
  readonly time: number;
}

/** Share a total out evenly, no part getting more than it can take; what is left over goes to the others. */
function shares(capacities: readonly number[], total: number): readonly number[] {
  const order = [...capacities.keys()].sort((a, b) => capacities[a]! - capacities[b]!);
  const out = capacities.map(() => 0);
  let left = total;
  order.forEach((part, at) => {
    out[part] = Math.min(capacities[part]!, Math.floor(left / (order.length - at)));
    left -= out[part]!;
  });
  return out;
}

/**
 * Choose cells to train on: as evenly over time points as they allow, within one in proportion to its sections, without
 * replacement.
 *
 * @param sections Sizes and times of the sections.
 * @param most Most cells in all.
 * @param rng Stream; section `i` uses `rng.fold(i)`.
 * @returns Rising rows of each section; undefined where all are taken.
 */
export function balancedRows(
  sections: readonly SectionSize[],
  most: number,
  rng: Rng,
): readonly (Int32Array | undefined)[] {
  const times = [...new Set(sections.map(({ time }) => time))];
  const totals = times.map((time) => sections.reduce((sum, each) => each.time === time ? sum + each.rows : sum, 0));
  const perTime = shares(totals, most);
  return sections.map(({ rows, time }, i) => {
    const at = times.indexOf(time);
    if (perTime[at] === totals[at]) return undefined;
    const count = Math.max(1, Math.floor(perTime[at]! * rows / totals[at]!));
    return rng.fold(i).host.choice(rows, count).sort();
  });
}
