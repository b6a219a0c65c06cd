import {
  dispose,
  fromHost,
  type HostArray,
  hostArray,
  intTensor,
  type RowCut,
  type SparsePlaces,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import { type CellPairs, firstCells, type SedrGraph } from "./graph.ts";

/** All cells of an epoch with their graph; owns its tensors. */
export interface SedrBatch extends Disposable {
  /** Components of each cell, `[N, C]`. */
  readonly x: Tensor;
  /** Places of the convolution matrix; the pairs that count as linked. */
  readonly links: SparsePlaces;
  /** Entries of the convolution matrix, `[E]`. */
  readonly weight: Tensor;
  /** Pairs that count as not linked. */
  readonly negatives: SparsePlaces;
  /** Each cell with itself. */
  readonly diagonal: SparsePlaces;
  /** Weight of the reconstruction of the graph. */
  readonly balance: number;
  /** The same on the host, to cut batches by. */
  readonly host: { readonly x: HostArray; readonly graph: SedrGraph };
}

function places({ row, column }: CellPairs): SparsePlaces {
  return { row: intTensor(row), column: intTensor(column) };
}

/**
 * Upload cells and their graph.
 *
 * @param x Components, `[N, C]`.
 * @param graph Graph of N cells.
 * @returns The batch.
 */
export function sedrBatch(x: HostArray, graph: SedrGraph): SedrBatch {
  const [links, negatives] = [places(graph.links), places(graph.negatives)];
  const own = intTensor(Int32Array.from({ length: graph.cells }, (_, cell) => cell));
  const tensors = { x: fromHost(x), weight: tensor(graph.links.weight) };
  return Object.freeze({
    ...tensors,
    links,
    negatives,
    diagonal: { row: own, column: own },
    balance: graph.balance,
    host: { x, graph },
    [Symbol.dispose]: () =>
      dispose([...Object.values(tensors), links.row, links.column, negatives.row, negatives.column, own]),
  });
}

/** How batches are cut, so that the memory of an epoch is known before it runs. */
export const SEDR_ROWS: RowCut<SedrBatch> = Object.freeze({
  count: ({ host }: SedrBatch): number => host.graph.cells,
  first: ({ host: { x, graph } }: SedrBatch, rows: number): SedrBatch => {
    const width = x.shape[1]!;
    return sedrBatch(hostArray(x.data.slice(0, rows * width), [rows, width]), firstCells(graph, rows));
  },
});
