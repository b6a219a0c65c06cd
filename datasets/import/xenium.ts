import { type Column, DataError, hostArray } from "../../core/mod.ts";
import { type NamedTexts, readAnyTable } from "./any_table.ts";
import { findFile } from "./folder.ts";
import { rowsByName } from "./join_rows.ts";
import { type ImportSource, type SourceOptions, tableSource } from "./source.ts";
import { findMatrix, type MatrixNames, readFoundMatrix } from "./tenx_folder.ts";
import { columnOf } from "./text_columns.ts";

/** What Xenium calls its matrix and its cells. */
export const XENIUM_NAMES: MatrixNames & { readonly cells: readonly string[] } = {
  files: ["cell_feature_matrix.h5"],
  folders: ["cell_feature_matrix"],
  cells: ["cells.parquet", "cells.csv.gz", "cells.csv"],
};

const PLACES = ["x_centroid", "y_centroid"];

function placesOf(path: string, cells: NamedTexts, rows: Int32Array): Float64Array {
  const places = new Float64Array(2 * rows.length);
  PLACES.forEach((name, axis) => {
    const texts = cells.get(name);
    if (texts === undefined) {
      throw new DataError(`Cannot use "${path}": it lacks column "${name}", it has ${[...cells.keys()].join(", ")}`);
    }
    rows.forEach((row, i) => places[2 * i + axis] = texts[row]!.trim() === "" ? NaN : Number(texts[row]));
  });
  return places;
}

/**
 * Open a Xenium output bundle.
 *
 * Coordinates are the centroids of the cells in µm. Control features stay, told apart by `var/feature_types`.
 *
 * @param folder Path of the bundle.
 * @param options Unused but for the genome.
 * @returns The table.
 * @throws {DataError} If a file is missing or cannot be read, or a cell of the matrix has no place.
 */
export async function openXenium(folder: string, options: SourceOptions): Promise<ImportSource> {
  const [path, cellFile] = [await findMatrix(folder, XENIUM_NAMES), await findFile(folder, XENIUM_NAMES.cells)];
  if (path === undefined || cellFile === undefined) {
    const lacking = path === undefined ? "cell_feature_matrix.h5" : XENIUM_NAMES.cells.join(" and ");
    throw new DataError(`Cannot read "${folder}" as a Xenium bundle: it lacks ${lacking}`);
  }
  const notes: string[] = [];
  const matrix = await readFoundMatrix(path, options, (sentence) => notes.push(sentence));
  try {
    const cells = await readAnyTable(cellFile);
    const names = cells.get("cell_id");
    if (names === undefined) throw new DataError(`Cannot use "${cellFile}": it lacks column "cell_id"`);
    const rows = rowsByName(cellFile, names, matrix.obs.index);
    const columns = [...cells].filter(([name]) => name !== "cell_id" && !PLACES.includes(name)).map((
      [name, texts],
    ): [string, Column] => [name, columnOf(Array.from(rows, (row) => texts[row]!))]);
    return tableSource({
      format: "Xenium bundle",
      location: folder,
      obs: { index: matrix.obs.index, columns: Object.fromEntries(columns) },
      var: matrix.var,
      X: matrix.X,
      obsm: { spatial: hostArray(placesOf(cellFile, cells, rows), [rows.length, 2]) },
      notes,
    }, () => matrix[Symbol.dispose]());
  } catch (error) {
    matrix[Symbol.dispose]();
    throw error;
  }
}
