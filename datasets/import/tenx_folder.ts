import { basename, dirname, join, resolve } from "node:path";
import { type Column, DataError, type DataFrame } from "../../core/mod.ts";
import { categoriesOf, featureTable } from "./features.ts";
import { findFile } from "./folder.ts";
import { openHdf5 } from "./hdf5_file.ts";
import { mtxRows } from "./mtx.ts";
import type { SourceOptions } from "./source.ts";
import { type TenxMatrix, tenxMatrix } from "./tenx_h5.ts";
import { readTextTable } from "./text_lines.ts";

const MATRIX = ["matrix.mtx.gz", "matrix.mtx"];
const BARCODES = ["barcodes.tsv.gz", "barcodes.tsv"];
const FEATURES = ["features.tsv.gz", "features.tsv", "genes.tsv", "genes.tsv.gz"];

/** A matrix of 10x, wherever in a folder it lies. */
export interface FoundMatrix extends TenxMatrix, Disposable {
  /** The file that holds it. */
  readonly path: string;
}

/** Files or folders of matrices, in order of preference. */
export interface MatrixNames {
  /** HDF5 files. */
  readonly files: readonly string[];
  /** Folders of MatrixMarket files. */
  readonly folders: readonly string[];
}

/** What Cell Ranger and Space Ranger call their matrices. */
export const TENX_NAMES: MatrixNames = {
  files: ["filtered_feature_bc_matrix.h5", "filtered_gene_bc_matrices_h5.h5", "raw_feature_bc_matrix.h5"],
  folders: ["filtered_feature_bc_matrix", "filtered_gene_bc_matrices", "raw_feature_bc_matrix"],
};

/**
 * Find the matrix of a folder.
 *
 * @param folder Path of the folder.
 * @param names What matrices are called.
 * @returns Path of an HDF5 file, or of a folder that holds a MatrixMarket file; undefined if there is none.
 */
export async function findMatrix(folder: string, names: MatrixNames): Promise<string | undefined> {
  const file = await findFile(folder, names.files);
  if (file !== undefined) return file;
  for (const inner of [...names.folders.map((name) => join(folder, name)), folder]) {
    if (await findFile(inner, MATRIX) !== undefined) return inner;
  }
  return undefined;
}

async function oneColumn(path: string): Promise<readonly string[]> {
  return (await readTextTable(path, "\t", false)).columns[0] ?? [];
}

async function readFeatures(path: string, note: (sentence: string) => void): Promise<DataFrame> {
  const [ids = [], names = ids, types] = (await readTextTable(path, "\t", false)).columns;
  const columns: Record<string, Column> = types === undefined ? {} : { feature_types: categoriesOf(types) };
  return featureTable({ ids, names, columns }, note);
}

async function readMtxFolder(folder: string, note: (sentence: string) => void): Promise<FoundMatrix> {
  const find = async (names: readonly string[]): Promise<string> => {
    const found = await findFile(folder, names);
    if (found !== undefined) return found;
    throw new DataError(`Cannot read "${folder}" as a 10x folder: it lacks ${names.join(" and ")}`);
  };
  const [matrix, barcodes, features] = [await find(MATRIX), await find(BARCODES), await find(FEATURES)];
  const obs = { index: await oneColumn(barcodes), columns: {} };
  const variables = await readFeatures(features, note);
  const X = await mtxRows(matrix, obs.index.length, variables.index.length);
  return { obs, var: variables, X, library: undefined, path: matrix, [Symbol.dispose]: () => {} };
}

/**
 * Read a matrix that {@linkcode findMatrix} found.
 *
 * @param path Path of the file or folder.
 * @param options Genome, where there are several.
 * @param note Receives what was changed.
 * @returns Barcodes, features and counts.
 * @throws {DataError} If it cannot be read.
 */
export async function readFoundMatrix(
  path: string,
  options: SourceOptions,
  note: (sentence: string) => void,
): Promise<FoundMatrix> {
  if (!/\.h5$/i.test(path)) return await readMtxFolder(path, note);
  const file = await openHdf5(path);
  try {
    const matrix = await tenxMatrix(file, options, note);
    return { ...matrix, path, [Symbol.dispose]: () => file[Symbol.dispose]() };
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** Name of a sample where its file does not say: that of its folder. */
export function sampleName(folder: string): string {
  const path = resolve(folder);
  return basename(path) === "outs" ? basename(dirname(path)) : basename(path);
}
