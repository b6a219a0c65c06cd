import {
  concat,
  type HostArray,
  hostArray,
  kNearest,
  type NumericArray,
  sinusoid,
  slice,
  type Tensor,
} from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";

/** Axes of a place. */
const PLANE = 2;

/**
 * Typical distance between cells: the median distance to the nearest other place.
 *
 * @param points Places, `[N, D]`.
 * @returns The distance, in the unit of the places; 1 if all cells lie at one place.
 */
export function typicalDistance(points: HostArray<NumericArray>): number {
  const rows = points.shape[0]!;
  const k = Math.min(2, rows);
  const { distance } = kNearest(points, points, k);
  const away = Float64Array.from({ length: rows }, (_, i) => distance[i * k + k - 1]!).filter((d) => d > 0).sort();
  return away[away.length >> 1] ?? 1;
}

/**
 * Places as the network sees them: centred on the section, in typical distances between its cells, first two axes.
 *
 * @param points Places in the unit of the data, `[N, D]`.
 * @returns Places, `[N, 2]`.
 */
export function scaledPlaces(points: HostArray<NumericArray>): HostArray {
  const [rows, axes] = points.shape as [number, number];
  const unit = typicalDistance(points);
  const centre = [0, 0];
  for (let at = 0; at < rows * PLANE; at++) {
    centre[at % PLANE]! += points.data[Math.floor(at / PLANE) * axes + at % PLANE]! / rows;
  }
  const data = Float32Array.from({ length: rows * PLANE }, (_, at) => {
    const axis = at % PLANE;
    return (points.data[Math.floor(at / PLANE) * axes + axis]! - centre[axis]!) / unit;
  });
  return hostArray(data, [rows, PLANE]);
}

/** Cells around each cell. */
export interface Niches {
  /** Rows of the cells of each niche, the cell itself first, `[N, K]`. */
  readonly index: Int32Array;
  /** 1 where there is such a neighbour, `[N, K]`; the first is always there. */
  readonly seen: Float32Array;
  /** Cells per niche (K), the cell itself counted. */
  readonly size: number;
}

/**
 * Find the cells around each cell.
 *
 * @param places Places of {@linkcode scaledPlaces}, `[N, 2]`.
 * @param niche How many, and how far away.
 * @returns The niches; sections with fewer cells than neighbours have smaller ones.
 */
export function nichesOf(places: HostArray, { neighbours, maxDistance }: SpatiaEncoderConfig["niche"]): Niches {
  const rows = places.shape[0]!;
  const size = neighbours + 1;
  const found = Math.min(size, rows);
  const { index, distance } = kNearest(places, places, found);
  const out = new Int32Array(rows * size);
  const seen = new Float32Array(rows * size);
  for (let i = 0; i < rows; i++) {
    out.fill(i, i * size, (i + 1) * size);
    seen[i * size] = 1;
    for (let j = 0, to = i * size + 1; j < found && to < (i + 1) * size; j++) {
      const at = i * found + j;
      if (index[at] === i) continue;
      out[to] = index[at]!;
      seen[to++] = maxDistance === 0 || distance[at]! <= maxDistance ? 1 : 0;
    }
  }
  return { index: out, seen, size };
}

/**
 * Sine codes of places in the plane: the first half of the features is of x, the second of y.
 *
 * @param places Places or offsets, `[n, 2]`, shortest period 2π of their unit.
 * @param width Number of features, divisible by 4 and at least 8.
 * @returns Codes, `[n, width]`.
 */
export function placeCodes(places: Tensor, width: number): Tensor {
  const rows = places.shape[0]!;
  const axis = (at: number): Tensor => sinusoid(slice(places, [0, at], [rows, 1]), width / PLANE);
  return concat([axis(0), axis(1)], 1);
}
