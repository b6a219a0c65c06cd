import type { LabelImage } from "./components.ts";

/** Shape of one region of a labelled picture. */
export interface RegionShape {
  /** Pixels. */
  readonly area: number;
  /** Mean row of its pixels. */
  readonly row: number;
  /** Mean column of its pixels. */
  readonly column: number;
  /** Length of its border, in pixels. */
  readonly perimeter: number;
  /** 4 π area / perimeter²; 1 for a disc, up to rounding; 0 without a perimeter. */
  readonly circularity: number;
  /** Eccentricity of the ellipse with the same second moments, from 0 (round) to 1. */
  readonly eccentricity: number;
  /** Area as a share of that of the convex hull. */
  readonly solidity: number;
  /** Longer axis of the ellipse with the same second moments, in pixels. */
  readonly majorAxis: number;
  /** Its shorter axis. */
  readonly minorAxis: number;
}

type Point = readonly [row: number, column: number];

/** Length that a border pixel adds, by the weighted number of its border neighbours (2 by sides, 10 by corners, 1 itself). */
function borderLength(code: number): number {
  if ([5, 7, 15, 17, 25, 27].includes(code)) return 1;
  if (code === 21 || code === 33) return Math.SQRT2;
  return code === 13 || code === 23 ? (1 + Math.SQRT2) / 2 : 0;
}

/** Length of the border by the configurations of border pixels (Benkrid and Crookes 2000), as scikit-image counts. */
function perimeterOf(pixels: readonly Point[]): number {
  const key = (row: number, column: number): string => `${row},${column}`;
  const inside = new Set(pixels.map(([row, column]) => key(row, column)));
  const isIn = (row: number, column: number): boolean => inside.has(key(row, column));
  const border = new Set(
    pixels.filter(([r, c]) => !(isIn(r - 1, c) && isIn(r + 1, c) && isIn(r, c - 1) && isIn(r, c + 1)))
      .map(([row, column]) => key(row, column)),
  );
  let length = 0;
  for (const place of border) {
    const [row, column] = place.split(",").map(Number) as [number, number];
    let code = 1;
    for (let i = -1; i <= 1; i++) {
      for (let j = -1; j <= 1; j++) {
        if ((i !== 0 || j !== 0) && border.has(key(row + i, column + j))) code += i === 0 || j === 0 ? 2 : 10;
      }
    }
    length += borderLength(code);
  }
  return length;
}

function cross(o: Point, a: Point, b: Point): number {
  return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
}

/** Convex hull, corners in order (Andrew 1979). */
function hullOf(points: readonly Point[]): readonly Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (order: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of order) {
      while (chain.length >= 2 && cross(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

/** Pixels whose centre lies in or on the hull of the middles of the region's pixel sides. */
function hullArea(pixels: readonly Point[]): number {
  const middles = pixels.flatMap(([r, c]): Point[] => [[r - 0.5, c], [r + 0.5, c], [r, c - 0.5], [r, c + 0.5]]);
  const hull = hullOf(middles);
  const rows = hull.map(([row]) => row);
  const columns = hull.map(([, column]) => column);
  let count = 0;
  for (let row = Math.ceil(Math.min(...rows)); row <= Math.max(...rows); row++) {
    for (let column = Math.ceil(Math.min(...columns)); column <= Math.max(...columns); column++) {
      if (hull.every((corner, i) => cross(corner, hull[(i + 1) % hull.length]!, [row, column]) >= 0)) count++;
    }
  }
  return count;
}

/** Variances of a region along the axes of its ellipse, the larger first. */
function axisVariances(pixels: readonly Point[], row: number, column: number): readonly [large: number, small: number] {
  let [rr, cc, rc] = [0, 0, 0];
  for (const [r, c] of pixels) {
    rr += (r - row) ** 2 / pixels.length;
    cc += (c - column) ** 2 / pixels.length;
    rc += (r - row) * (c - column) / pixels.length;
  }
  const middle = (rr + cc) / 2;
  const apart = Math.hypot((rr - cc) / 2, rc);
  return [middle + apart, Math.max(0, middle - apart)];
}

function shapeOf(pixels: readonly Point[]): RegionShape {
  const area = pixels.length;
  const row = pixels.reduce((sum, [r]) => sum + r, 0) / area;
  const column = pixels.reduce((sum, [, c]) => sum + c, 0) / area;
  const perimeter = perimeterOf(pixels);
  const [large, small] = axisVariances(pixels, row, column);
  return {
    area,
    row,
    column,
    perimeter,
    circularity: perimeter === 0 ? 0 : 4 * Math.PI * area / perimeter ** 2,
    eccentricity: large > 0 ? Math.sqrt(1 - small / large) : 0,
    solidity: area / hullArea(pixels),
    majorAxis: 4 * Math.sqrt(large),
    minorAxis: 4 * Math.sqrt(small),
  };
}

/**
 * Measure the regions of a labelled picture.
 *
 * @param image Labels from 1; numbers without pixels are left out.
 * @returns One shape per region, in order of their numbers.
 */
export function regionShapes({ width, labels }: LabelImage): readonly RegionShape[] {
  const pixels = new Map<number, Point[]>();
  labels.forEach((label, at) => {
    if (label === 0) return;
    const list = pixels.get(label) ?? [];
    pixels.set(label, list);
    list.push([Math.floor(at / width), at % width]);
  });
  return [...pixels.keys()].sort((a, b) => a - b).map((label) => shapeOf(pixels.get(label)!));
}
