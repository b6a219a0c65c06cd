import { type HostArray, hostArray, type Rng } from "../core/mod.ts";

/** Factor by which marker genes of a type exceed their level elsewhere. */
const MARKER_FACTOR = 8;

/** Shape of the gamma distribution of totals; their coefficient of variation is its square root's inverse. */
const TOTAL_SHAPE = 8;

/** Cells whose counts are drawn together, so that the rates of all never stand in memory. */
const BLOCK_VALUES = 1 << 22;

/**
 * Expression programs: which share of a cell's molecules each gene has. Gene g is a marker of type g mod K.
 *
 * @param types Number of types K.
 * @param genes Number of genes G.
 * @param stream Stream of the programs.
 * @returns Shares, `[K, G]`; each row sums to 1.
 */
export function expressionPrograms(types: number, genes: number, stream: Rng): HostArray {
  const level = stream.fold("level").host.normal(genes).map((z) => Math.exp(z));
  const shares = new Float32Array(types * genes);
  for (let k = 0; k < types; k++) {
    const row = shares.subarray(k * genes, (k + 1) * genes);
    for (let g = 0; g < genes; g++) row[g] = level[g]! * (g % types === k ? MARKER_FACTOR : 1);
    const total = row.reduce((sum, value) => sum + value, 0);
    for (let g = 0; g < genes; g++) row[g]! /= total;
  }
  return hostArray(shares, [types, genes]);
}

/**
 * Draw counts: a gamma-distributed total per cell, then Poisson counts by the program of the cell's type.
 *
 * @param type Type of each cell, `[N]`.
 * @param programs Shares `[K, G]` from {@linkcode expressionPrograms}.
 * @param molecules Mean total of a cell.
 * @param stream Stream of the draws.
 * @returns Whole numbers, `[N, G]`.
 */
export function drawCounts(type: Int32Array, programs: HostArray, molecules: number, stream: Rng): HostArray {
  const genes = programs.shape[1]!;
  const total = stream.fold("total").host.gamma(type.length, TOTAL_SHAPE, molecules / TOTAL_SHAPE);
  const counts = new Float32Array(type.length * genes);
  const block = Math.max(1, Math.floor(BLOCK_VALUES / genes));
  for (let first = 0; first < type.length; first += block) {
    const last = Math.min(first + block, type.length);
    const rate = new Float32Array((last - first) * genes);
    for (let i = first, at = 0; i < last; i++) {
      for (let g = 0; g < genes; g++, at++) rate[at] = total[i]! * programs.data[type[i]! * genes + g]!;
    }
    counts.set(stream.fold("counts").fold(first).host.poisson(rate.length, rate), first * genes);
  }
  return hostArray(counts, [type.length, genes]);
}
