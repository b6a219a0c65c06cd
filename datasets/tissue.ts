import {
  type AnnData,
  DataError,
  type HostArray,
  hostArray,
  inMemory,
  type NumericArray,
  type RowSource,
  type Section,
  takeRows,
  type TimePoint,
} from "../core/mod.ts";
import { type Categories, categoriesOf } from "./columns.ts";
import { checkCoordinates, coordinatesOf } from "./coordinates.ts";
import { splitOf } from "./split.ts";
import { timeAxis } from "./times.ts";

/** Which columns of a table say what. */
export interface TissueColumns {
  /** Column of `obs` with the time point. */
  readonly time: string;
  /** Time points in order, all or some; empty means by the number in the name. */
  readonly timeOrder: readonly string[];
  /** Unit of the numbers in the names of the time points. */
  readonly timeUnit: string;
  /** Column of `obs` with the section; empty if a time point is one section. */
  readonly section: string;
  /** Column of `obs` with the label; empty for none. */
  readonly label: string;
  /** Entry of `obsm` with the coordinates. */
  readonly spatial: string;
  /** Sections that are never used to fit anything. */
  readonly holdOut: readonly string[];
}

/** Cells of one section. */
export interface TissueSection {
  /** Name. */
  readonly name: string;
  /** Index of the time point. */
  readonly time: number;
  /** Whether anything may be fitted on it. */
  readonly split: "train" | "test";
  /** Row of each cell in the table. */
  readonly rows: Int32Array;
  /** Coordinates `[N, D]`. */
  readonly pos: HostArray;
  /** Label of each cell, -1 where it is missing; empty without labels. */
  readonly label: Int32Array;
}

/** Sections of a table, in order of time, then name. */
export interface Tissue {
  /** Time points in order. */
  readonly times: readonly TimePoint[];
  /** Name of the label. */
  readonly labelName: string;
  /** Categories of the label, sorted; empty without labels. */
  readonly labels: readonly string[];
  /** Sections. */
  readonly sections: readonly TissueSection[];
}

/** What a table without labels means for the results. */
export const NO_LABELS = "The data have no cell-type labels: scores that need them (F1) are skipped";

function labelsOf(table: AnnData, column: string, note: (message: string) => void): Categories | undefined {
  if (column === "") return undefined;
  if (Object.hasOwn(table.obs.columns, column)) return categoriesOf(table, column, "labels");
  const known = Object.keys(table.obs.columns).join(", ") || "no columns";
  note(`No labels in obs column "${column}": obs has ${known}`);
  return undefined;
}

/** Take some cells of a section. */
function select(section: TissueSection, index: Int32Array): TissueSection {
  const label = section.label.length === 0 ? section.label : Int32Array.from(index, (i) => section.label[i]!);
  const rows = Int32Array.from(index, (i) => section.rows[i]!);
  return { ...section, rows, pos: takeRows(section.pos, index), label };
}

/**
 * Take some cells of each section.
 *
 * @param tissue The tissue.
 * @param choose Cells to keep of a section, as ascending positions in it.
 * @returns The tissue with those cells.
 */
export function selectCells(tissue: Tissue, choose: (section: TissueSection) => Int32Array): Tissue {
  return { ...tissue, sections: tissue.sections.map((section) => select(section, choose(section))) };
}

/**
 * Find the sections of a table.
 *
 * @param table The table.
 * @param columns Which columns say what, and which sections to hold out.
 * @param note Told how many cells were left out, and of absent labels.
 * @returns Sections in order of time, then name.
 * @throws {DataError} If coordinates or times are absent or cannot be used.
 */
export function tissueOf(table: AnnData, columns: TissueColumns, note: (message: string) => void): Tissue {
  const coordinates: HostArray<NumericArray> = coordinatesOf(table, columns.spatial);
  const { times, index } = timeAxis(
    categoriesOf(table, columns.time, "time points"),
    columns.timeOrder,
    columns.timeUnit,
  );
  const label = labelsOf(table, columns.label, note);
  const section = columns.section === "" ? undefined : categoriesOf(table, columns.section, "sections");
  const groups = new Map<string, number[]>();
  let left = 0;
  for (let row = 0; row < index.length; row++) {
    const name = section === undefined ? times[index[row]!]?.name : section.names[section.codes[row]!];
    if (index[row]! < 0 || name === undefined) left++;
    else if (groups.has(name)) groups.get(name)!.push(row);
    else groups.set(name, [row]);
  }
  if (left > 0) note(`Left out ${left} of ${index.length} cells, which have no section or none of the time points`);
  const found = [...groups].map(([name, list]) => {
    const time = index[list[0]!]!;
    const other = list.find((row) => index[row] !== time);
    if (other !== undefined) {
      const both = `${times[time]!.name} and ${times[index[other]!]!.name}`;
      throw new DataError(`Cannot use section "${name}": its cells are of the time points ${both}, expected one`);
    }
    const rows = Int32Array.from(list);
    const taken = takeRows(coordinates, rows);
    checkCoordinates(name, taken);
    const pos = hostArray(Float32Array.from(taken.data), taken.shape);
    return {
      name,
      time,
      rows,
      pos,
      label: Int32Array.from(label === undefined ? [] : rows, (row) => label!.codes[row]!),
    };
  }).sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
  const split = splitOf(found.map(({ name }) => name), columns.holdOut);
  const sections = found.map((entry, i) => ({ ...entry, split: split[i]! }));
  return { times, labelName: columns.label, labels: label?.names ?? [], sections };
}

/**
 * Sections as data sets hand them out: features `x`, coordinates `pos`, and the label if there is one.
 *
 * @param tissue The tissue.
 * @param features Features of each section, `[N, C]`.
 * @returns One section per section of the tissue.
 */
export function toSections(tissue: Tissue, features: readonly HostArray[]): readonly Section[] {
  return sectionsOf(tissue, features.map(inMemory));
}

/**
 * Sections as data sets hand them out, with features that need not be in memory; see {@linkcode toSections}.
 *
 * @param tissue The tissue.
 * @param features Features of each section, `[N, C]`.
 * @returns One section per section of the tissue.
 */
export function sectionsOf(tissue: Tissue, features: readonly RowSource[]): readonly Section[] {
  return tissue.sections.map(({ name, time, split, rows, pos, label }, i) =>
    Object.freeze({
      name,
      time,
      split,
      rows: rows.length,
      parts: { x: features[i]!, pos: inMemory(pos) },
      labels: tissue.labels.length === 0 ? {} : { [tissue.labelName]: label },
    })
  );
}
