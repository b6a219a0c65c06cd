import { DataError, type DataFrame, type HostArray, hostArray, type NumericArray, type Uns } from "../../core/mod.ts";
import { encodingOf } from "../../core/io/anndata_encoding.ts";
import { readDataFrame } from "../../core/io/dataframe_encoding.ts";
import { isSparse, readMatrix } from "../../core/io/matrix_encoding.ts";
import { denseMatrix, sparseKind } from "../../core/io/sparse_matrix.ts";
import { readDict } from "../../core/io/uns_encoding.ts";
import type { ZarrGroup, ZarrNode } from "../../core/io/zarr.ts";
import { matrixRows } from "./matrix_rows.ts";
import { withOldCategories } from "./old_categories.ts";
import { type ImportSource, type RowSource, type SourceOptions, tableSource } from "./source.ts";

/** Where a table lies. */
export interface TablePlace {
  /** Name of the format. */
  readonly format: string;
  /** Path or address. */
  readonly location: string;
  /** Group of the table, in a Zarr store or an HDF5 file. */
  readonly root: ZarrGroup;
  /** Frees what is open. */
  readonly close?: () => void;
}

/** Collects what is left out. */
type Note = (sentence: string) => void;

/**
 * Read a table that AnnData 0.5 to 0.12 wrote, into an HDF5 file or a Zarr store.
 *
 * @param place Where it lies.
 * @param options Which matrix becomes `X`.
 * @returns The table.
 * @throws {DataError} If it is no AnnData, lacks the layer or raw matrix that is asked for, or is damaged.
 */
export async function annDataSource(place: TablePlace, options: SourceOptions): Promise<ImportSource> {
  const { root, format, location, close } = place;
  const notes: string[] = [];
  const note: Note = (sentence) => notes.push(sentence);
  const obs = await root.member("obs");
  if (obs === undefined) throw new DataError(`Cannot read ${root.name} as AnnData: it lacks "obs"`);
  const uns = await unsOf(root, note);
  const [rowTable, old] = withOldCategories(await readDataFrame(obs), uns);
  const raw = options.raw === true ? await rawOf(root) : undefined;
  const variables = raw?.variables ?? await root.member("var");
  if (variables === undefined) throw new DataError(`Cannot read ${root.name} as AnnData: it lacks "var"`);
  const [columnTable, rest] = withOldCategories(await readDataFrame(variables), old);
  const [rows, columns] = [rowTable.index.length, columnTable.index.length];
  const matrix = (node: ZarrNode): Promise<RowSource> => matrixRows(node, rows, columns);
  const X = raw?.X ?? await mainMatrix(root, options, note);
  if (raw === undefined) await noteLeftOut(root, note);
  else note(`X and var are those of raw; X, layers and varm of ${root.name} were left out`);
  const layers = raw === undefined ? await each(root, "layers", matrix, note, options.layer) : {};
  const source = {
    format,
    location,
    obs: rowTable,
    var: columnTable,
    ...(X !== undefined && encodingOf(X) !== "null" && { X: await matrix(X) }),
    layers,
    obsp: { ...await oldGraphs(root, rows), ...await each(root, "obsp", (node) => matrixRows(node, rows, rows), note) },
    obsm: await arrays(root, "obsm", rows, note),
    varm: raw === undefined ? await arrays(root, "varm", columns, note) : {},
    uns: withoutGraphs(rest),
    notes,
  };
  return tableSource(source, close);
}

async function unsOf(root: ZarrGroup, note: Note): Promise<{ readonly [key: string]: Uns }> {
  const uns = await root.member("uns");
  if (uns?.kind !== "group") return {};
  return await readDict(uns, (element, reason) => note(`Left out ${element}: ${reason}`));
}

/** Graphs between cells, which AnnData before 0.7 kept in `uns`. */
const GRAPHS = ["connectivities", "distances"];

async function oldGraphs(root: ZarrGroup, rows: number): Promise<Readonly<Record<string, RowSource>>> {
  const pairs: [string, RowSource][] = [];
  for (const name of GRAPHS) {
    const graph = await root.member(`uns/neighbors/${name}`);
    if (graph?.kind === "group" && sparseKind(graph) !== undefined) {
      pairs.push([name, await matrixRows(graph, rows, rows)]);
    }
  }
  return Object.fromEntries(pairs);
}

function withoutGraphs(uns: { readonly [key: string]: Uns }): { readonly [key: string]: Uns } {
  const { neighbors } = uns;
  if (typeof neighbors !== "object" || neighbors === null || Array.isArray(neighbors)) return uns;
  const rest = Object.entries(neighbors).filter(([name, value]) => {
    return !(GRAPHS.includes(name) && typeof value === "object" && value !== null && "indptr" in value);
  });
  return { ...uns, neighbors: Object.fromEntries(rest) };
}

async function rawOf(root: ZarrGroup): Promise<{ readonly X: ZarrNode; readonly variables: ZarrNode }> {
  // AnnData before 0.7 wrote "raw.X" beside "X".
  const X = await root.member("raw/X") ?? await root.member("raw.X");
  const variables = await root.member("raw/var") ?? await root.member("raw.var");
  if (X !== undefined && variables !== undefined) return { X, variables };
  throw new DataError(`Cannot read raw of ${root.name}: it has none, leave out --raw`);
}

async function mainMatrix(root: ZarrGroup, { layer }: SourceOptions, note: Note): Promise<ZarrNode | undefined> {
  if (layer === undefined) return await root.member("X");
  const layers = await root.member("layers");
  const names = layers?.kind === "group" ? await layers.members() : [];
  if (!names.includes(layer)) {
    const known = names.join(", ") || "no layers";
    throw new DataError(`Cannot find layer "${layer}" in ${root.name}: there are ${known}`);
  }
  note(`X is layer "${layer}"; the X of ${root.name} was left out`);
  return await root.member(`layers/${layer}`);
}

async function noteLeftOut(root: ZarrGroup, note: Note): Promise<void> {
  if (await root.member("raw/X") !== undefined || await root.member("raw.X") !== undefined) {
    note("Left out raw: --raw imports it in place of X");
  }
  const varp = await root.member("varp");
  if (varp?.kind === "group" && (await varp.members()).length > 0) {
    note("Left out varp: tables here have no place for it");
  }
}

/** X, obs, var and layers must be readable; of the other elements those that are not are reported. */
async function each<T>(
  root: ZarrGroup,
  name: string,
  read: (node: ZarrNode) => Promise<T>,
  note: Note,
  except?: string,
): Promise<Readonly<Record<string, T>>> {
  const group = await root.member(name);
  if (group?.kind !== "group") return {};
  const pairs: [string, T][] = [];
  for (const key of await group.members()) {
    const node = key === except ? undefined : await group.member(key);
    if (node === undefined) continue;
    try {
      pairs.push([key, await read(node)]);
    } catch (cause) {
      if (name === "layers" || !(cause instanceof DataError)) throw cause;
      note(`Left out ${node.name}: ${cause.message}`);
    }
  }
  return Object.fromEntries(pairs);
}

async function arrays(
  root: ZarrGroup,
  name: string,
  rows: number,
  note: Note,
): Promise<Readonly<Record<string, HostArray<NumericArray>>>> {
  const node = await root.member(name);
  const found = node?.kind === "array"
    ? await recordArrays(node, rows)
    : await each(root, name, (member) => readRowsOf(member, note), note);
  for (const [key, { shape }] of Object.entries(found)) {
    if (shape[0] === rows) continue;
    throw new DataError(`Cannot read ${name}/${key} of ${root.name}: it has ${shape[0]} rows, expected ${rows}`);
  }
  return found;
}

/** AnnData before 0.7 kept all arrays as fields of one record array. */
async function recordArrays(
  node: Extract<ZarrNode, { readonly kind: "array" }>,
  rows: number,
): Promise<Readonly<Record<string, HostArray<NumericArray>>>> {
  const fields = Object.entries(await node.records(0, node.shape[0] ?? 0));
  return Object.fromEntries(fields.flatMap(([key, values]) => {
    if (!ArrayBuffer.isView(values)) return [];
    return [[key, hostArray(values, [rows, values.length / Math.max(1, rows)])]];
  }));
}

async function readRowsOf(node: ZarrNode, note: Note): Promise<HostArray<NumericArray>> {
  if (encodingOf(node) === "dataframe") return tableAsMatrix(node.name, await readDataFrame(node), note);
  const matrix = await readMatrix(node);
  if (isSparse(matrix)) return denseMatrix(matrix);
  return matrix.shape.length === 1 ? hostArray(matrix.data, [matrix.shape[0]!, 1]) : matrix;
}

/** The columns of numbers; the others have no place in a matrix. */
function tableAsMatrix(name: string, { index, columns }: DataFrame, note: Note): HostArray<NumericArray> {
  const numbers = Object.entries(columns).filter(([, column]) => ArrayBuffer.isView(column));
  if (numbers.length < Object.keys(columns).length) note(`Left out the columns of ${name} that are no numbers`);
  const data = new Float64Array(index.length * numbers.length);
  numbers.forEach(([, values], j) => {
    (values as NumericArray).forEach((value, i) => data[i * numbers.length + j] = value);
  });
  return hostArray(data, [index.length, numbers.length]);
}
