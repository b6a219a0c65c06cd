import { DataError } from "../core/mod.ts";
import { type Alignment, mapPoint } from "./images/alignment.ts";
import { readAnyTable } from "./import/any_table.ts";
import { readParquet, textsOfParquet } from "./import/parquet.ts";

/** Where the outline of a cell or nucleus lies, in pixels. */
export interface Outline {
  /** Centre of gravity of its area. */
  readonly centre: readonly [x: number, y: number];
  /** Least x and y. */
  readonly low: readonly [x: number, y: number];
  /** Greatest x and y. */
  readonly high: readonly [x: number, y: number];
}

/**
 * Measure a polygon.
 *
 * @param points Corners x, y in turn; the first may be repeated at the end.
 * @returns Centre and extents; a polygon without area has the mean of its corners as centre.
 */
export function outlineOf(points: ArrayLike<number>): Outline {
  const corners = points.length / 2;
  const [x0, y0] = [points[0]!, points[1]!];
  let [area, cx, cy, mx, my] = [0, 0, 0, 0, 0];
  const [low, high]: [[number, number], [number, number]] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (let i = 0; i < corners; i++) {
    const next = (i + 1) % corners;
    // Differences to the first corner, since coordinates are large and cells small.
    const [x, y] = [points[2 * i]! - x0, points[2 * i + 1]! - y0];
    const cross = x * (points[2 * next + 1]! - y0) - (points[2 * next]! - x0) * y;
    area += cross / 2;
    cx += (x + points[2 * next]! - x0) * cross / 6;
    cy += (y + points[2 * next + 1]! - y0) * cross / 6;
    [mx, my] = [mx + x / corners, my + y / corners];
    low[0] = Math.min(low[0], x + x0);
    low[1] = Math.min(low[1], y + y0);
    high[0] = Math.max(high[0], x + x0);
    high[1] = Math.max(high[1], y + y0);
  }
  const centre = area === 0 ? [mx + x0, my + y0] as const : [cx / area + x0, cy / area + y0] as const;
  return { centre, low, high };
}

/**
 * Read the outlines of a Xenium bundle.
 *
 * @param path `cell_boundaries` or `nucleus_boundaries`, as Parquet or CSV, in µm.
 * @param micronsPerPixel Size of a pixel of the morphology image.
 * @param toImage Map from pixels of the morphology image to those of the image.
 * @returns Outline of each cell, in pixels of the image.
 * @throws {DataError} If a column is missing.
 */
export async function readOutlines(
  path: string,
  micronsPerPixel: number,
  toImage: Alignment,
): Promise<ReadonlyMap<string, Outline>> {
  const columns: ReadonlyMap<string, readonly unknown[]> = /\.parquet$/i.test(path)
    ? (await readParquet(path)).columns
    : await readAnyTable(path);
  const [ids, xs, ys] = ["cell_id", "vertex_x", "vertex_y"].map((name) => {
    const found = columns.get(name);
    if (found !== undefined) return found;
    throw new DataError(`Cannot use "${path}": it lacks column "${name}", it has ${[...columns.keys()].join(", ")}`);
  }) as [readonly unknown[], readonly unknown[], readonly unknown[]];
  const corners = new Map<string, number[]>();
  textsOfParquet(ids).forEach((id, row) => {
    const point = mapPoint(toImage, Number(xs[row]) / micronsPerPixel, Number(ys[row]) / micronsPerPixel);
    const known = corners.get(id);
    if (known === undefined) corners.set(id, [...point]);
    else known.push(...point);
  });
  return new Map([...corners].map(([id, points]) => [id, outlineOf(points)]));
}
