import type { SparseMatrix } from "../io/anndata.ts";
import type { Neighbours } from "./knn.ts";
import { byRows } from "./sparse.ts";

/** Steps of the search for the bandwidth of a point. */
const STEPS = 64;
/** How near the summed weights come to log2(k). */
const NEAR = 1e-5;
/** A bandwidth is at least this share of the mean distance. */
const LEAST = 1e-3;

/**
 * Distances to the k nearest points as a sparse matrix, the point itself left out.
 *
 * @param neighbours Rows and distances of the k nearest of each point, the point itself among them, `[N, k]`.
 * @param k Neighbours per point, itself included.
 * @returns Distances, `[N, N]` compressed by row with k - 1 values in each, columns rising.
 */
export function distanceGraph({ index, distance }: Neighbours, k: number): SparseMatrix {
  const rows = index.length / k;
  const indptr = Int32Array.from({ length: rows + 1 }, (_, i) => i * (k - 1));
  const indices = new Int32Array(rows * (k - 1));
  const data = new Float64Array(rows * (k - 1));
  for (let row = 0, to = 0; row < rows; row++) {
    const own = index.subarray(row * k, (row + 1) * k).indexOf(row);
    // Among more than k points at one place the point itself need not be listed: then the last one goes.
    const left = own < 0 ? k - 1 : own;
    const kept = Array.from({ length: k }, (_, j) => row * k + j).filter((at) => at !== row * k + left)
      .sort((a, b) => index[a]! - index[b]!);
    for (const at of kept) {
      indices[to] = index[at]!;
      data[to++] = distance[at]!;
    }
  }
  return { kind: "csr", shape: [rows, rows], indptr, indices, data };
}

/**
 * Weights of the edges between neighbours: the fuzzy union of UMAP (McInnes et al. 2018, section 3.1), which is what
 * scanpy keeps as connectivities.
 *
 * @param distances Distances to the nearest points, `[N, N]` compressed by row, equally many per row, zeros stored.
 * @returns Symmetric weights in [0, 1], `[N, N]` compressed by row, columns rising.
 */
export function fuzzyGraph(distances: SparseMatrix): SparseMatrix {
  const { shape: [rows], indptr, indices, data } = distances;
  const mean = data.length === 0 ? 0 : sum(data, 0, data.length) / (data.length + rows);
  const weights = new Float64Array(data.length);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [indptr[row]!, indptr[row + 1]!];
    let rho = Infinity;
    for (let at = from; at < to; at++) if (data[at]! > 0) rho = Math.min(rho, data[at]!);
    if (rho === Infinity) rho = 0;
    const floor = LEAST * (rho > 0 ? sum(data, from, to) / (to - from + 1) : mean);
    const sigma = Math.max(floor, bandwidth(data, from, to, rho));
    for (let at = from; at < to; at++) {
      const beyond = data[at]! - rho;
      weights[at] = beyond <= 0 || sigma === 0 ? 1 : Math.exp(-beyond / sigma);
    }
  }
  return union({ kind: "csr", shape: distances.shape, indptr, indices, data: weights });
}

function sum(values: ArrayLike<number>, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at++) total += values[at]!;
  return total;
}

/** The sigma for which the weights of a row add up to log2(k). */
function bandwidth(data: ArrayLike<number>, from: number, to: number, rho: number): number {
  const goal = Math.log2(to - from + 1);
  let [low, high, middle] = [0, Infinity, 1];
  for (let step = 0; step < STEPS; step++) {
    let total = 0;
    for (let at = from; at < to; at++) {
      const beyond = data[at]! - rho;
      total += beyond > 0 ? Math.exp(-beyond / middle) : 1;
    }
    if (Math.abs(total - goal) < NEAR) break;
    if (total > goal) [high, middle] = [middle, (low + middle) / 2];
    else [low, middle] = [middle, high === Infinity ? 2 * middle : (middle + high) / 2];
  }
  return middle;
}

/** a + b - ab of each pair, where a and b are the weights there and back. */
function union(there: SparseMatrix): SparseMatrix {
  const { shape, indptr, indices, data } = there;
  const back = byRows({ ...there, kind: "csc" });
  const starts = new Int32Array(shape[0] + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < shape[0]; row++) {
    const found = new Map<number, number>();
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) found.set(indices[at]!, data[at]!);
    for (let at = back.indptr[row]!; at < back.indptr[row + 1]!; at++) {
      const [a, b] = [found.get(back.indices[at]!) ?? 0, back.data[at]!];
      found.set(back.indices[at]!, a + b - a * b);
    }
    for (const [column, value] of [...found].sort(([a], [b]) => a - b)) {
      if (value === 0) continue;
      columns.push(column);
      values.push(value);
    }
    starts[row + 1] = columns.length;
  }
  return {
    kind: "csr",
    shape,
    indptr: starts,
    indices: Int32Array.from(columns),
    data: Float32Array.from(values),
  };
}
