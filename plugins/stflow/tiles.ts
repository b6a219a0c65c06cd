import { type HostArray, hostArray, type NumericArray } from "../../core/mod.ts";
import type { Region } from "./slide.ts";

/** Spots that are computed together. */
export interface Tile {
  /** Spots whose prediction is wanted, then spots that these see. */
  readonly rows: Int32Array;
  /** How many of them are wanted. */
  readonly wanted: number;
}

/**
 * Divide places into compact groups of about equal size, by halving along the longer side.
 *
 * @param coords Places, `[N, 2]`.
 * @param most Most places in a group.
 * @returns Rows of each group; all rows together.
 */
export function compactGroups({ data, shape }: HostArray<NumericArray>, most: number): readonly Int32Array[] {
  const halve = (rows: Int32Array): readonly Int32Array[] => {
    if (rows.length <= most) return [rows];
    const extent = [0, 1].map((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (const row of rows) {
        low = Math.min(low, data[2 * row + axis]!);
        high = Math.max(high, data[2 * row + axis]!);
      }
      return high - low;
    });
    const axis = extent[1]! > extent[0]! ? 1 : 0;
    const order = rows.slice().sort((a, b) => data[2 * a + axis]! - data[2 * b + axis]! || a - b);
    const middle = order.length >> 1;
    return [...halve(order.subarray(0, middle)), ...halve(order.subarray(middle))];
  };
  return halve(Int32Array.from({ length: shape[0]! }, (_, i) => i));
}

/** The given rows and all that are seen from them within some hops, nearest hop first. */
function withHalo(own: Int32Array, index: Int32Array, k: number, hops: number): Int32Array {
  const known = new Set<number>(own);
  let edge: readonly number[] = [...own];
  for (let hop = 0; hop < hops; hop++) {
    const next: number[] = [];
    for (const row of edge) {
      for (let at = row * k; at < (row + 1) * k; at++) {
        const other = index[at]!;
        if (known.has(other)) continue;
        known.add(other);
        next.push(other);
      }
    }
    edge = next;
  }
  return Int32Array.from(known);
}

/**
 * Cut a slide into tiles with a halo: what a block computes of a spot depends on the spot's neighbours before that block,
 * so spots as many hops away as there are blocks are all that one call of the network sees.
 *
 * @param coords Places, `[N, 2]`.
 * @param region The whole slide with its neighbourhoods.
 * @param most Most wanted spots of a tile.
 * @param hops Blocks of the network.
 * @returns The tiles; one without halo if the slide is small enough.
 */
export function cutTiles(
  coords: HostArray<NumericArray>,
  { frames }: Region,
  most: number,
  hops: number,
): readonly Tile[] {
  const k = frames.edges.shape[1]!;
  return compactGroups(coords, most).map((own) => ({
    rows: withHalo(own, frames.index, k, hops),
    wanted: own.length,
  }));
}

/**
 * Neighbourhoods of a tile. At the rim, where neighbours are missing, spots see themselves instead: what is computed
 * there does not reach the wanted spots.
 *
 * @param tile The tile.
 * @param region The whole slide.
 * @returns The tile as a region of its own.
 */
export function regionOfTile({ rows }: Tile, { frames }: Region): Region {
  const k = frames.edges.shape[1]!;
  const place = new Map<number, number>(Array.from(rows, (row, i) => [row, i]));
  const index = new Int32Array(rows.length * k);
  const edges = new Float32Array(rows.length * k * 3);
  rows.forEach((row, i) => {
    for (let j = 0; j < k; j++) index[i * k + j] = place.get(frames.index[row * k + j]!) ?? i;
    edges.set(frames.edges.data.subarray(3 * k * row, 3 * k * (row + 1)), 3 * k * i);
  });
  const own = { index, edges: hostArray(edges, [rows.length, k, 3]), ambiguous: frames.ambiguous };
  return { spots: rows.length, frames: own };
}
