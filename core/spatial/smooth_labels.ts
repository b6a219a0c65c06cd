import { DataError } from "../errors.ts";
import type { SparseMatrix } from "../io/anndata.ts";

/**
 * Give each cell the label that most of its neighbours and itself have, as domain finders do after clustering.
 *
 * @example Usage
 * ```ts
 * import { hostArray, smoothLabels, unionGraph } from "@morphogen/morphogen";
 *
 * const line = hostArray(Float32Array.of(0, 1, 2, 3, 4), [5, 1]);
 * const smoothed = smoothLabels([0, 0, 1, 0, 0], unionGraph(line, 2));
 * if (smoothed.join() !== "0,0,0,0,0") throw new Error(smoothed.join());
 * ```
 *
 * @param labels Label of each cell, `[N]`, from 0; -1 where it is missing, which does not vote.
 * @param graph Neighbours of each cell, `[N, N]` compressed by row.
 * @returns Labels, `[N]`; a cell keeps its own where no other has more votes, and stays without where it has none.
 * @throws {DataError} If the graph is of another number of cells.
 */
export function smoothLabels(labels: ArrayLike<number>, graph: SparseMatrix): Int32Array {
  const { shape: [rows], indptr, indices } = graph;
  if (labels.length !== rows) {
    throw new DataError(`Cannot smooth ${labels.length} labels over a graph of ${rows} cells: expected as many`);
  }
  return Int32Array.from({ length: rows }, (_, row) => {
    const own = labels[row]!;
    if (own < 0) return own;
    const votes = new Map([[own, 1]]);
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) {
      const label = labels[indices[at]!]!;
      if (label >= 0 && indices[at] !== row) votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    let best = own;
    for (const [label, count] of votes) {
      const most = votes.get(best)!;
      if (count > most || (count === most && best !== own && label < best)) best = label;
    }
    return best;
  });
}
