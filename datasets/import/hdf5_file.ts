import { fileURLToPath } from "node:url";
import { DataError } from "../../core/mod.ts";
import type { ZarrGroup } from "../../core/io/zarr.ts";
import { type Hdf5Context, hdf5Failure, hdf5Group } from "./hdf5_node.ts";

/** An HDF5 file; its groups and datasets are seen as those of a Zarr store. */
export interface Hdf5File extends Disposable {
  /** The file as the library has it. */
  readonly context: Hdf5Context;
  /** Root group. */
  readonly root: ZarrGroup;
}

/** The library reads files where they lie, piece by piece, through the functions of node:fs. */
async function loadLibrary(): Promise<typeof import("h5wasm/node")> {
  const library = await import("h5wasm/node");
  const module = await library.ready;
  module.activate_throwing_error_handler();
  const { base_url }: { readonly base_url: string } = await import("h5wasm-plugins");
  const plugins = fileURLToPath(`${base_url}/plugins`);
  if (!module.get_plugin_search_paths().includes(plugins)) module.insert_plugin_search_path(plugins, 0);
  return library;
}

/**
 * Open an HDF5 file.
 *
 * @param path Path of the file.
 * @returns The file; dispose it to close it.
 * @throws {DataError} If there is no such file, it cannot be read, or it is damaged.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  const library = await loadLibrary();
  try {
    const file = new library.File(await Deno.realPath(path), "r");
    const context = { file, path };
    return Object.freeze({ context, root: hdf5Group(context, "/"), [Symbol.dispose]: () => void file.close() });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new DataError(`Cannot open "${path}": there is no such file, check the path`, { cause });
    }
    throw hdf5Failure(`"${path}"`, cause);
  }
}
