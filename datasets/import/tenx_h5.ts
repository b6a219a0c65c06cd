import { type Column, DataError, type DataFrame } from "../../core/mod.ts";
import { requiredArray } from "../../core/io/anndata_encoding.ts";
import type { ZarrGroup } from "../../core/io/zarr.ts";
import { categoriesOf, featureTable } from "./features.ts";
import { type Hdf5File, openHdf5 } from "./hdf5_file.ts";
import { compressedRows } from "./matrix_rows.ts";
import { type ImportSource, type RowSource, type SourceOptions, tableSource } from "./source.ts";

/** What a 10x file holds. */
export interface TenxMatrix {
  /** Barcodes. */
  readonly obs: DataFrame;
  /** Features. */
  readonly var: DataFrame;
  /** Counts. */
  readonly X: RowSource;
  /** Name of the library, if the file says. */
  readonly library: string | undefined;
}

async function textsOf(group: ZarrGroup, path: string): Promise<readonly string[]> {
  const array = await requiredArray(group, path);
  return (await array.texts(0, array.shape[0] ?? 0)).texts;
}

/** Cell Ranger 2 kept one group per genome; Cell Ranger 3 and later, Space Ranger and Xenium keep one of all features. */
async function matrixGroup(root: ZarrGroup, genome: string | undefined): Promise<ZarrGroup> {
  const found: [string, ZarrGroup][] = [];
  for (const name of await root.members()) {
    const member = await root.member(name);
    if (member?.kind === "group" && await member.member("barcodes") !== undefined) found.push([name, member]);
  }
  const names = found.map(([name]) => name).join(", ");
  const chosen = genome === undefined || found[0]?.[0] === "matrix" ? found : found.filter(([name]) => name === genome);
  if (found.length === 0) {
    throw new DataError(`Cannot read ${root.name} as a 10x matrix: no group of it has "barcodes"`);
  }
  if (chosen.length === 1) return chosen[0]![1];
  if (genome === undefined) {
    throw new DataError(`Cannot choose a genome of ${root.name}: it holds ${names}, name one by --genome`);
  }
  throw new DataError(`Cannot find genome "${genome}" in ${root.name}: it holds ${names}`);
}

async function featuresOf(group: ZarrGroup, note: (sentence: string) => void): Promise<DataFrame> {
  const features = await group.member("features");
  if (features?.kind !== "group") {
    return featureTable(
      { ids: await textsOf(group, "genes"), names: await textsOf(group, "gene_names"), columns: {} },
      note,
    );
  }
  const columns: Record<string, Column> = { feature_types: categoriesOf(await textsOf(features, "feature_type")) };
  if (await features.member("genome") !== undefined) columns.genome = categoriesOf(await textsOf(features, "genome"));
  return featureTable({ ids: await textsOf(features, "id"), names: await textsOf(features, "name"), columns }, note);
}

/**
 * Read the parts of a 10x file.
 *
 * @param file The file.
 * @param options Genome, where there are several.
 * @param note Receives what was changed.
 * @returns Barcodes, features and counts.
 * @throws {DataError} If it is no 10x file or its parts do not fit together.
 */
export async function tenxMatrix(
  file: Hdf5File,
  { genome }: SourceOptions,
  note: (sentence: string) => void,
): Promise<TenxMatrix> {
  const group = await matrixGroup(file.root, genome);
  const barcodes = await textsOf(group, "barcodes");
  const variables = await featuresOf(group, note);
  const shape = await requiredArray(group, "shape");
  const [features, cells] = (await shape.numbers(0, 2)).data;
  if (features !== variables.index.length || cells !== barcodes.length) {
    throw new DataError(
      `Cannot read ${group.name}: its shape is [${features}, ${cells}], expected [${variables.index.length}, ` +
        `${barcodes.length}] as there are features and barcodes`,
    );
  }
  // Columns of features x barcodes are rows of barcodes x features.
  const X = await compressedRows(group, "csr", [barcodes.length, variables.index.length]);
  const { library_ids: libraries } = file.root.attributes;
  const library = Array.isArray(libraries) && typeof libraries[0] === "string" ? libraries[0] : undefined;
  return { obs: { index: barcodes, columns: {} }, var: variables, X, library };
}

/**
 * Open a 10x `feature_bc_matrix.h5` of Cell Ranger 1 to 9, Space Ranger or Xenium.
 *
 * @param path Path of the file.
 * @param options Genome, where there are several.
 * @returns The counts; there are no coordinates in such a file.
 * @throws {DataError} If the file cannot be read or is no 10x file.
 */
export async function openTenxH5(path: string, options: SourceOptions): Promise<ImportSource> {
  const file = await openHdf5(path);
  try {
    const notes: string[] = [];
    const { library: _, ...matrix } = await tenxMatrix(file, options, (sentence) => notes.push(sentence));
    return tableSource({ format: "10x HDF5 matrix", location: path, ...matrix, notes }, () => file[Symbol.dispose]());
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
