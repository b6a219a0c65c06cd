import type { AnnData, Column } from "./anndata.ts";
import { encoding } from "./anndata_encoding.ts";
import { writeDataFrame } from "./dataframe_encoding.ts";
import { INDEX } from "./frame_source.ts";
import { writeMatrix } from "./matrix_encoding.ts";
import { type RowArray, rowArrays } from "./row_arrays.ts";
import { writeUns } from "./uns_encoding.ts";
import { writeZarr, type ZarrGroupWriter } from "./zarr_writer.ts";

/** What is known of a table before its rows are. */
export interface TableShape {
  /** The table without rows. */
  readonly empty: AnnData;
  /** Rows that it will have, at least 1. */
  readonly rows: number;
  /** Rows of a block, which is a chunk of each array. */
  readonly blockRows: number;
}

/** Creates one array that has a row for each observation. */
type Reserve = (group: ZarrGroupWriter, name: string, path: string) => Promise<void>;

async function reserveColumn(obs: ZarrGroupWriter, name: string, column: Column, reserve: Reserve): Promise<void> {
  if (!("kind" in column && column.kind === "categorical")) return await reserve(obs, name, `obs/${name}`);
  const member = await obs.group(name, { ...encoding("categorical"), ordered: column.ordered });
  await reserve(member, "codes", `obs/${name}/codes`);
  await member.texts("categories", column.categories, encoding("string-array"));
}

async function fill(root: ZarrGroupWriter, { empty, rows, blockRows }: TableShape): Promise<void> {
  const arrays = new Map<string, RowArray>(rowArrays(empty).map((array) => [array.path, array]));
  const reserve: Reserve = async (group, name, path) => {
    const { type, tail } = arrays.get(path)!;
    const chunk = [blockRows, ...tail.map((length) => Math.max(1, length))];
    await group.reserve(name, type, [rows, ...tail], chunk, encoding(type === "text" ? "string-array" : "array"));
  };
  if (empty.X !== undefined) await reserve(root, "X", "X");
  const order = Object.keys(empty.obs.columns);
  const obs = await root.group("obs", { ...encoding("dataframe"), _index: INDEX, "column-order": order });
  await reserve(obs, INDEX, `obs/${INDEX}`);
  for (const [name, column] of Object.entries(empty.obs.columns)) await reserveColumn(obs, name, column, reserve);
  await writeDataFrame(root, "var", empty.var);
  for (const name of ["layers", "obsm"] as const) {
    const group = await root.group(name, encoding("dict"));
    for (const key of Object.keys(empty[name])) await reserve(group, key, `${name}/${key}`);
  }
  const varm = await root.group("varm", encoding("dict"));
  for (const [key, value] of Object.entries(empty.varm)) await writeMatrix(varm, key, value);
  for (const name of ["obsp", "varp"]) await root.group(name, encoding("dict"));
  await writeUns(root, "uns", empty.uns);
}

/**
 * Write an AnnData-Zarr store of format 2 whose observations are still to come: all metadata, and what rows have in common.
 *
 * @param folder An empty folder, or the path of one to create.
 * @param shape The table without rows, and how many there will be.
 * @throws {TypeError} If the table holds what cannot be written in blocks.
 */
export async function writeSkeleton(folder: string, shape: TableShape): Promise<void> {
  await writeZarr(folder, 2, encoding("anndata"), (root) => fill(root, shape));
}
