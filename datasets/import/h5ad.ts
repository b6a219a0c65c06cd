import { annDataSource } from "./anndata_source.ts";
import { openHdf5 } from "./hdf5_file.ts";
import type { ImportSource, SourceOptions } from "./source.ts";

/**
 * Open an `.h5ad` file of AnnData 0.5 to 0.12.
 *
 * @param path Path of the file.
 * @param options Which matrix becomes `X`.
 * @returns The table.
 * @throws {DataError} If the file cannot be read or is no AnnData.
 */
export async function openH5ad(path: string, options: SourceOptions): Promise<ImportSource> {
  const file = await openHdf5(path);
  try {
    const close = (): void => file[Symbol.dispose]();
    return await annDataSource({ format: "AnnData HDF5 (.h5ad)", location: path, root: file.root, close }, options);
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
