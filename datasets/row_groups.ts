import {
  type AnnData,
  DataError,
  type HostArray,
  hostArray,
  inMemory,
  type PartSpec,
  type RowSource,
  takeRows,
  type TimePoint,
} from "../core/mod.ts";
import { categoriesOf } from "./columns.ts";
import { checkCoordinates, coordinatesOf } from "./coordinates.ts";
import type { Tissue } from "./tissue.ts";

/** Rows of a table that make one section. */
export interface RowGroup {
  /** Name of the section. */
  readonly name: string;
  /** Index of its time point; -1 if there are none. */
  readonly time: number;
  /** Whether anything may be fitted on it. */
  readonly split: "train" | "test";
  /** Its rows. */
  readonly rows: Int32Array;
}

/** What the sections of {@linkcode tissueOfGroups} have in common. */
export interface GroupColumns {
  /** Time points in order; empty if the data have none. */
  readonly times: readonly TimePoint[];
  /** Column of `obs` with the label; empty for none. */
  readonly label: string;
}

/**
 * Take sections whose rows are known, also of tables without time points.
 *
 * @param table The table, with coordinates in `obsm/spatial`.
 * @param groups Rows of each section.
 * @param columns Time points, and the label.
 * @returns The tissue, sections in the given order.
 * @throws {DataError} If coordinates or labels are absent or cannot be used.
 */
export function tissueOfGroups(table: AnnData, groups: readonly RowGroup[], { times, label }: GroupColumns): Tissue {
  const coordinates = coordinatesOf(table, "spatial");
  const labels = label === "" ? undefined : categoriesOf(table, label, "labels");
  const sections = groups.map((group) => {
    const taken = takeRows(coordinates, group.rows);
    checkCoordinates(group.name, taken);
    return {
      ...group,
      pos: hostArray(Float32Array.from(taken.data), taken.shape),
      label: labels === undefined ? new Int32Array() : group.rows.map((row) => labels.codes[row]!),
    };
  });
  return { times, labelName: label, labels: labels?.names ?? [], sections };
}

/**
 * Rows of each category of a column.
 *
 * @param table The table.
 * @param column Column of `obs`.
 * @returns Rows by category, in the order of the names.
 * @throws {DataError} If there is no such column.
 */
export function rowsByCategory(table: AnnData, column: string): ReadonlyMap<string, Int32Array> {
  const { codes, names } = categoriesOf(table, column, "sections");
  const rows: number[][] = names.map(() => []);
  codes.forEach((code, row) => rows[code]?.push(row));
  return new Map(names.map((name, i) => [name, Int32Array.from(rows[i]!)]));
}

/**
 * Take numeric columns of `obs` as features.
 *
 * @param table The table.
 * @param names Columns C.
 * @param rows Rows to take.
 * @returns Values `[rows.length, C]`.
 * @throws {DataError} If there is no such column of numbers; the message lists the columns there are.
 */
export function obsFeatures(table: AnnData, names: readonly string[], rows: Int32Array): HostArray {
  const out = new Float32Array(rows.length * names.length);
  names.forEach((name, j) => {
    const column = Object.hasOwn(table.obs.columns, name) ? table.obs.columns[name] : undefined;
    if (!ArrayBuffer.isView(column)) {
      const known = Object.keys(table.obs.columns).join(", ") || "no columns";
      throw new DataError(`Cannot find numbers in obs column "${name}": obs has ${known}`);
    }
    for (let i = 0; i < rows.length; i++) out[i * names.length + j] = column[rows[i]!]!;
  });
  return hostArray(out, [rows.length, names.length]);
}

/**
 * Take the images of some rows.
 *
 * @param table The table.
 * @param key Entry of `obsm`, `[N, H, W, C]`.
 * @param rows Rows to take.
 * @returns Images as stored.
 * @throws {DataError} If there is no such entry; the message lists those there are.
 */
export function imagesOf(table: AnnData, key: string, rows: Int32Array): RowSource {
  const found = Object.hasOwn(table.obsm, key) ? table.obsm[key] : undefined;
  if (found?.shape.length === 4) return inMemory(takeRows(found, rows));
  const known = Object.keys(table.obsm).join(", ") || "no arrays";
  throw new DataError(`Cannot find images in obsm "${key}": obsm has ${known}`);
}

/** A part that only some tables have. */
export interface OptionalPart {
  /** Its entry of `DataSpec.parts`; empty if the table lacks it. */
  readonly spec: Readonly<Record<string, PartSpec>>;
  /**
   * Its entry of `Section.parts`.
   *
   * @param rows Rows of the section.
   * @returns The part by name; empty if the table lacks it.
   */
  readonly of: (rows: Int32Array) => Readonly<Record<string, RowSource>>;
}

/** Entry of `obsm` with a label image per row, and name of the part. */
export const NUCLEI = "nuclei";

/** What the values of masks are. */
export const MASK_UNIT = "number of the nucleus, 0 for none";

/**
 * Take label images of nuclei that someone put beside the patches: `obsm/nuclei`, `[N, H, W]` whole numbers, 0 for
 * background.
 *
 * @param table The table.
 * @returns The part `nuclei`; nothing if the table has no such entry.
 */
export function nucleusMasks({ obsm }: Pick<AnnData, "obsm">): OptionalPart {
  const found = Object.hasOwn(obsm, NUCLEI) ? obsm[NUCLEI]! : undefined;
  if (found === undefined) return { spec: {}, of: () => ({}) };
  return {
    spec: { [NUCLEI]: { shape: found.shape.slice(1), unit: MASK_UNIT } },
    of: (rows) => ({ [NUCLEI]: inMemory(takeRows(found, rows)) }),
  };
}
