import { DataError } from "../core/mod.ts";
import { fetchFile, isAddress, temporaryFolder } from "./import/download.ts";
import { unpackTar } from "./import/tar.ts";

/** Files of a data set, in a folder, in an archive of one, or below an address. */
export interface SourceFolder {
  /** Path or address, as the user gave it. */
  readonly location: string;
  /** Last part of it, which tells sections and tasks apart. */
  readonly name: string;
  /**
   * Find a file.
   *
   * @param inner Its path in the folder.
   * @returns Its path on this machine; from an address it is fetched, once. That it is there is for the reader to see.
   * @throws {DataError} If the path leads out of the folder, or the file cannot be fetched.
   */
  file(inner: string): Promise<string>;
  /**
   * List a folder.
   *
   * @param inner Its path in the folder; empty for the folder itself.
   * @returns Names in sorted order; undefined behind an address, since web servers list nothing.
   * @throws {DataError} If there is no such folder.
   */
  names(inner: string): Promise<readonly string[] | undefined>;
}

function checkInner(location: string, inner: string): void {
  if (inner.split(/[\/\\]/).includes("..") || /^([\/\\]|[a-z]:)/i.test(inner)) {
    throw new DataError(`Cannot use "${inner}" of ${location}: it leads out of the folder`);
  }
}

function folderOnDisk(path: string, location: string, name: string): SourceFolder {
  return Object.freeze({
    location,
    name,
    file: (inner: string) => {
      checkInner(location, inner);
      return Promise.resolve(`${path}/${inner}`);
    },
    names: async (inner: string) => {
      const folder = inner === "" ? path : `${path}/${inner}`;
      try {
        return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort();
      } catch (cause) {
        const where = inner === "" ? location : `${location}/${inner}`;
        throw new DataError(`Cannot read folder ${where}: ${(cause as Error).message}`, { cause });
      }
    },
  });
}

/** An archive of a folder holds its files, or the folder alone. */
async function unpacked(archive: string, location: string, name: string): Promise<SourceFolder> {
  const copy = await temporaryFolder();
  const { path } = copy;
  try {
    await unpackTar(archive, path);
  } catch (error) {
    copy[Symbol.dispose]();
    throw error;
  }
  const [first, ...more] = await Array.fromAsync(Deno.readDir(path));
  const root = first?.isDirectory === true && more.length === 0 ? `${path}/${first.name}` : path;
  return folderOnDisk(root, location, name);
}

function folderBehind(address: string, name: string, note: (sentence: string) => void): SourceFolder {
  const fetched = new Map<string, Promise<string>>();
  const fetchInner = async (inner: string): Promise<string> => {
    const { path } = await temporaryFolder();
    const url = new URL(address);
    // Addresses of archives may end in a query, for example ?download=true.
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/${inner.split("/").map(encodeURIComponent).join("/")}`;
    return await fetchFile(url.href, path, note);
  };
  return Object.freeze({
    location: address,
    name,
    file: async (inner: string) => {
      checkInner(address, inner);
      const known = fetched.get(inner) ?? fetchInner(inner);
      fetched.set(inner, known);
      return await known;
    },
    names: () => Promise.resolve(undefined),
  });
}

const ARCHIVE = /\.(tar|tar\.gz|tgz)$/i;

/**
 * Open the folder of a data set.
 *
 * @param location Path of a folder or of a `.tar`, `.tar.gz` or `.tgz` archive, or an http(s) address of an archive or of
 * what the folder lies below. Copies are removed when the process ends.
 * @param note Told what is fetched and unpacked.
 * @returns The folder.
 * @throws {DataError} If an archive cannot be fetched or unpacked.
 */
export async function openSourceFolder(location: string, note: (sentence: string) => void): Promise<SourceFolder> {
  const trimmed = location.replace(/(?<=.)\/+$/, "");
  const path = isAddress(trimmed) ? new URL(trimmed).pathname : trimmed;
  const last = path.split("/").at(-1) ?? path;
  const name = last.replace(ARCHIVE, "");
  if (!ARCHIVE.test(path)) {
    return isAddress(trimmed) ? folderBehind(trimmed, name, note) : folderOnDisk(trimmed, location, name);
  }
  if (!isAddress(trimmed)) return await unpacked(trimmed, location, name);
  using folder = await temporaryFolder();
  return await unpacked(await fetchFile(trimmed, folder.path, note), location, name);
}
