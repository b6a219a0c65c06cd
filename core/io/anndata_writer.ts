import type { AnnData, Matrix } from "./anndata.ts";
import { encoding } from "./anndata_encoding.ts";
import { shapeProblem } from "./anndata_shapes.ts";
import { replaceFolderAtomic } from "./atomic.ts";
import { writeDataFrame } from "./dataframe_encoding.ts";
import { writeMatrix } from "./matrix_encoding.ts";
import { refuseToReplace } from "./replaceable.ts";
import { writeUns } from "./uns_encoding.ts";
import type { ZarrFormat } from "./zarr_array_document.ts";
import { writeZarr, type ZarrGroupWriter } from "./zarr_writer.ts";

/** Options of {@linkcode writeAnnData}. */
export interface WriteAnnDataOptions {
  /**
   * Version of the Zarr format: every AnnData since 0.8 reads 2; 3 needs AnnData 0.12.
   *
   * @default {2}
   */
  readonly zarrFormat?: ZarrFormat;
}

/**
 * Write a table as an AnnData-Zarr store that Python opens with `anndata.read_zarr`.
 *
 * The store grows beside its place and is renamed when it is complete; an older store is replaced only then.
 *
 * @example Usage
 * ```ts
 * import { hostArray, readAnnData, writeAnnData } from "@morphogen/morphogen";
 *
 * const path = `${await Deno.makeTempDir()}/samples.zarr`;
 * const spatial = hostArray(Float32Array.of(0, 0, 10, 5), [2, 2]);
 * const empty = { layers: {}, varm: {}, obsp: {}, uns: {} };
 * const table = { obs: { index: ["a", "b"], columns: {} }, var: { index: [], columns: {} }, obsm: { spatial }, ...empty };
 * await writeAnnData(path, table);
 * if ((await readAnnData(path)).obsm.spatial?.data[2] !== 10) throw new Error("positions were not kept");
 * ```
 *
 * @param path Folder to create or replace.
 * @param table The table: `X` of shape `[N, G]` for N observations and G variables.
 * @param options Version of the Zarr format.
 * @throws {TypeError} If an element has another number of rows or columns than `obs` and `var` have names.
 * @throws {RangeError} If a name cannot name an element.
 * @throws {DataError} If the path holds something that is no Zarr store, which would be lost.
 * @throws {CheckpointError} If the store cannot be written; the message names path and reason.
 */
export async function writeAnnData(path: string, table: AnnData, options: WriteAnnDataOptions = {}): Promise<void> {
  const problem = shapeProblem(table);
  if (problem !== undefined) throw new TypeError(`Cannot write "${path}": ${problem}`);
  await refuseToReplace(path);
  const format = options.zarrFormat ?? 2;
  await replaceFolderAtomic(
    path,
    (partial) => writeZarr(partial, format, encoding("anndata"), (root) => fill(root, table)),
  );
}

async function fill(root: ZarrGroupWriter, table: AnnData): Promise<void> {
  if (table.X !== undefined) await writeMatrix(root, "X", table.X);
  await writeDataFrame(root, "obs", table.obs);
  await writeDataFrame(root, "var", table.var);
  for (const name of ["layers", "obsm", "varm", "obsp"] as const) await writeMatrices(root, name, table[name]);
  await root.group("varp", encoding("dict"));
  await writeUns(root, "uns", table.uns);
}

async function writeMatrices(
  root: ZarrGroupWriter,
  name: string,
  matrices: Readonly<Record<string, Matrix>>,
): Promise<void> {
  const group = await root.group(name, encoding("dict"));
  for (const [key, matrix] of Object.entries(matrices)) await writeMatrix(group, key, matrix);
}
