import { DataError, type HostArray, hostArray, type SparseMatrix } from "../core/mod.ts";
import { byRows } from "../core/spatial/sparse.ts";
import { checkCoordinates } from "./coordinates.ts";
import { numberColumn, readCsv, textColumn } from "./csv.ts";
import { mtxRows } from "./import/mtx.ts";
import { joinRows } from "./matrix.ts";

/** Files that hold counts of spots. */
export interface SpotFiles {
  /** Table of spots, one row each, `.csv.gz`. */
  readonly spots: string;
  /** Table of genes, with a column `symbol`, `.csv.gz`. */
  readonly genes: string;
  /** Counts of spots by genes, MatrixMarket, `.mtx.gz`. */
  readonly counts: string;
}

/** Spots with their counts. */
export interface SpotCounts {
  /** Columns of the table of spots. */
  readonly table: ReadonlyMap<string, readonly string[]>;
  /** Name of each gene: its symbol, else its identifier. */
  readonly genes: readonly string[];
  /** Counts, `[spots, genes]`, compressed by row. */
  readonly counts: SparseMatrix;
}

/**
 * Read counts whole.
 *
 * @param path MatrixMarket file, `.mtx.gz`.
 * @param spots Rows that it must have.
 * @param genes Columns that it must have.
 * @returns Counts, `[spots, genes]`, compressed by row.
 * @throws {DataError} If the file is absent, dense, or of another size.
 */
export async function readCounts(path: string, spots: number, genes: number): Promise<SparseMatrix> {
  let source;
  try {
    source = await mtxRows(path, spots, genes);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new DataError(`Cannot read ${path}: there is no such file`, { cause });
  }
  const blocks: SparseMatrix[] = [];
  for await (const block of source.blocks(0)) {
    if (!("kind" in block)) throw new DataError(`Cannot use ${path}: it is not sparse`);
    blocks.push(byRows(block));
  }
  return joinRows(blocks);
}

/**
 * Read tables of spots and genes and the counts between them.
 *
 * @param folder Folder of the files.
 * @param files Their names.
 * @returns Spots with their counts.
 * @throws {DataError} If a file is absent or does not fit the others.
 */
export async function readSpotCounts(folder: string, { spots, genes, counts }: SpotFiles): Promise<SpotCounts> {
  const table = await readCsv(`${folder}/${spots}`);
  const named = await readCsv(`${folder}/${genes}`);
  const identifiers = textColumn(named, "gene_id");
  const names = textColumn(named, "symbol").map((symbol, i) => symbol === "" ? identifiers[i]! : symbol);
  const rows = [...table.values()][0]!.length;
  return { table, genes: names, counts: await readCounts(`${folder}/${counts}`, rows, names.length) };
}

/**
 * Places of some spots.
 *
 * @param section Name of the section, for messages.
 * @param table Table of spots.
 * @param columns Columns with the coordinates.
 * @param rows Spots to take; absent means all.
 * @param factor What coordinates are multiplied by.
 * @returns Coordinates, `[rows, columns]`.
 * @throws {DataError} If there is no such column or a coordinate is not finite.
 */
export function spotPlaces(
  section: string,
  table: SpotCounts["table"],
  columns: readonly string[],
  rows?: Int32Array,
  factor = 1,
): HostArray {
  const axes = columns.map((name) => numberColumn(table, name));
  const taken = rows ?? axes[0]!.keys().toArray();
  const data = Float32Array.from(
    { length: taken.length * axes.length },
    (_, at) => factor * axes[at % axes.length]![taken[Math.floor(at / axes.length)]!]!,
  );
  const places = hostArray(data, [taken.length, axes.length]);
  checkCoordinates(section, places);
  return places;
}

/** Categories of spots. */
export interface SpotLabels {
  /** Categories that occur, sorted. */
  readonly names: readonly string[];
  /** Category of each spot; -1 where the field is empty. */
  readonly codes: Int32Array;
}

/**
 * Read a column of categories.
 *
 * @param table Table of spots.
 * @param column Name of the column.
 * @returns Categories.
 * @throws {DataError} If there is no such column.
 */
export function spotLabels(table: SpotCounts["table"], column: string): SpotLabels {
  const texts = textColumn(table, column);
  const names = [...new Set(texts)].filter((text) => text !== "").sort();
  return { names, codes: Int32Array.from(texts, (text) => names.indexOf(text)) };
}
