import { concatRows, type HostArray, takeRows } from "../host_array.ts";
import { coordinateWasserstein } from "../metrics/sliced_wasserstein.ts";
import type { Metric } from "../plugin.ts";
import type { Stage } from "./stages.ts";

interface Distance {
  readonly mean: number;
  readonly spread: number;
}

/** Mean and standard deviation (ddof 0) over coordinates. */
function distanceOf(x: HostArray, real: HostArray): Distance {
  const values = coordinateWasserstein(x, real);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, spread: Math.sqrt(square) };
}

/** Cells of each section of a stage. */
function cellsBySection({ x, sections }: Stage): readonly HostArray[] {
  let from = 0;
  return sections.map(({ rows }) => {
    const first = from;
    from += rows;
    return takeRows(x, Int32Array.from({ length: rows }, (_, i) => first + i));
  });
}

/**
 * Measure generated cells against each section of a stage by itself: the 1-Wasserstein distance of each coordinate, mean
 * and standard deviation over coordinates, as in Table 1 of the GMFlow paper. Nothing tells generated cells of one section
 * from those of another, so that all of them are compared with each.
 *
 * @param stage Real cells.
 * @param x Generated cells, `[n, G]`.
 * @param anchors Cells that need no model, by name.
 * @returns Two metrics a section, with the other sections of the stage as `other sections` among the anchors; none if there
 *   is one section only.
 */
export function sectionMetrics(
  stage: Stage,
  x: HostArray,
  anchors: Readonly<Record<string, HostArray>>,
): readonly Metric[] {
  if (stage.sections.length < 2) return [];
  const cells = cellsBySection(stage);
  return stage.sections.flatMap(({ name }, at): Metric[] => {
    const real = cells[at]!;
    const sets = { "other sections": concatRows(cells.filter((_, i) => i !== at)), ...anchors };
    const made = distanceOf(x, real);
    const others = Object.entries(sets).map(([anchor, set]) => [anchor, distanceOf(set, real)] as const);
    const entry = (metric: string, description: string, of: (distance: Distance) => number): Metric => ({
      name: `${name}/${metric}`,
      value: of(made),
      better: "lower",
      description:
        `${description} over coordinates of the 1-Wasserstein distance between generated cells of ${stage.name} ` +
        `and all cells of section ${name}, in the unit of the features`,
      anchors: Object.fromEntries(others.map(([anchor, distance]) => [anchor, of(distance)])),
    });
    return [
      entry("w1-per-coordinate", "mean", ({ mean }) => mean),
      entry("w1-spread", "standard deviation", ({ spread }) => spread),
    ];
  });
}
