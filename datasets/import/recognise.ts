import { DataError } from "../../core/mod.ts";
import { NODE_FILES } from "../../core/io/zarr_store.ts";
import { isAddress, isFileAddress, localFile, readCopy } from "./download.ts";
import { findFile, namesIn } from "./folder.ts";
import { findMatrix, TENX_NAMES } from "./tenx_folder.ts";
import { STATE } from "./resume.ts";
import type { ImportSource, SourceOptions } from "./source.ts";
import { XENIUM_NAMES } from "./xenium.ts";

type Open = (path: string, options: SourceOptions) => Promise<ImportSource>;

/** What was looked for, for the message where nothing fits. */
const FORMATS = [
  "AnnData (.h5ad or Zarr)",
  "SpatialData-Zarr",
  "loom",
  "10x feature_bc_matrix.h5",
  "a 10x or Visium folder with matrix.mtx or feature_bc_matrix.h5",
  "a Xenium bundle with cell_feature_matrix.h5 and cells.parquet",
  "a .csv or .tsv table",
];

const HDF5_MARK = "\x89HDF\r\n\x1a\n";

async function openZarrTable(path: string, options: SourceOptions): Promise<ImportSource> {
  return await (await import("./zarr_table.ts")).openZarrTable(path, options);
}

async function startOf(path: string): Promise<string> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(8);
  const count = await file.read(bytes);
  return String.fromCharCode(...bytes.subarray(0, count ?? 0));
}

async function openHdf5Table(path: string, options: SourceOptions): Promise<ImportSource> {
  const { openHdf5 } = await import("./hdf5_file.ts");
  const names = await (async () => {
    using file = await openHdf5(path);
    return await file.root.members();
  })();
  if (names.includes("obs")) return await (await import("./h5ad.ts")).openH5ad(path, options);
  if (names.includes("matrix") && names.includes("col_attrs")) {
    return await (await import("./loom.ts")).openLoom(path, options);
  }
  const { openTenxH5 } = await import("./tenx_h5.ts");
  try {
    return await openTenxH5(path, options);
  } catch (error) {
    if (!(error instanceof DataError) || !error.message.includes('has "barcodes"')) throw error;
    throw unknown(path, `it is HDF5 and holds ${names.slice(0, 8).join(", ") || "nothing"}`);
  }
}

function unknown(path: string, found: string): DataError {
  return new DataError(`Cannot recognise "${path}": ${found}, expected one of ${FORMATS.join("; ")}`);
}

async function openerOfFile(path: string): Promise<Open> {
  if (/\.zip$/i.test(path)) return openZarrTable;
  if (await startOf(path) === HDF5_MARK) return openHdf5Table;
  if (/\.(csv|tsv|txt|tab)(\.gz)?$/i.test(path)) return (await import("./csv_table.ts")).openCsv;
  if (/\.(h5ad|h5|hdf5|loom)$/i.test(path)) {
    throw new DataError(
      `Cannot read "${path}": it does not begin like an HDF5 file, it is truncated or of another kind, copy it again`,
    );
  }
  throw unknown(path, "it is a file of another kind");
}

async function openerOfFolder(path: string): Promise<Open> {
  const names = await namesIn(path);
  if (names.includes(STATE)) {
    throw new DataError(
      `Cannot read "${path}": it is an import that was interrupted, the same import command goes on with it`,
    );
  }
  if (names.some((name) => NODE_FILES.includes(name))) return openZarrTable;
  if (names.includes("experiment.xenium") || await findFile(path, XENIUM_NAMES.cells) !== undefined) {
    return (await import("./xenium.ts")).openXenium;
  }
  if (await findMatrix(path, TENX_NAMES) !== undefined) return (await import("./visium.ts")).openTenxFolder;
  if (await findMatrix(`${path}/outs`, TENX_NAMES) !== undefined) {
    throw new DataError(`Cannot read "${path}": its matrix is in "outs", give "${path}/outs"`);
  }
  throw unknown(path, `it is a folder that holds ${names.slice(0, 8).join(", ") || "nothing"}`);
}

/** How a source is opened. */
export interface OpenOptions extends SourceOptions {
  /** Told what is fetched from the network. */
  readonly say?: (sentence: string) => void;
}

/**
 * Open a table of cells of any format that is known, told apart by what the file or folder holds.
 *
 * @param location Path, or http(s) address of a file, which is fetched, or of a Zarr store, which is read where it lies.
 * @param options What to read.
 * @returns The table; dispose it to close its files.
 * @throws {DataError} If there is nothing, it is of no known format, or it cannot be read.
 */
export async function openSource(location: string, { say = () => {}, ...options }: OpenOptions): Promise<ImportSource> {
  if (isAddress(location)) {
    return await isFileAddress(location)
      ? await openFetched(location, options, say)
      : await openZarrTable(location, options);
  }
  const folder = await isFolder(location);
  const open = folder ? await openerOfFolder(location) : await openerOfFile(location);
  return await open(location, options);
}

async function openFetched(
  address: string,
  options: SourceOptions,
  say: (sentence: string) => void,
): Promise<ImportSource> {
  const copy = await localFile(address, say);
  try {
    const source = await readCopy(address, copy, async (path) => await (await openerOfFile(path))(path, options));
    const close = (): void => {
      source[Symbol.dispose]();
      copy[Symbol.dispose]();
    };
    return Object.freeze({ ...source, location: address, [Symbol.dispose]: close });
  } catch (error) {
    copy[Symbol.dispose]();
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    const { code, message } = cause as { readonly code?: string; readonly message: string };
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new DataError(`Cannot open "${path}": there is no such file or folder, check the path`, { cause });
    }
    throw new DataError(`Cannot open "${path}": ${message}`, { cause });
  }
}
