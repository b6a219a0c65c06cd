import { DataError } from "../../core/mod.ts";

/** What a line may have, in characters: ten times the widest table of genes that is known. */
const LONGEST_LINE = 2 ** 28;

async function openStream(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  try {
    const { readable } = await Deno.open(path);
    return /\.gz$/i.test(path) ? readable.pipeThrough(new DecompressionStream("gzip")) : readable;
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : (cause as Error).message;
    throw new DataError(`Cannot read "${path}": ${reason}`, { cause });
  }
}

/**
 * Read the lines of a text file, unpacked if its name ends in `.gz`.
 *
 * @param path Path of the file.
 * @returns Batches of lines without their ends; a last empty line is left out.
 * @throws {DataError} If there is no such file, a line never ends, or the packed data end early or fail their checksum.
 */
export async function* readLines(path: string): AsyncIterable<readonly string[]> {
  const reader = (await openStream(path)).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (true) {
      const { value, done } = await reader.read().catch((cause) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new DataError(`Cannot read "${path}": ${reason}, the file is truncated or damaged, copy it again`, {
          cause,
        });
      });
      if (done) break;
      // What came before is not searched again, or a line without end would take ever longer.
      const [first = "", ...more] = value.split("\n");
      const lines = [rest + first, ...more];
      rest = lines.pop()!;
      if (rest.length > LONGEST_LINE) {
        throw new DataError(`Cannot read "${path}": a line has more than ${LONGEST_LINE} characters, it is no table`);
      }
      yield lines.map((line) => line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    if (rest !== "") yield [rest];
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/**
 * Split a line of separated values; a value in quotes may hold the separator and doubled quotes.
 *
 * @param line The line.
 * @param separator What separates values.
 * @returns The values.
 */
export function splitFields(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const fields: string[] = [];
  for (let at = 0; at <= line.length;) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at);
      fields.push(end < 0 ? line.slice(at) : line.slice(at, end));
      at = end < 0 ? line.length + 1 : end + 1;
      continue;
    }
    let text = "";
    for (at++; at < line.length; at++) {
      if (line[at] !== '"') text += line[at];
      else if (line[at + 1] === '"') text += line[at++];
      else break;
    }
    fields.push(text);
    at += 2;
  }
  return fields;
}

/** Lines of separated values as columns of text. */
export interface TextTable {
  /** Names of the columns, if the first line held names. */
  readonly names: readonly string[];
  /** Values by column. */
  readonly columns: readonly (readonly string[])[];
}

/**
 * Read a small table of separated values as a whole.
 *
 * @param path Path of the file; names that end in `.gz` are unpacked.
 * @param separator What separates values.
 * @param header Whether the first line holds names.
 * @returns Its columns.
 * @throws {DataError} If the file cannot be read or a line has another number of values than the first.
 */
export async function readTextTable(path: string, separator: string, header: boolean): Promise<TextTable> {
  let names: readonly string[] | undefined;
  let columns: string[][] | undefined;
  let row = 0;
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      row++;
      const fields = splitFields(line, separator);
      if (header && names === undefined) {
        names = fields;
        columns = fields.map(() => []);
        continue;
      }
      columns ??= fields.map(() => []);
      if (fields.length !== columns.length) {
        throw new DataError(
          `Cannot read "${path}": line ${row} has ${fields.length} values, expected ${columns.length}`,
        );
      }
      fields.forEach((field, i) => columns![i]!.push(field));
    }
  }
  return { names: names ?? [], columns: columns ?? [] };
}
