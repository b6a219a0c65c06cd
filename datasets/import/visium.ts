import { join } from "node:path";
import { DataError, type Uns } from "../../core/mod.ts";
import { findFile } from "./folder.ts";
import { type ImportSource, type SourceOptions, tableSource } from "./source.ts";
import { findMatrix, readFoundMatrix, sampleName, TENX_NAMES } from "./tenx_folder.ts";
import { POSITION_FILES, readPositions } from "./tissue_positions.ts";

async function readScaleFactors(path: string): Promise<Uns> {
  const text = await Deno.readTextFile(path);
  try {
    const parsed: unknown = JSON.parse(text);
    const pairs = Object.entries(parsed as Readonly<Record<string, unknown>>);
    return Object.fromEntries(pairs.filter((pair): pair is [string, number] => typeof pair[1] === "number"));
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${(cause as Error).message}, copy it again`, { cause });
  }
}

/**
 * Open the output of Space Ranger, or a 10x folder with or without places.
 *
 * Coordinates are x and y in pixels of the full-resolution image; the scale factors stand in `uns/spatial/LIBRARY` as
 * scanpy keeps them.
 *
 * @param folder Path of the folder, with the matrix (`.h5` or MatrixMarket) and `spatial/`.
 * @param options Genome, where there are several.
 * @returns The table.
 * @throws {DataError} If a file is missing or cannot be read, or a barcode has no place.
 */
export async function openTenxFolder(folder: string, options: SourceOptions): Promise<ImportSource> {
  const path = await findMatrix(folder, TENX_NAMES);
  if (path === undefined) throw new DataError(`Cannot read "${folder}" as a 10x folder: it holds no matrix`);
  const notes: string[] = [];
  const matrix = await readFoundMatrix(path, options, (sentence) => notes.push(sentence));
  try {
    const spatial = join(folder, "spatial");
    const positions = await findFile(spatial, POSITION_FILES) ?? await findFile(folder, POSITION_FILES);
    const scales = await findFile(spatial, ["scalefactors_json.json"]) ??
      await findFile(folder, ["scalefactors_json.json"]);
    const places = positions === undefined ? undefined : await readPositions(positions, matrix.obs.index);
    const library = matrix.library ?? sampleName(folder);
    const scale = scales === undefined ? undefined : { [library]: { scalefactors: await readScaleFactors(scales) } };
    return tableSource({
      format: places === undefined ? "10x folder" : "Visium folder",
      location: folder,
      obs: { index: matrix.obs.index, columns: places?.columns ?? {} },
      var: matrix.var,
      X: matrix.X,
      obsm: places === undefined ? {} : { spatial: places.spatial },
      uns: scale === undefined ? {} : { spatial: scale },
      notes,
    }, () => matrix[Symbol.dispose]());
  } catch (error) {
    matrix[Symbol.dispose]();
    throw error;
  }
}
