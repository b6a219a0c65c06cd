import { columnStats, type HostArray, type Rng, standardize } from "../../../core/mod.ts";

/** How often the right cell is found among candidates. */
export interface Retrieval {
  /** Share of cells whose partner comes first. */
  readonly top1: number;
  /** Share of cells whose partner is among the first ten. */
  readonly top10: number;
  /** Rank of each cell's partner, from 0. */
  readonly rank: Int32Array;
}

const TEN = 10;

function lengths({ data, shape }: HostArray): Float64Array {
  const [rows, width] = shape as [number, number];
  return Float64Array.from({ length: rows }, (_, i) => {
    let squares = 0;
    for (let j = 0; j < width; j++) squares += data[i * width + j]! ** 2;
    return Math.sqrt(squares) || 1;
  });
}

/**
 * Candidates of each cell: others of its section, drawn without replacement.
 *
 * @param rows Cells of the section.
 * @param candidates Candidates with the cell itself; at most as many as there are cells.
 * @param rng Stream.
 * @returns Rows of the others for each cell.
 */
export function drawCandidates(rows: number, candidates: number, rng: Rng): readonly Int32Array[] {
  const others = Math.min(candidates, rows) - 1;
  return Array.from({ length: rows }, (_, i) => {
    const drawn = rng.fold(i).host.choice(rows - 1, others);
    return drawn.map((row) => row >= i ? row + 1 : row);
  });
}

/**
 * Find each cell's partner by cosine similarity.
 *
 * @param queries Vectors of cells, `[N, D]`.
 * @param keys Vectors of their partners, `[N, D]`.
 * @param candidates Other cells among which each partner is to be found.
 * @returns How often it is; ties count against it.
 */
export function retrieve(queries: HostArray, keys: HostArray, candidates: readonly Int32Array[]): Retrieval {
  const width = queries.shape[1]!;
  const ends = lengths(keys);
  const likeness = (i: number, k: number): number => {
    let product = 0;
    for (let j = 0; j < width; j++) product += queries.data[i * width + j]! * keys.data[k * width + j]!;
    return product / ends[k]!;
  };
  const rank = Int32Array.from(candidates, (others, i) => {
    const own = likeness(i, i);
    return others.reduce((better, k) => better + Number(!(likeness(i, k) < own)), 0);
  });
  const share = (most: number): number => rank.reduce((sum, at) => sum + Number(at < most), 0) / rank.length;
  return { top1: share(1), top10: share(TEN), rank };
}

/**
 * Take the section's own offset and spread off vectors, so that what all its cells share does not decide.
 *
 * @param values Vectors of the cells of a section, `[N, D]`.
 * @returns z-scores within the section.
 */
export function withinSection(values: HostArray): HostArray {
  return standardize(values, columnStats(values));
}
