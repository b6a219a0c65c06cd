import { DataError, isMorphogenError } from "../../core/mod.ts";
import { fetchAddress } from "../../core/net/fetch_address.ts";

/** A file or folder on this machine; dispose it where it is only a copy for the time being. */
export interface LocalCopy extends Disposable {
  /** Its path. */
  readonly path: string;
}

/** Receives a sentence for the user. */
type Say = (sentence: string) => void;

/** Copies that are still there; they go at the latest when the process ends. */
const copies = new Set<string>();

function removeCopy(folder: string): void {
  if (!copies.delete(folder)) return;
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // Someone else cleared the temporary folder.
  }
}

/**
 * Make a folder for files that are needed while the process runs.
 *
 * @returns The folder; dispose it to remove it before the process ends.
 */
export async function temporaryFolder(): Promise<LocalCopy> {
  if (copies.size === 0) {
    globalThis.addEventListener("unload", () => [...copies].forEach(removeCopy), { once: true });
  }
  const path = await Deno.makeTempDir({ prefix: "morphogen-" });
  copies.add(path);
  return Object.freeze({ path, [Symbol.dispose]: () => removeCopy(path) });
}

/**
 * Tell whether a location is an address rather than a path.
 *
 * @param location Path or address.
 * @returns Whether it begins with `http://` or `https://`.
 */
export function isAddress(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

async function answerOf(address: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetchAddress(address);
  } catch (cause) {
    if (isMorphogenError(cause)) throw cause;
    const problem = (cause as Error).message;
    throw new DataError(`Cannot read "${address}": ${problem}, check the address and the network`, { cause });
  }
  if (response.ok && response.body !== null) return response;
  await response.body?.cancel();
  throw new DataError(`Cannot read "${address}": the server answers ${response.status} ${response.statusText}`.trim());
}

/** The name that the server gives the file, or that stands in its address; never more than a name. */
function nameOf(response: Response, address: string): string {
  const given = /filename="?([^";]+)"?/i.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const last = new URL(response.url === "" ? address : response.url).pathname.split("/").at(-1) ?? "";
  const name = (given ?? last).split(/[\/\\]/).at(-1)!.replaceAll(/[^\w.-]/g, "_").replace(/^\.+/, "");
  return name === "" ? "file" : name;
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.round(bytes / 1e6)} MB`;
}

/** Writes a body to a file, and tells every ten seconds how far it is. */
async function save(response: Response, path: string, address: string, say: Say): Promise<void> {
  // What the server packs for the way is longer once it is here.
  const packed = response.headers.get("content-encoding") !== null;
  const total = packed ? undefined : Number(response.headers.get("content-length") ?? NaN) || undefined;
  const [begin, size] = [performance.now(), total === undefined ? "" : ` of ${megabytes(total)}`];
  let [done, next] = [0, begin + 10_000];
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  try {
    for await (const bytes of response.body!) {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      done += bytes.length;
      if (performance.now() < next) continue;
      next = performance.now() + 10_000;
      const seconds = (performance.now() - begin) / 1000;
      const left = total === undefined ? "" : `, ${Math.ceil(seconds * (total - done) / done)} s left`;
      say(`Fetched ${megabytes(done)}${size}${left}`);
    }
  } catch (cause) {
    const full = (cause as { readonly code?: string }).code === "ENOSPC";
    const problem = full ? "the disk with the temporary files is full, free space" : (cause as Error).message;
    throw new DataError(`Cannot fetch "${address}": ${problem} after ${megabytes(done)}`, { cause });
  }
  if (total === undefined || done === total) return;
  throw new DataError(`Cannot fetch "${address}": it ended after ${done} of ${total} bytes, try again`);
}

/**
 * Fetch a file into a folder.
 *
 * @param address An http(s) address.
 * @param folder Where it goes.
 * @param say Told what is fetched, and how far it is.
 * @returns Path of the file; its name is the one that the server gives it.
 * @throws {DataError} If the server cannot be reached or refuses, or the file ends early.
 */
export async function fetchFile(address: string, folder: string, say: Say): Promise<string> {
  const response = await answerOf(address);
  const path = `${folder}/${nameOf(response, address)}`;
  say(`Fetching ${address} to a temporary file; to read it again later, download it first`);
  await save(response, path, address, say);
  return path;
}

/**
 * A file on this machine: the file itself, or a copy of what lies behind an address.
 *
 * @param location Path or http(s) address.
 * @param say Told what is fetched.
 * @returns The file; dispose it when it is read.
 * @throws {DataError} If an address cannot be fetched; paths are not looked at.
 */
export async function localFile(location: string, say: Say): Promise<LocalCopy> {
  if (!isAddress(location)) return Object.freeze({ path: location, [Symbol.dispose]: () => {} });
  const folder = await temporaryFolder();
  try {
    const path = await fetchFile(location, folder.path, say);
    return Object.freeze({ path, [Symbol.dispose]: () => folder[Symbol.dispose]() });
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

/** How HDF5 files begin. */
const HDF5_MARK = [0x89, 0x48, 0x44, 0x46];

/**
 * Tell whether an address is that of a file to be fetched, rather than of a Zarr store to be read where it lies.
 *
 * @param address An http(s) address; what its name does not tell its first bytes do, since archives give out files under
 * numbers.
 * @returns Whether it is a file.
 * @throws {DataError} If the address redirects to where it must not.
 */
export async function isFileAddress(address: string): Promise<boolean> {
  const { pathname } = new URL(address);
  if (/\.(h5ad|h5|hdf5|loom|(csv|tsv|txt|tab)(\.gz)?)$/i.test(pathname)) return true;
  if (/\.(zarr|zip)\/?$/i.test(pathname)) return false;
  const response = await fetchAddress(address).catch((cause) => {
    if (isMorphogenError(cause)) throw cause;
    return undefined;
  });
  if (response?.ok !== true || response.body === null) {
    await response?.body?.cancel();
    return false;
  }
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return value !== undefined && HDF5_MARK.every((byte, i) => value[i] === byte);
}

/**
 * Read a copy of what lies behind an address, so that failures name the address.
 *
 * @typeParam T What is read.
 * @param location Path or address, as the user gave it.
 * @param copy The file that {@linkcode localFile} found for it.
 * @param read Reads the file.
 * @returns What was read.
 * @throws {DataError} What `read` throws, the location in place of the copy.
 */
export async function readCopy<T>(location: string, copy: LocalCopy, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(copy.path);
  } catch (cause) {
    if (!(cause instanceof DataError) || !isAddress(location)) throw cause;
    throw new DataError(cause.message.replaceAll(copy.path, location), { cause });
  }
}
