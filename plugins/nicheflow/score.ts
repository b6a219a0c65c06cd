import {
  type Classification,
  classification,
  concatRows,
  type DistanceSummary,
  type HostArray,
  hostArray,
  type HostRng,
  nearest,
  pointToShape,
  poolDistances,
  shapeToPoint,
  takeRows,
} from "../../core/mod.ts";
import type { Slide } from "./slides.ts";

/** Cells without order: what a metric sees of a generated or real section. */
export interface Cells {
  /** Features, `[n, G]`. */
  readonly x: HostArray;
  /** Scaled coordinates, `[n, D]`. */
  readonly pos: HostArray;
}

/** The evaluation units of one target section. */
export interface Scored {
  /** Real section of the later time. */
  readonly target: Slide;
  /** Generated cells, one entry per item. */
  readonly items: readonly Cells[];
}

/** Type of each cell by its features; absent where the data have no labels. */
export type TypeOf = (cells: Cells) => Int32Array;

/** The metrics of the paper, unsquared, in scaled coordinates. */
export interface Scores {
  /** Mean distance from a generated cell to the nearest real cell, averaged over items. */
  readonly psd: number;
  /** Largest such distance over all items. */
  readonly psdMax: number;
  /** Mean distance from a real cell to the nearest generated cell, pooled over all target sections. */
  readonly spd: number;
  /** Largest such distance. */
  readonly spdMax: number;
  /** The same mean with as many generated cells as the target has cells, however many were generated. */
  readonly spdEqualBudget: number;
  /** Agreement of generated types with the type of the nearest real cell, averaged over items; absent without labels. */
  readonly types?: {
    readonly f1: number;
    readonly accuracy: number;
    readonly precision: number;
    readonly recall: number;
  };
}

/** Sets side by side as one list of cells. */
export function flatten(clouds: { readonly x: HostArray; readonly pos: HostArray }): Cells {
  const [sets, size, genes] = clouds.x.shape as [number, number, number];
  const cells = sets * size;
  return {
    x: hostArray(clouds.x.data, [cells, genes]),
    pos: hostArray(clouds.pos.data, [cells, clouds.pos.shape[2]!]),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Draw at most `count` cells, without replacement.
 *
 * @param cells Cells to draw from.
 * @param count Cells to keep.
 * @param rng Stream.
 * @returns The drawn cells; all of them, in order, if there are no more than `count`.
 */
export function subsample(cells: Cells, count: number, rng: HostRng): Cells {
  const n = cells.pos.shape[0]!;
  if (n <= count) return cells;
  const rows = rng.choice(n, count);
  return { x: takeRows(cells.x, rows), pos: takeRows(cells.pos, rows) };
}

/**
 * The type of the nearest real cell of each generated cell.
 *
 * @param cells Generated cells.
 * @param target Real section with labels.
 * @returns Reference type of each generated cell, -1 where unknown.
 */
export function referenceTypes(cells: Cells, target: Slide): Int32Array {
  const { index } = nearest(target.pos, cells.pos);
  return Int32Array.from(index, (row) => target.cellType![row]!);
}

/**
 * Score generated sections against real ones (section 8.2).
 *
 * @param scored Targets with their items.
 * @param classes Number of cell types.
 * @param typeOf Types generated cells; absent skips the label metrics.
 * @param budget Stream of the equal-budget subsample, by target name.
 * @returns The metrics.
 */
export function score(
  scored: readonly Scored[],
  classes: number,
  typeOf: TypeOf | undefined,
  budget: (target: string) => HostRng,
): Scores {
  const toReal: DistanceSummary[] = [];
  const toGenerated: DistanceSummary[] = [];
  const toBudget: DistanceSummary[] = [];
  const types: Classification[] = [];
  for (const { target, items } of scored) {
    for (const item of items) {
      toReal.push(pointToShape(item.pos, target.pos));
      if (typeOf !== undefined) types.push(classification(referenceTypes(item, target), typeOf(item), classes));
    }
    const pooled = concatRows(items.map(({ pos }) => pos));
    const count = target.pos.shape[0]!;
    toGenerated.push(shapeToPoint(pooled, target.pos));
    toBudget.push(shapeToPoint(subsample({ x: pooled, pos: pooled }, count, budget(target.name)).pos, target.pos));
  }
  const spd = poolDistances(toGenerated);
  return {
    psd: meanOf(toReal.map(({ mean }) => mean)),
    psdMax: poolDistances(toReal).max,
    spd: spd.mean,
    spdMax: spd.max,
    spdEqualBudget: poolDistances(toBudget).mean,
    ...(typeOf === undefined ? {} : {
      types: {
        f1: meanOf(types.map(({ weighted }) => weighted.f1)),
        accuracy: meanOf(types.map(({ accuracy }) => accuracy)),
        precision: meanOf(types.map(({ weighted }) => weighted.precision)),
        recall: meanOf(types.map(({ weighted }) => weighted.recall)),
      },
    }),
  };
}
