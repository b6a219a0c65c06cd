import { DataError } from "../errors.ts";
import type { HostArray, NumericArray } from "../host_array.ts";
import type { SparseMatrix } from "../io/anndata.ts";
import { kNearest } from "./knn.ts";
import { distanceGraph } from "./neighbour_graph.ts";
import { byRows } from "./sparse.ts";

/** What ends an edge besides the number of neighbours. */
export interface UnionGraphOptions {
  /** Longest edge in the unit of the points. @default {Infinity} */
  readonly maxDistance?: number;
}

/**
 * Link each point with its k nearest others, in both directions: i and j are neighbours if one of them is among the k
 * nearest of the other.
 *
 * @example Usage
 * ```ts
 * import { hostArray, unionGraph } from "@morphogen/morphogen";
 *
 * const { indptr, indices } = unionGraph(hostArray(Float32Array.of(0, 1, 3), [3, 1]), 1);
 * if (indptr.join() !== "0,1,3,4" || indices.join() !== "1,0,2,1") throw new Error(`${indptr} ${indices}`);
 * ```
 *
 * @param points Coordinates `[N, D]`.
 * @param k Neighbours per point, the point itself not counted.
 * @param options Longest edge.
 * @returns Symmetric pattern of ones, `[N, N]` compressed by row, columns rising, diagonal empty.
 * @throws {DataError} If there are fewer than k + 1 points, a coordinate is not finite, or a point has no neighbour within
 *   the longest edge.
 */
export function unionGraph(
  points: HostArray<NumericArray>,
  k: number,
  options: UnionGraphOptions = {},
): SparseMatrix {
  const { maxDistance = Infinity } = options;
  const rows = points.shape[0]!;
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`Cannot link cells with ${k} neighbours: expected a whole number of at least 1`);
  }
  if (rows < k + 1) {
    throw new DataError(`Cannot link cells with ${k} neighbours: there are ${rows} cells, expected at least ${k + 1}`);
  }
  const there = distanceGraph(kNearest(points, points, k + 1), k + 1);
  const back = byRows({ ...there, kind: "csc" });
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(2 * there.data.length);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const take = ({ indptr, indices, data }: SparseMatrix): number[] => {
      const found: number[] = [];
      for (let at = indptr[row]!; at < indptr[row + 1]!; at++) if (data[at]! <= maxDistance) found.push(indices[at]!);
      return found;
    };
    // Sets keep the order of insertion, so equal columns fall together once sorted.
    for (const column of [...new Set([...take(there), ...take(back)])].sort((a, b) => a - b)) indices[to++] = column;
    indptr[row + 1] = to;
    if (to > indptr[row]!) continue;
    throw new DataError(
      `Cannot link cell ${row} with its neighbours: none lies within ${maxDistance}; allow longer edges or leave the cell out`,
    );
  }
  return {
    kind: "csr",
    shape: [rows, rows],
    indptr,
    indices: indices.slice(0, to),
    data: new Float32Array(to).fill(1),
  };
}

/**
 * The adjacency matrix of a graph convolution (Kipf and Welling 2017, equation 2): D^-1/2 (A + I) D^-1/2 with the row sums
 * D of A + I; its largest eigenvalue is 1.
 *
 * @param graph Symmetric weights A, `[N, N]` compressed by row, columns rising, diagonal empty.
 * @returns The matrix, with the diagonal in its place, columns rising, float32.
 */
export function convolutionMatrix(graph: SparseMatrix): SparseMatrix {
  const { shape, indptr, indices, data } = graph;
  const rows = shape[0];
  const scale = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let degree = 1;
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) degree += data[at]!;
    scale[row] = 1 / Math.sqrt(degree);
  }
  const starts = new Int32Array(rows + 1);
  const columns = new Int32Array(indices.length + rows);
  const values = new Float32Array(indices.length + rows);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const put = (column: number, value: number): void => {
      columns[to] = column;
      values[to++] = value * scale[row]! * scale[column]!;
    };
    let own = false;
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) {
      if (!own && indices[at]! > row) {
        put(row, 1);
        own = true;
      }
      put(indices[at]!, data[at]!);
    }
    if (!own) put(row, 1);
    starts[row + 1] = to;
  }
  return { kind: "csr", shape, indptr: starts, indices: columns, data: values };
}

/**
 * Join graphs to one whose parts are not linked.
 *
 * @param graphs Square matrices compressed by row.
 * @returns The block-diagonal matrix, compressed by row, float32.
 * @throws {TypeError} If there are none.
 */
export function blockDiagonal(graphs: readonly SparseMatrix[]): SparseMatrix {
  if (graphs.length === 0) throw new TypeError("Cannot join zero graphs: expected at least one");
  const rows = graphs.reduce((sum, { shape }) => sum + shape[0], 0);
  const entries = graphs.reduce((sum, { data }) => sum + data.length, 0);
  const [indptr, indices, data] = [new Int32Array(rows + 1), new Int32Array(entries), new Float32Array(entries)];
  let [row, at] = [0, 0];
  for (const graph of graphs) {
    graph.indices.forEach((column, i) => indices[at + i] = row + column);
    data.set(graph.data, at);
    for (let i = 0; i < graph.shape[0]; i++) indptr[row + i + 1] = at + graph.indptr[i + 1]!;
    row += graph.shape[0];
    at += graph.data.length;
  }
  return { kind: "csr", shape: [rows, rows], indptr, indices, data };
}
