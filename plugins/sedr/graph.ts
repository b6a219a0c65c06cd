import {
  blockDiagonal,
  convolutionMatrix,
  DataError,
  type HostArray,
  isMorphogenError,
  type NumericArray,
  type Rng,
  type SparseMatrix,
  unionGraph,
} from "../../core/mod.ts";
import type { SedrConfig } from "./config.ts";

/** Pairs of cells. */
export interface CellPairs {
  /** First cell of each pair. */
  readonly row: Int32Array;
  /** Second cell of each pair. */
  readonly column: Int32Array;
}

/** The cells that are trained on together and their links. */
export interface SedrGraph {
  /** Number of cells. */
  readonly cells: number;
  /** Entries of the convolution matrix, row by row; they are the pairs that count as linked, self links included. */
  readonly links: CellPairs & { readonly weight: Float32Array };
  /** As many pairs that are not linked (fewer where a cell is linked with nearly all). */
  readonly negatives: CellPairs;
  /** Weight of the reconstruction of the graph: N^2 / (2 (N^2 - links)), averaged over sections. */
  readonly balance: number;
}

/** What can be said of one section before sections are joined. */
export interface SectionGraph {
  /** The convolution matrix. */
  readonly matrix: SparseMatrix;
  /** Its weight of the reconstruction. */
  readonly balance: number;
}

/**
 * Link the cells of a section.
 *
 * @param name Name of the section, for messages.
 * @param positions Coordinates, `[N, D]`.
 * @param config Neighbours and longest link.
 * @returns The graph.
 * @throws {DataError} If there are too few cells, a coordinate is not finite, or a cell has no neighbour in reach.
 */
export function sectionGraph(
  name: string,
  positions: HostArray<NumericArray>,
  { neighbours, maxDistance }: SedrConfig["graph"],
): SectionGraph {
  const cells = positions.shape[0]!;
  try {
    const matrix = convolutionMatrix(unionGraph(positions, neighbours, maxDistance > 0 ? { maxDistance } : {}));
    const free = cells ** 2 - matrix.data.length;
    if (free > 0) return { matrix, balance: cells ** 2 / (2 * free) };
  } catch (error) {
    if (!isMorphogenError(error, "DataError")) throw error;
    throw new DataError(`Cannot embed section "${name}": ${error.message[0]!.toLowerCase()}${error.message.slice(1)}`);
  }
  throw new DataError(
    `Cannot embed section "${name}": its ${cells} cells are all neighbours of each other, lower plugin.config.graph.neighbours`,
  );
}

/** Row of each entry of a matrix compressed by row. */
function rowsOf({ shape, indptr, data }: SparseMatrix): Int32Array {
  const out = new Int32Array(data.length);
  for (let row = 0; row < shape[0]; row++) out.fill(row, indptr[row]!, indptr[row + 1]!);
  return out;
}

/** For each cell as many others as it has links, drawn evenly among those it has none with. */
function unlinked({ shape, indptr, indices }: SparseMatrix, rng: Rng): CellPairs {
  const cells = shape[0];
  const [row, column]: [number[], number[]] = [[], []];
  // Draws are taken from a list that is refilled, since a stream makes many numbers at a time.
  let draws: Float32Array = new Float32Array(0);
  let [next, turn] = [0, 0];
  const draw = (): number => {
    if (next === draws.length) [draws, next] = [rng.fold(turn++).host.uniform(1 << 16), 0];
    return Math.min(cells - 1, Math.floor(draws[next++]! * cells));
  };
  for (let i = 0; i < cells; i++) {
    const links = new Set(indices.subarray(indptr[i]!, indptr[i + 1]!));
    if (links.size === cells) continue;
    for (let left = links.size; left > 0;) {
      const other = draw();
      if (links.has(other)) continue;
      row.push(i);
      column.push(other);
      left--;
    }
  }
  return { row: Int32Array.from(row), column: Int32Array.from(column) };
}

/**
 * Join the graphs of sections, and draw pairs that are not linked.
 *
 * @param sections Graphs in the order of the cells.
 * @param rng Stream of the pairs.
 * @returns The graph that is trained on.
 */
export function joinGraphs(sections: readonly SectionGraph[], rng: Rng): SedrGraph {
  const matrix = blockDiagonal(sections.map((section) => section.matrix));
  return {
    cells: matrix.shape[0],
    links: { row: rowsOf(matrix), column: matrix.indices, weight: Float32Array.from(matrix.data) },
    negatives: unlinked(matrix, rng),
    balance: sections.reduce((sum, { balance }) => sum + balance, 0) / sections.length,
  };
}

/**
 * The part of a graph among its first cells.
 *
 * @param graph The graph.
 * @param cells How many.
 * @returns A graph of its own; weights stay as they are.
 */
export function firstCells({ links, negatives, balance }: SedrGraph, cells: number): SedrGraph {
  const inside = ({ row, column }: CellPairs): Int32Array =>
    Int32Array.from(row.keys()).filter((at) => row[at]! < cells && column[at]! < cells);
  const pick = ({ row, column }: CellPairs, kept: Int32Array): CellPairs => ({
    row: kept.map((at) => row[at]!),
    column: kept.map((at) => column[at]!),
  });
  const kept = inside(links);
  return {
    cells,
    links: { ...pick(links, kept), weight: Float32Array.from(kept, (at) => links.weight[at]!) },
    negatives: pick(negatives, inside(negatives)),
    balance,
  };
}
