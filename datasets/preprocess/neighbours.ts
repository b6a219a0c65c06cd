import {
  checkNumber,
  checkText,
  checkWhole,
  DataError,
  type HostArray,
  kNearest,
  type NumericArray,
  type SparseMatrix,
  takeRows,
  withinRadius,
} from "../../core/mod.ts";
import { distanceGraph, fuzzyGraph } from "../../core/spatial/neighbour_graph.ts";
import { finiteCoordinates, sectionsOf } from "./sections.ts";
import { type Applied, type Params, type StepKind, stepKind } from "./step.ts";
import type { StreamTable } from "./stream_table.ts";

/** Neighbours in feature space. */
export interface NeighboursParams extends Params {
  /** Neighbours of a cell, itself included, as scanpy counts. */
  readonly k: number;
  /** Entry of `obsm` in which distances are taken. */
  readonly use: string;
}

function featuresOf(table: StreamTable, key: string): HostArray<NumericArray> {
  const found = Object.hasOwn(table.obsm, key) ? table.obsm[key] : undefined;
  if (found !== undefined && found.shape.length === 2) return found;
  const known = Object.keys(table.obsm).join(", ") || "no arrays";
  throw new DataError(`Cannot find neighbours in obsm "${key}": obsm has ${known}, run pca first`);
}

function graphOf(table: StreamTable, { k, use }: NeighboursParams): Applied {
  const features = featuresOf(table, use);
  const cells = features.shape[0]!;
  if (k > cells) throw new DataError(`Cannot find ${k} neighbours: the table has ${cells} cells, lower k`);
  const distances = distanceGraph(kNearest(features, features, k), k);
  return {
    table: {
      ...table,
      obsp: { ...table.obsp, distances, connectivities: fuzzyGraph(distances) },
      uns: {
        ...table.uns,
        neighbors: {
          connectivities_key: "connectivities",
          distances_key: "distances",
          params: { n_neighbors: k, method: "umap", metric: "euclidean", use_rep: use },
        },
      },
    },
  };
}

/** Graph of the nearest cells in feature space, as scanpy keeps it. */
export const neighbours: StepKind<NeighboursParams> = stepKind(
  {
    name: "neighbors",
    description: "k nearest cells in feature space: obsp/distances and obsp/connectivities (UMAP weights)",
    defaults: { k: 15, use: "X_pca" } as NeighboursParams,
  },
  ({ k, use }) => [...checkWhole("k", k, 2), ...checkText("use", use)],
  { apply: (table, params) => graphOf(table, params) },
);

/** Neighbours in space. */
export interface SpatialNeighboursParams extends Params {
  /** Nearest cells, without the cell itself; 0 if the radius decides. */
  readonly k: number;
  /** Cells at most this far away, in the unit of the coordinates; 0 if k decides. */
  readonly radius: number;
  /** Column of `obs` with the section, across which there are no neighbours; empty if all cells are one. */
  readonly section: string;
  /** Entry of `obsm` with the coordinates. */
  readonly key: string;
}

function edgesOf(points: HostArray<NumericArray>, { k, radius }: SpatialNeighboursParams): SparseMatrix {
  if (k > 0) return distanceGraph(kNearest(points, points, k + 1), k + 1);
  const { start, index, distance } = withinRadius(points, points, radius);
  const rows = points.shape[0]!;
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(index.length - rows);
  const data = new Float64Array(indices.length);
  for (let row = 0, to = 0; row < rows; row++) {
    for (let at = start[row]!; at < start[row + 1]!; at++) {
      if (index[at] === row) continue;
      indices[to] = index[at]!;
      data[to++] = distance[at]!;
    }
    indptr[row + 1] = to;
  }
  return { kind: "csr", shape: [rows, rows], indptr, indices, data };
}

function spatialGraph(table: StreamTable, params: SpatialNeighboursParams): Applied {
  const points = finiteCoordinates(table, params.key);
  const cells = points.shape[0]!;
  const parts = sectionsOf(table, params.section).map(({ name, rows }) => {
    if (rows.length <= params.k) {
      const where = name === "" ? "the table" : `section "${name}"`;
      throw new DataError(`Cannot find ${params.k} neighbours: ${where} has ${rows.length} cells, lower k`);
    }
    return { rows, edges: edgesOf(takeRows(points, rows), params) };
  });
  const indptr = new Int32Array(cells + 1);
  for (const { rows, edges } of parts) {
    rows.forEach((row, i) => indptr[row + 1] = edges.indptr[i + 1]! - edges.indptr[i]!);
  }
  for (let row = 0; row < cells; row++) indptr[row + 1]! += indptr[row]!;
  const indices = new Int32Array(indptr[cells]!);
  const data = new Float64Array(indices.length);
  for (const { rows, edges } of parts) {
    rows.forEach((row, i) => {
      for (let at = edges.indptr[i]!, to = indptr[row]!; at < edges.indptr[i + 1]!; at++, to++) {
        indices[to] = rows[edges.indices[at]!]!;
        data[to] = edges.data[at]!;
      }
    });
  }
  const distances: SparseMatrix = { kind: "csr", shape: [cells, cells], indptr, indices, data };
  const ones = new Float32Array(data.length).fill(1);
  return {
    table: {
      ...table,
      obsp: { ...table.obsp, spatial_distances: distances, spatial_connectivities: { ...distances, data: ones } },
    },
    counts: { edges: data.length },
  };
}

/** Graph of the cells that are near in space, as squidpy keeps it. */
export const spatialNeighbours: StepKind<SpatialNeighboursParams> = stepKind(
  {
    name: "spatial_neighbors",
    description: "near cells of each section, by k or radius: obsp/spatial_distances and obsp/spatial_connectivities",
    defaults: { k: 0, radius: 0, section: "", key: "spatial" } as SpatialNeighboursParams,
  },
  ({ k, radius, key }) => [
    ...checkWhole("k", k, 0),
    ...checkNumber("radius", radius, (value) => value >= 0, "a number of at least 0"),
    ...((k > 0) === (radius > 0) ? [`k is ${k} and radius is ${radius}, expected one of them above 0`] : []),
    ...checkText("key", key),
  ],
  { apply: (table, params) => spatialGraph(table, params) },
);
