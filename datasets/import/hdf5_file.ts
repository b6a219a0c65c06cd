import process from "node:process";
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

/** How often each file is open. */
const opened = new Map<string, number>();

/** The part of the library's file system that opens files. */
interface OpeningFiles {
  open: (path: string, ...more: readonly unknown[]) => unknown;
  readonly ErrnoError: new (code: number) => Error;
}

/** What the library says where there is no such file. */
const NO_ENTRY = 44;

/** HDF5 files can name others, by links, external storage and virtual data sets; a forged one could name any. */
function confine(files: OpeningFiles, plugins: string): void {
  const open = files.open;
  files.open = (path, ...more) => {
    const own = opened.has(path) || path.startsWith(plugins) || /^\/tmp\/tmpfile_\w+$/.test(path);
    if (own) return open(path, ...more);
    throw new files.ErrnoError(NO_ENTRY);
  };
}

/** The library copies all variables of the environment when it starts, and heeds some of them; it needs none. */
async function startWithoutVariables(): Promise<typeof import("h5wasm/node")> {
  const { env } = process;
  process.env = {};
  try {
    const library = await import("h5wasm/node");
    await library.ready;
    return library;
  } finally {
    process.env = env;
  }
}

/** The library reads files where they lie, piece by piece, through the functions of node:fs. */
async function loadLibrary(): Promise<typeof import("h5wasm/node")> {
  const library = await startWithoutVariables();
  const module = await library.ready;
  module.activate_throwing_error_handler();
  const { base_url }: { readonly base_url: string } = await import("h5wasm-plugins");
  const plugins = fileURLToPath(`${base_url}/plugins`);
  if (!module.get_plugin_search_paths().includes(plugins)) {
    module.insert_plugin_search_path(plugins, 0);
    confine(module.FS as unknown as OpeningFiles, plugins);
  }
  return library;
}

function release(path: string): void {
  const left = (opened.get(path) ?? 0) - 1;
  if (left > 0) opened.set(path, left);
  else opened.delete(path);
}

/**
 * Open an HDF5 file. Nothing but this file is read, whatever it names.
 *
 * @param path Path of the file.
 * @returns The file; dispose it to close it.
 * @throws {DataError} If there is no such file, it cannot be read, or it is damaged.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  const library = await loadLibrary();
  let real = "";
  try {
    real = await Deno.realPath(path);
    opened.set(real, (opened.get(real) ?? 0) + 1);
    const file = new library.File(real, "r");
    const context = { file, path };
    let isOpen = true;
    const close = (): void => {
      if (isOpen) release(real);
      isOpen = false;
      file.close();
    };
    return Object.freeze({ context, root: hdf5Group(context, "/"), [Symbol.dispose]: close });
  } catch (cause) {
    release(real);
    if (cause instanceof Deno.errors.NotFound) {
      throw new DataError(`Cannot open "${path}": there is no such file, check the path`, { cause });
    }
    throw hdf5Failure(`"${path}"`, cause);
  }
}
