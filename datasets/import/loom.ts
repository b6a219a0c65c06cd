import {
  type Column,
  DataError,
  type DataFrame,
  type HostArray,
  hostArray,
  type NumericArray,
} from "../../core/mod.ts";
import { requiredArray } from "../../core/io/anndata_encoding.ts";
import type { ZarrGroup } from "../../core/io/zarr.ts";
import type { ZarrArray } from "../../core/io/zarr_array.ts";
import { type Hdf5File, openHdf5 } from "./hdf5_file.ts";
import { hdf5Columns } from "./hdf5_node.ts";
import {
  BLOCK_VALUES,
  type ImportSource,
  numberTypeOf,
  type RowSource,
  type SourceOptions,
  tableSource,
} from "./source.ts";
import { transposedRows } from "./transpose.ts";
import { uniqueNames } from "./text_columns.ts";

/** Names under which loom files keep names of cells and genes; scanpy takes the first. */
const CELL_NAMES = ["CellID", "cell_id", "obs_names", "barcodes", "Barcode"];
const GENE_NAMES = ["Gene", "gene", "var_names", "Accession"];
/** Pairs of columns that are coordinates in tissue, as spatial loom files name them. */
const PLACES = [["X", "Y"], ["x", "y"], ["_X", "_Y"], ["x_um", "y_um"], ["X_um", "Y_um"]];

interface Attributes {
  readonly table: DataFrame;
  readonly arrays: Readonly<Record<string, HostArray<NumericArray>>>;
}

async function attributesOf(
  root: ZarrGroup,
  path: string,
  names: readonly string[],
  rows: number,
): Promise<Attributes> {
  const group = await root.member(path);
  const keys = group?.kind === "group" ? await group.members() : [];
  const columns: Record<string, Column> = {};
  const arrays: Record<string, HostArray<NumericArray>> = {};
  for (const key of keys) {
    const array = await requiredArray(group as ZarrGroup, key);
    if (array.shape[0] !== rows) {
      throw new DataError(`Cannot read ${array.name}: it has ${array.shape[0]} values, expected ${rows}`);
    }
    if (array.shape.length > 1 && array.values === "numbers") arrays[key] = await array.numbers(0, rows);
    else if (array.shape.length === 1) columns[key] = await columnOf(array, rows);
  }
  const chosen = names.find((name) => Object.hasOwn(columns, name));
  const index = chosen === undefined
    ? Array.from({ length: rows }, (_, i) => String(i))
    : Array.from(columns[chosen] as ArrayLike<unknown>, String);
  if (chosen !== undefined) delete columns[chosen];
  return { table: { index, columns }, arrays };
}

async function columnOf(array: ZarrArray, rows: number): Promise<Column> {
  if (array.values === "texts") return (await array.texts(0, rows)).texts;
  const { data } = await array.numbers(0, rows);
  return array.dtype === "bool" ? Array.from(data, (value) => value !== 0) : data;
}

function cellRows(file: Hdf5File, array: ZarrArray, path: string): RowSource {
  const [genes, cells] = [array.shape[0]!, array.shape[1]!];
  return transposedRows({
    name: array.name,
    shape: [cells, genes],
    type: numberTypeOf(array.dtype),
    stored: `dense ${array.dtype}, genes by cells`,
    // Loom files are cut into squares, so that narrow slices cost as much as these.
    step: Math.max(64, Math.floor(BLOCK_VALUES / Math.max(1, genes))),
    read: (from, to) => hdf5Columns(file.context, path, from, to),
  });
}

/** Coordinates are columns of the cells here; those that are asked for must be there. */
function placesOf(
  { columns, index }: DataFrame,
  asked: readonly string[] | undefined,
  location: string,
): HostArray<NumericArray> | undefined {
  const pair = asked ?? PLACES.find((names) => names.every((name) => ArrayBuffer.isView(columns[name])));
  if (pair === undefined) return undefined;
  const data = new Float64Array(index.length * pair.length);
  pair.forEach((name, axis) => {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (!ArrayBuffer.isView(column)) {
      const known = Object.keys(columns).join(", ");
      throw new DataError(`Cannot find coordinates "${name}" in "${location}": its cells have ${known}`);
    }
    (column as NumericArray).forEach((value, i) => data[i * pair.length + axis] = value);
  });
  return hostArray(data, [index.length, pair.length]);
}

/**
 * Open a `.loom` file: genes by cells, which become cells by genes.
 *
 * @param path Path of the file.
 * @param options Layer that becomes `X`, columns of the coordinates.
 * @returns The table; arrays of several columns go to `obsm` and `varm`.
 * @throws {DataError} If the file cannot be read or is no loom file.
 */
export async function openLoom(path: string, options: SourceOptions): Promise<ImportSource> {
  const file = await openHdf5(path);
  try {
    return await readLoom(file, path, options);
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

async function readLoom(file: Hdf5File, path: string, options: SourceOptions): Promise<ImportSource> {
  const matrix = await requiredArray(file.root, "matrix");
  const [genes, cells] = [matrix.shape[0]!, matrix.shape[1]!];
  const rows = await attributesOf(file.root, "col_attrs", CELL_NAMES, cells);
  const columns = await attributesOf(file.root, "row_attrs", GENE_NAMES, genes);
  const group = await file.root.member("layers");
  const layers: Record<string, RowSource> = {};
  for (const name of group?.kind === "group" ? await group.members() : []) {
    layers[name] = cellRows(file, await requiredArray(group as ZarrGroup, name), `/layers/${name}`);
  }
  const { layer } = options;
  if (layer !== undefined && !Object.hasOwn(layers, layer)) {
    throw new DataError(
      `Cannot find layer "${layer}" in "${path}": there are ${Object.keys(layers).join(", ") || "no layers"}`,
    );
  }
  const X = layer === undefined ? cellRows(file, matrix, "/matrix") : layers[layer]!;
  if (layer !== undefined) delete layers[layer];
  const spatial = placesOf(rows.table, options.coordinates, path);
  const index = uniqueNames(columns.table.index);
  return tableSource({
    format: "loom",
    location: path,
    obs: rows.table,
    var: { ...columns.table, index },
    X,
    layers,
    obsm: { ...rows.arrays, ...(spatial !== undefined && { spatial }) },
    varm: columns.arrays,
    notes: index.some((name, i) => name !== columns.table.index[i]) ? ["Genes that share a name got a number"] : [],
  }, () => file[Symbol.dispose]());
}
