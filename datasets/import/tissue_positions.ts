import { type Column, DataError, type HostArray, hostArray } from "../../core/mod.ts";
import { type NamedTexts, readAnyTable } from "./any_table.ts";
import { rowsByName } from "./join_rows.ts";
import { columnOf } from "./text_columns.ts";
import { readTextTable } from "./text_lines.ts";

/** Columns of `tissue_positions`; Space Ranger before 2.0 wrote them in this order without names. */
const COLUMNS = ["barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres"];

/** Names of the file, newest first. */
export const POSITION_FILES: readonly string[] = [
  "tissue_positions.parquet",
  "tissue_positions.csv",
  "tissue_positions.csv.gz",
  "tissue_positions_list.csv",
  "tissue_positions_list.csv.gz",
];

/** Where spots lie. */
export interface Positions {
  /** `in_tissue`, `array_row`, `array_col`, one value per cell. */
  readonly columns: Readonly<Record<string, Column>>;
  /** x and y in pixels of the full-resolution image, `[cells, 2]`. */
  readonly spatial: HostArray<Float64Array>;
}

async function readNamed(path: string): Promise<NamedTexts> {
  if (path.endsWith(".parquet")) return await readAnyTable(path);
  const { columns } = await readTextTable(path, ",", false);
  const named = columns[0]?.[0] === COLUMNS[0];
  const names = named ? columns.map((column) => column[0]!) : COLUMNS;
  return new Map(names.map((name, i) => [name, columns[i]?.slice(named ? 1 : 0) ?? []]));
}

/**
 * Read where the spots of a Visium sample lie.
 *
 * @param path Path of a `tissue_positions` file, of Space Ranger before or since 2.0, or of Visium HD.
 * @param barcodes Barcodes of the matrix; spots without counts are left out.
 * @returns Places in the order of the barcodes.
 * @throws {DataError} If the file cannot be read, a column is missing or a barcode has no place.
 */
export async function readPositions(path: string, barcodes: readonly string[]): Promise<Positions> {
  const table = await readNamed(path);
  const lacking = COLUMNS.find((name) => !table.has(name));
  if (lacking !== undefined) {
    throw new DataError(`Cannot use "${path}": it lacks column "${lacking}", expected ${COLUMNS.join(", ")}`);
  }
  const rows = rowsByName(path, table.get("barcode")!, barcodes);
  const column = (name: string): readonly string[] => Array.from(rows, (row) => table.get(name)![row]!);
  const numbers = (name: string): Float64Array =>
    Float64Array.from(column(name), (text, i) => {
      const value = text.trim() === "" ? NaN : Number(text);
      if (Number.isFinite(value)) return value;
      throw new DataError(
        `Cannot use "${path}": spot "${barcodes[i]}" has ${name} "${text}", expected a finite number`,
      );
    });
  const [x, y] = [numbers("pxl_col_in_fullres"), numbers("pxl_row_in_fullres")];
  const places = Float64Array.from({ length: 2 * barcodes.length }, (_, i) => (i % 2 === 0 ? x : y)[i >> 1]!);
  const names = ["in_tissue", "array_row", "array_col"];
  return {
    columns: Object.fromEntries(names.map((name) => [name, columnOf(column(name))])),
    spatial: hostArray(places, [barcodes.length, 2]),
  };
}
