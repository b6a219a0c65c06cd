import type { Matrix } from "../../core/mod.ts";
import { encoding } from "../../core/io/anndata_encoding.ts";
import { replaceFolderAtomic } from "../../core/io/atomic.ts";
import { writeDataFrame } from "../../core/io/dataframe_encoding.ts";
import { writeMatrix } from "../../core/io/matrix_encoding.ts";
import { refuseToReplace } from "../../core/io/replaceable.ts";
import { writeUns } from "../../core/io/uns_encoding.ts";
import { denseRowWriter, sparseRowWriter } from "../../core/io/zarr_row_writer.ts";
import { writeZarr, type ZarrGroupWriter } from "../../core/io/zarr_writer.ts";
import type { RowBlocks } from "./rows.ts";
import type { StreamTable } from "./stream_table.ts";

/**
 * Write a table as an AnnData-Zarr store, its big matrices block by block.
 *
 * The store grows beside its place and is renamed when it is complete; an older store is replaced only then, so that a
 * store can be prepared in place.
 *
 * @param path Folder to create or replace.
 * @param table The table; what its steps compute is computed now.
 * @throws {DataError} If the path holds something that is no Zarr store, or a value cannot be used by a step.
 * @throws {CheckpointError} If the store cannot be written; the message names path and reason.
 */
export async function writeStream(path: string, table: StreamTable): Promise<void> {
  await refuseToReplace(path);
  await replaceFolderAtomic(path, (partial) => writeZarr(partial, 2, encoding("anndata"), (root) => fill(root, table)));
}

async function fill(root: ZarrGroupWriter, table: StreamTable): Promise<void> {
  await writeRows(root, "X", table.X);
  await writeDataFrame(root, "obs", table.obs);
  await writeDataFrame(root, "var", table.var);
  const layers = await root.group("layers", encoding("dict"));
  for (const [name, rows] of Object.entries(table.layers)) await writeRows(layers, name, rows);
  const obsm = await writeEach(root, "obsm", table.obsm);
  for (const [name, rows] of Object.entries(table.images ?? {})) await writeRows(obsm, name, rows);
  for (const name of ["varm", "obsp"] as const) await writeEach(root, name, table[name]);
  await root.group("varp", encoding("dict"));
  await writeUns(root, "uns", table.uns);
}

async function writeRows(group: ZarrGroupWriter, name: string, source: RowBlocks): Promise<void> {
  const layout = { shape: [source.rows, source.columns, ...(source.axes ?? [])], type: source.type };
  const writer = source.sparse ? await sparseRowWriter(group, name, layout) : await denseRowWriter(group, name, layout);
  for await (const { rows } of source.blocks()) await writer.append(rows);
  await writer.finish();
}

async function writeEach(
  root: ZarrGroupWriter,
  name: string,
  matrices: Readonly<Record<string, Matrix>>,
): Promise<ZarrGroupWriter> {
  const group = await root.group(name, encoding("dict"));
  for (const [key, matrix] of Object.entries(matrices)) await writeMatrix(group, key, matrix);
  return group;
}
