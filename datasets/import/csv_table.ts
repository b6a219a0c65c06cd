import { DataError, type HostArray, hostArray, type Matrix } from "../../core/mod.ts";
import { BLOCK_VALUES, type ImportSource, type RowSource, type SourceOptions, tableSource } from "./source.ts";
import { columnOf } from "./text_columns.ts";
import { readLines, splitFields } from "./text_lines.ts";

/** What a column turned out to hold. */
type Kind = "name" | "place" | "text" | "number";

interface Layout {
  readonly path: string;
  readonly separator: string;
  readonly names: readonly string[];
  readonly kinds: readonly Kind[];
}

/** Columns that name the rows, if the first line names them. */
const INDEX = ["", "index", "cell", "cell_id", "cellid", "barcode", "barcodes", "spot", "id"];

function isNumber(text: string): boolean {
  return text.trim() !== "" && !Number.isNaN(Number(text));
}

function isMissing(text: string): boolean {
  return /^(\s*|na|nan|inf|-inf|infinity|-infinity)$/i.test(text);
}

function placeColumns(path: string, names: readonly string[], asked: readonly string[] | undefined): readonly string[] {
  const lacking = asked?.find((name) => !names.includes(name));
  if (lacking !== undefined) {
    throw new DataError(
      `Cannot find coordinates "${lacking}" in "${path}": its columns are ${names.slice(0, 8).join(", ")}, …`,
    );
  }
  if (asked !== undefined) return asked;
  const found = [["x", "y", "z"], ["X", "Y", "Z"]].find(([x, y]) => names.includes(x!) && names.includes(y!)) ?? [];
  return found.filter((name) => names.includes(name));
}

interface Rows {
  /** Values of the columns of texts and places, by column. */
  readonly texts: ReadonlyMap<number, readonly string[]>;
  readonly count: number;
  readonly layout: Layout;
}

async function* fieldsOf(path: string, separator: string): AsyncIterable<readonly [line: number, fields: string[]]> {
  let line = 0;
  for await (const lines of readLines(path)) {
    for (const text of lines) {
      line++;
      if (text !== "") yield [line, splitFields(text, separator)];
    }
  }
}

/** First pass: which columns hold numbers only, and the values of all others. */
async function firstPass(path: string, separator: string, { coordinates }: SourceOptions): Promise<Rows> {
  let names: readonly string[] | undefined;
  const isText: boolean[] = [];
  let count = 0;
  for await (const [line, fields] of fieldsOf(path, separator)) {
    if (names === undefined) {
      names = fields;
      const repeated = names.find((name, i) => names!.indexOf(name) !== i);
      if (repeated !== undefined) {
        throw new DataError(`Cannot read "${path}": two of its columns are named "${repeated}"`);
      }
      continue;
    }
    if (fields.length !== names.length) {
      throw new DataError(`Cannot read "${path}": line ${line} has ${fields.length} values, expected ${names.length}`);
    }
    for (let i = 0; i < fields.length; i++) {
      if (isText[i] === true) continue;
      if (!isNumber(fields[i]!)) isText[i] = !isMissing(fields[i]!);
    }
    count++;
  }
  if (names === undefined || count === 0) {
    throw new DataError(`Cannot read "${path}": it has no rows, expected names and numbers`);
  }
  const places = placeColumns(path, names, coordinates);
  const first = names[0]!.toLowerCase();
  const kinds = names.map((name, i): Kind => {
    if (i === 0 && (INDEX.includes(first) || isText[0] === true)) return "name";
    if (places.includes(name)) return "place";
    return isText[i] === true ? "text" : "number";
  });
  const layout = { path, separator, names, kinds };
  return { layout, count, texts: await textsOf(layout) };
}

async function textsOf({ path, separator, kinds }: Layout): Promise<ReadonlyMap<number, readonly string[]>> {
  const texts = new Map<number, string[]>();
  kinds.forEach((kind, i) => {
    if (kind !== "number") texts.set(i, []);
  });
  let header = true;
  for await (const [, fields] of fieldsOf(path, separator)) {
    if (!header) { for (const [i, column] of texts) column.push(fields[i]!); }
    header = false;
  }
  return texts;
}

function numberOf(layout: Layout, text: string, row: number, column: number): number {
  const word = text.trim();
  if (word !== "" && !Number.isNaN(Number(word))) return Number(word);
  if (/^-?inf(inity)?$/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  throw new DataError(
    `Cannot read "${layout.path}": row ${row} holds "${text}" in column "${layout.names[column]}", expected a number`,
  );
}

function countRows(layout: Layout, count: number): RowSource {
  const columns = layout.kinds.flatMap((kind, i) => kind === "number" ? [i] : []);
  const step = Math.max(1, Math.floor(BLOCK_VALUES / Math.max(1, columns.length)));
  return Object.freeze({
    name: `"${layout.path}"`,
    kind: "dense",
    shape: [count, columns.length],
    type: "float32",
    stored: "text",
    blocks: async function* (from: number): AsyncIterable<Matrix> {
      let row = -1;
      let [data, filled] = [new Float32Array(step * columns.length), 0];
      for await (const [, fields] of fieldsOf(layout.path, layout.separator)) {
        // The first line holds names.
        if (row++ < from) continue;
        columns.forEach((column, j) => {
          data[filled * columns.length + j] = numberOf(layout, fields[column]!, row - 1, column);
        });
        if (++filled < step) continue;
        yield hostArray(data, [filled, columns.length]);
        [data, filled] = [new Float32Array(step * columns.length), 0];
      }
      if (filled > 0) yield hostArray(data.slice(0, filled * columns.length), [filled, columns.length]);
    },
  });
}

function placesOf({ layout, texts, count }: Rows): HostArray<Float64Array> | undefined {
  const columns = layout.kinds.flatMap((kind, i) => kind === "place" ? [i] : []);
  if (columns.length < 2) return undefined;
  const data = new Float64Array(count * columns.length);
  columns.forEach((column, axis) => {
    texts.get(column)!.forEach((text, row) => {
      data[row * columns.length + axis] = text.trim() === "" ? NaN : Number(text);
    });
  });
  return hostArray(data, [count, columns.length]);
}

/**
 * Open a table of comma- or tab-separated values: one row per cell, coordinates in the columns `x`, `y` and perhaps `z`,
 * texts as annotations, and all other columns of numbers as genes.
 *
 * @param path Path of the file; names that end in `.gz` are unpacked.
 * @param options Columns of the coordinates.
 * @returns The table; the first column names the cells if it holds texts or is called so.
 * @throws {DataError} If the file cannot be read or lines have different numbers of values.
 */
export async function openCsv(path: string, options: SourceOptions): Promise<ImportSource> {
  const separator = /\.(tsv|txt|tab)(\.gz)?$/i.test(path) ? "\t" : ",";
  const rows = await firstPass(path, separator, options);
  const { layout, texts, count } = rows;
  const named = layout.kinds[0] === "name" ? texts.get(0)! : Array.from({ length: count }, (_, i) => String(i));
  const columns = layout.kinds.flatMap((kind, i) =>
    kind === "text" ? [[layout.names[i]!, columnOf(texts.get(i)!)]] : []
  );
  const genes = layout.names.filter((_, i) => layout.kinds[i] === "number");
  const spatial = placesOf(rows);
  return tableSource({
    format: separator === "\t" ? "tab-separated values" : "comma-separated values",
    location: path,
    obs: { index: named, columns: Object.fromEntries(columns) },
    var: { index: genes, columns: {} },
    X: countRows(layout, count),
    obsm: spatial === undefined ? {} : { spatial },
  });
}
