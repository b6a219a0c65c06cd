import { DataError } from "../../core/mod.ts";

/** Length of a header, and what lengths of files are rounded up to; format: POSIX.1-2001, pax. */
const BLOCK = 512;

/** What a longer name and its like may take. */
const LONGEST_HEADER = 2 ** 20;

interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly size: number;
}

/** Reads a stream piece by piece. */
interface Pieces {
  /** The next bytes, as many as asked for; fewer only where the stream ends. */
  take(count: number): Promise<Uint8Array>;
  /** The next bytes, as they come, up to a number; undefined where the stream ends. */
  some(most: number): Promise<Uint8Array | undefined>;
}

function piecesOf(stream: ReadableStream<Uint8Array>): Pieces {
  const reader = stream.getReader();
  let held: Uint8Array = new Uint8Array();
  const some = async (most: number): Promise<Uint8Array | undefined> => {
    while (held.length === 0) {
      const { value, done } = await reader.read();
      if (done) return undefined;
      held = value;
    }
    const part = held.subarray(0, most);
    held = held.subarray(part.length);
    return part;
  };
  const take = async (count: number): Promise<Uint8Array> => {
    const out = new Uint8Array(count);
    let at = 0;
    for (let part; at < count && (part = await some(count - at)) !== undefined; at += part.length) out.set(part, at);
    return out.subarray(0, at);
  };
  return { take, some };
}

function textIn(bytes: Uint8Array, from: number, length: number): string {
  const end = bytes.subarray(from, from + length).indexOf(0);
  return new TextDecoder().decode(bytes.subarray(from, end < 0 ? from + length : from + end));
}

/** Sizes are octal; those that do not fit are binary, marked by the highest bit. */
function sizeIn(header: Uint8Array): number {
  if (header[124]! < 128) return parseInt(textIn(header, 124, 12).trim() || "0", 8);
  return header.subarray(125, 136).reduce((size, byte) => size * 256 + byte, 0);
}

function isLength(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function isWhole(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return sum === parseInt(textIn(header, 148, 8).trim(), 8);
}

/** `path` and `size` of an extended header: lines of length, key and value. */
function extended(bytes: Uint8Array): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const length = parseInt(textIn(bytes, at, 20));
    if (!(length > 0)) break;
    const line = new TextDecoder().decode(bytes.subarray(at, at + length - 1));
    const [key = "", ...value] = line.slice(line.indexOf(" ") + 1).split("=");
    found.set(key, value.join("="));
    at += length;
  }
  return found;
}

/** A place below the folder, whatever the archive says. */
function placeOf(archive: string, name: string): string {
  const steps = name.split(/[\/\\]/).filter((step) => step !== "" && step !== ".");
  if (steps.includes("..") || /^([\/\\]|[a-z]:)/i.test(name) || name.includes("\0")) {
    throw new DataError(`Cannot unpack "${archive}": its entry "${name}" leads out of the target folder`);
  }
  return steps.join("/");
}

async function* entriesOf(pieces: Pieces, archive: string): AsyncGenerator<Entry> {
  const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;
  let [name, size]: [string | undefined, number | undefined] = [undefined, undefined];
  while (true) {
    const header = await pieces.take(BLOCK);
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    const damaged = (): DataError =>
      new DataError(`Cannot unpack "${archive}": it is truncated or damaged, copy it again`);
    if (header.length < BLOCK || !isWhole(header)) throw damaged();
    const kind = String.fromCharCode(header[156]!);
    const length = sizeIn(header);
    if (!isLength(length)) throw damaged();
    if (kind === "x" || kind === "L") {
      if (length > LONGEST_HEADER) throw damaged();
      const bytes = (await pieces.take(padded(length))).subarray(0, length);
      const found = kind === "x" ? extended(bytes) : new Map([["path", textIn(bytes, 0, length)]]);
      name = found.get("path") ?? name;
      size = found.has("size") ? Number(found.get("size")) : size;
      if (size !== undefined && !isLength(size)) throw damaged();
      continue;
    }
    const prefix = textIn(header, 257, 5) === "ustar" ? textIn(header, 345, 155) : "";
    const short = textIn(header, 0, 100);
    yield { name: name ?? (prefix === "" ? short : `${prefix}/${short}`), kind, size: size ?? length };
    [name, size] = [undefined, undefined];
  }
}

async function writeEntry(
  pieces: Pieces,
  { name, size }: Entry,
  path: string | undefined,
  archive: string,
): Promise<void> {
  using file = path === undefined ? undefined : await Deno.open(path, { write: true, create: true, truncate: true });
  for (let left = size; left > 0;) {
    const part = await pieces.some(left);
    if (part === undefined) throw new DataError(`Cannot unpack "${archive}": it ends within "${name}", copy it again`);
    for (let at = 0; file !== undefined && at < part.length;) at += await file.write(part.subarray(at));
    left -= part.length;
  }
  await pieces.take((BLOCK - size % BLOCK) % BLOCK);
}

/**
 * Unpack a tar archive; links and devices in it are left out.
 *
 * @param archive Path of a `.tar`, `.tar.gz` or `.tgz` file.
 * @param folder Folder that receives the files.
 * @returns Number of files.
 * @throws {DataError} If the archive is damaged, or an entry would lie outside the folder.
 */
export async function unpackTar(archive: string, folder: string): Promise<number> {
  let files = 0;
  try {
    const { readable } = await Deno.open(archive);
    const plain = /\.t?gz$/i.test(archive) ? readable.pipeThrough(new DecompressionStream("gzip")) : readable;
    const pieces = piecesOf(plain);
    for await (const entry of entriesOf(pieces, archive)) {
      const place = placeOf(archive, entry.name);
      const isFile = entry.kind === "0" || entry.kind === "\0";
      const path = isFile && place !== "" ? `${folder}/${place}` : undefined;
      if (path !== undefined) await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await writeEntry(pieces, entry, path, archive);
      files += Number(path !== undefined);
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const missing = cause instanceof Deno.errors.NotFound;
    const problem = missing ? "there is no such file, check the path" : `${(cause as Error).message}, copy it again`;
    throw new DataError(`Cannot unpack "${archive}": ${problem}`, { cause });
  }
  if (files > 0) return files;
  throw new DataError(`Cannot unpack "${archive}": it holds no files, expected a tar archive`);
}
