import { type AnnData, concatRows, DataError, hostArray, type Matrix } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import type { ImportSource, RowSource } from "./import/source.ts";
import { joinRows } from "./matrix.ts";

/** What of a table is read. */
export interface ReadTableOptions {
  /** Layer that becomes `X`; absent for the main matrix. */
  readonly layer?: string;
  /** Told what was left out. */
  readonly note: (message: string) => void;
}

async function wholeMatrix(source: RowSource): Promise<Matrix> {
  const blocks: Matrix[] = [];
  for await (const block of source.blocks(0)) blocks.push(block);
  const dense = blocks.filter((block) => !("kind" in block));
  if (dense.length > 0) return concatRows(dense);
  const sparse = blocks.filter((block) => "kind" in block);
  if (sparse.length > 0) return joinRows(sparse);
  return hostArray(new Float32Array(), [source.shape[0]!, source.shape[1]!]);
}

/** The table in memory, without matrices that data sets do not use. */
async function inMemoryTable(source: ImportSource, note: (message: string) => void): Promise<AnnData> {
  source.notes.forEach(note);
  const { obs, var: variables, obsm, varm, uns } = source;
  const X = source.X === undefined ? {} : { X: await wholeMatrix(source.X) };
  return { obs, var: variables, ...X, layers: {}, obsm, varm, obsp: {}, uns };
}

/**
 * Read a table that the user has: an `.h5ad` file, or an AnnData-Zarr store.
 *
 * @param location Path of either, or an http(s) address of a store.
 * @param options Layer to use, and where to report.
 * @returns The table in memory.
 * @throws {DataError} If it cannot be read; an `.h5ad` file cannot be read from an address.
 */
export async function readTable(location: string, { layer, note }: ReadTableOptions): Promise<AnnData> {
  if (!location.toLowerCase().endsWith(".h5ad")) {
    const table = await readAnnData(location, { onSkip: (element, reason) => note(`Left out ${element}: ${reason}`) });
    if (layer === undefined) return table;
    const X = Object.hasOwn(table.layers, layer) ? table.layers[layer] : undefined;
    if (X !== undefined) return { ...table, X };
    const known = Object.keys(table.layers).join(", ") || "no layers";
    throw new DataError(`Cannot find layer "${layer}" in ${location}: there are ${known}`);
  }
  if (/^https?:/.test(location)) {
    throw new DataError(`Cannot read ${location} from the network: download the file and give its path by --data`);
  }
  // HDF5 is a large library that most data sets do not need.
  const { openH5ad } = await import("./import/h5ad.ts");
  using source = await openH5ad(location, layer === undefined ? {} : { layer });
  return await inMemoryTable(source, note);
}
