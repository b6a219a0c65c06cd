import type { HostArray, Rng } from "../../core/mod.ts";

/**
 * Thin counts as scPRINT does: with r' = 1.1 r, take off Poisson(r' x / 2), then empty each gene with probability r' / 2.
 *
 * @param counts Counts, `[N, V]`.
 * @param thinning Thinning r; 0 leaves counts as they are.
 * @param rng Stream.
 * @returns Thinned counts of at least 0, `[N, V]`.
 */
export function thinnedCounts({ data }: HostArray, thinning: number, rng: Rng): Float32Array {
  if (thinning === 0) return data;
  const half = 1.1 * thinning / 2;
  const gone = rng.fold("poisson").host.poisson(data.length, data.map((count) => half * count));
  const emptied = rng.fold("genes").host.uniform(data.length);
  return data.map((count, at) => emptied[at]! < half ? 0 : Math.max(0, count - gone[at]!));
}

/**
 * Choose the genes that stand for a cell: expressed ones first, then others.
 *
 * @param counts Counts of the cell, `[V]`.
 * @param most Most genes.
 * @param order Order in which genes are taken; absent for expressed ones by falling count and others as they come.
 * @returns Columns, `[min(most, V)]`.
 */
export function chosenGenes(counts: Float32Array, most: number, order?: Int32Array): Int32Array {
  const genes = order ?? Int32Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const expressed = genes.filter((gene) => counts[gene]! > 0);
  const others = genes.filter((gene) => !(counts[gene]! > 0));
  return Int32Array.of(...expressed.subarray(0, most), ...others.subarray(0, Math.max(0, most - expressed.length)));
}

/** Tokens of images that are seen, and where they go. */
export interface KeptTokens {
  /** Rows among all tokens of all cells, `[B V]`. */
  readonly rows: Int32Array;
  /** Which token of its image each is, `[B V]`. */
  readonly places: Int32Array;
  /** Row among the kept ones for each token, `[B P]`; B V where it was hidden. */
  readonly back: Int32Array;
  /** Kept tokens of an image (V). */
  readonly count: number;
}

/**
 * Choose which tokens of each image are seen.
 *
 * @param cells Number of images.
 * @param tokens Tokens of an image (P).
 * @param share Share that is hidden; at least one token stays.
 * @param rng Stream.
 * @returns Kept tokens, in their order within each image.
 */
export function keptTokens(cells: number, tokens: number, share: number, rng: Rng): KeptTokens {
  const count = Math.max(1, Math.round((1 - share) * tokens));
  const rows = new Int32Array(cells * count);
  const places = new Int32Array(cells * count);
  const back = new Int32Array(cells * tokens).fill(cells * count);
  const draws = rng.host.uniform(cells * tokens);
  for (let cell = 0; cell < cells; cell++) {
    const own = draws.subarray(cell * tokens, (cell + 1) * tokens);
    const kept = Int32Array.from(own.keys()).sort((a, b) => own[a]! - own[b]!).subarray(0, count).sort();
    kept.forEach((place, i) => {
      const at = cell * count + i;
      rows[at] = cell * tokens + place;
      places[at] = place;
      back[cell * tokens + place] = at;
    });
  }
  return { rows, places, back, count };
}
