import { readParquet, textsOfParquet } from "./parquet.ts";
import { readTextTable } from "./text_lines.ts";

/** A small table as texts, whatever file it came from. */
export type NamedTexts = ReadonlyMap<string, readonly string[]>;

/**
 * Read a small table with named columns from a Parquet file or from comma-separated values.
 *
 * @param path Path of the file.
 * @returns Texts by column; an empty one is missing.
 * @throws {DataError} If the file cannot be read.
 */
export async function readAnyTable(path: string): Promise<NamedTexts> {
  if (/\.parquet$/i.test(path)) {
    return new Map([...(await readParquet(path)).columns].map(([name, values]) => [name, textsOfParquet(values)]));
  }
  const { names, columns } = await readTextTable(path, /\.tsv(\.gz)?$/i.test(path) ? "\t" : ",", true);
  return new Map(names.map((name, i) => [name, columns[i]!]));
}
