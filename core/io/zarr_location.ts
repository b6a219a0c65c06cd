import { fileURLToPath } from "node:url";
import { DataError } from "../errors.ts";
import { folderStore, refusal } from "./zarr_folder_store.ts";
import type { ZarrStore } from "./zarr_store.ts";

/**
 * Open the place that a path or address names.
 *
 * @param location Path of a folder or zip file, or an http(s) address; `file:` URLs are paths.
 * @returns The store; whether it holds Zarr is for the caller to see.
 * @throws {DataError} If there is nothing, or something that cannot hold Zarr.
 */
export async function openStore(location: string | URL): Promise<ZarrStore> {
  const text = String(location);
  if (/^https?:/i.test(text)) {
    return /\.zip$/i.test(new URL(text).pathname)
      ? (await import("./zarr_zip_store.ts")).openZipAddress(text)
      : (await import("./zarr_http_store.ts")).openAddress(text);
  }
  const path = /^file:/i.test(text) ? fileURLToPath(text) : text;
  const { isDirectory } = await statOrFail(path);
  if (isDirectory) return folderStore(path);
  if (/\.zip$/i.test(path)) return (await import("./zarr_zip_store.ts")).openZipFile(path);
  const fix = /\.(h5ad|h5|loom)$/i.test(path) ? "convert it to Zarr first" : "give a Zarr folder or a .zip of one";
  throw new DataError(`Cannot open "${path}" as a Zarr store: it is a file of another kind, ${fix}`);
}

async function statOrFail(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    const problem = cause instanceof Deno.errors.NotFound
      ? "there is no such file or folder, check the path"
      : refusal(cause) ?? (cause as Error).message;
    throw new DataError(`Cannot open "${path}" as a Zarr store: ${problem}`, { cause });
  }
}
