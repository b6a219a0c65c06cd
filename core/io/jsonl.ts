import { CheckpointError } from "../errors.ts";
import { writeError } from "./atomic.ts";
import { isTorn, jsonLine, uncheck } from "./json_line.ts";

/** One line of a JSON Lines file. */
export type JsonLine = Readonly<Record<string, unknown>>;

const NEWLINE = 0x0a;

function parseObject(line: string): JsonLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as JsonLine : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Append one object as a line, with a checksum under the key `crc32c`; it is on the disk when the promise resolves.
 *
 * A last line that a killed writer left unfinished is removed first, so that the new line does not continue it.
 *
 * @example Usage
 * ```ts
 * import { appendJsonLine, readJsonLines } from "@morphogen/morphogen";
 *
 * const path = `${await Deno.makeTempDir()}/metrics.jsonl`;
 * await appendJsonLine(path, { step: 10, loss: 0.5 });
 * if ((await readJsonLines(path))[0]?.loss !== 0.5) throw new Error("line was not kept");
 * ```
 *
 * @param path File to append to; it is created if absent.
 * @param value The object; numbers that are not finite become null, as in JSON.
 * @throws {CheckpointError} If the file cannot be written; the message names path and reason.
 */
export async function appendJsonLine(path: string, value: JsonLine): Promise<void> {
  const line = new TextEncoder().encode(`${jsonLine(value)}\n`);
  try {
    using file = await Deno.open(path, { read: true, write: true, create: true });
    const end = await endOfLines(file);
    await file.seek(end, Deno.SeekMode.Start);
    await writeOrUndo(file, line, end);
    await file.sync();
  } catch (cause) {
    throw writeError(path, cause);
  }
}

async function writeOrUndo(file: Deno.FsFile, bytes: Uint8Array, end: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  } catch (cause) {
    await file.truncate(end).catch(() => {});
    throw cause;
  }
}

/** Where the next line starts; completes an unfinished last line that is whole, removes one that is not. */
async function endOfLines(file: Deno.FsFile): Promise<number> {
  const { size } = await file.stat();
  if (size === 0) return 0;
  const last = await readFrom(file, size - 1, 1);
  if (last[0] === NEWLINE) return size;
  const bytes = await readFrom(file, 0, size);
  const start = bytes.lastIndexOf(NEWLINE) + 1;
  const rest = new TextDecoder().decode(bytes.subarray(start));
  if (parseObject(rest) === undefined) {
    if (!isTorn(rest)) throw new TypeError("its last line is damaged, remove or repair it");
    await file.truncate(start);
    return start;
  }
  await file.seek(size, Deno.SeekMode.Start);
  await file.write(Uint8Array.of(NEWLINE));
  return size + 1;
}

async function readFrom(file: Deno.FsFile, offset: number, length: number): Promise<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

/**
 * Read all lines and verify their checksums; an unfinished last line, which a killed writer leaves behind, is skipped.
 *
 * @param path File to read.
 * @returns The objects in order, without their checksums.
 * @throws {CheckpointError} If there is no such file, a line is not a JSON object, or one does not have its checksum;
 * lines before the first that has one, as other software writes them, need none.
 */
export async function readJsonLines(path: string): Promise<JsonLine[]> {
  const lines = (await readText(path)).split("\n");
  let checked = false;
  const values: JsonLine[] = [];
  for (const [i, line] of lines.entries()) {
    if (i === lines.length - 1 && parseObject(line) === undefined && isTorn(line)) break;
    const fail = (problem: string): CheckpointError =>
      new CheckpointError(`Cannot read "${path}": line ${i + 1} ${problem}, remove or repair that line`);
    const value = parseObject(line);
    if (value === undefined) throw fail("is not a JSON object");
    const content = uncheck(line, value);
    if (content === undefined || (checked && content === line)) throw fail("does not have its checksum");
    checked ||= content !== line;
    values.push(checked ? parseObject(content)! : value);
  }
  return values;
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const problem = cause instanceof Deno.errors.NotFound ? "there is no such file" : (cause as Error).message;
    throw new CheckpointError(`Cannot read "${path}": ${problem}`, { cause });
  }
}
