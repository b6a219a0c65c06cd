import { type AnnData, concatRows, DataError, hostArray, type Matrix } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { isAddress, isFileAddress, localFile, readCopy } from "./import/download.ts";
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
 * Tell whether a table is a file that is read as a whole, rather than a store.
 *
 * @param location Path or http(s) address of either.
 * @returns Whether it is an `.h5ad` file.
 */
export async function isTableFile(location: string): Promise<boolean> {
  return isAddress(location) ? await isFileAddress(location) : location.toLowerCase().endsWith(".h5ad");
}

/** Matrix of a store in place of its `X`. */
function withLayer(table: AnnData, layer: string | undefined, location: string): AnnData {
  if (layer === undefined) return table;
  const X = Object.hasOwn(table.layers, layer) ? table.layers[layer] : undefined;
  if (X !== undefined) return { ...table, X };
  const known = Object.keys(table.layers).join(", ") || "no layers";
  throw new DataError(`Cannot find layer "${layer}" in ${location}: there are ${known}`);
}

/**
 * Read a table that the user has: an `.h5ad` file, or an AnnData-Zarr store.
 *
 * @param location Path or http(s) address of either; a file behind an address is fetched for the time of reading.
 * @param options Layer to use, and where to report.
 * @returns The table in memory.
 * @throws {DataError} If it cannot be read.
 */
export async function readTable(location: string, { layer, note }: ReadTableOptions): Promise<AnnData> {
  if (!await isTableFile(location)) {
    const table = await readAnnData(location, { onSkip: (element, reason) => note(`Left out ${element}: ${reason}`) });
    return withLayer(table, layer, location);
  }
  // HDF5 is a large library that most data sets do not need.
  const { openH5ad } = await import("./import/h5ad.ts");
  using file = await localFile(location, note);
  return await readCopy(location, file, async (path) => {
    using source = await openH5ad(path, layer === undefined ? {} : { layer });
    return await inMemoryTable(source, note);
  });
}
