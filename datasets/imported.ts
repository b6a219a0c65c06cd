import {
  type AnnDataStore,
  type Categorical,
  type Column,
  type Data,
  DataError,
  openAnnData,
  type RowSource,
  type Section,
  selectRows,
} from "../core/mod.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";
import { MASK_UNIT, NUCLEI } from "./row_groups.ts";
import { COLUMNS, type StoredRecord, storedRecord } from "./stored_data.ts";

/** Nothing can be chosen: the choices were made when the store was written. */
export type ImportedConfig = Readonly<Record<string, never>>;

async function categoricalIn({ obs }: AnnDataStore, name: string): Promise<Categorical> {
  const column: Column = await obs.column(name);
  if ("kind" in column && column.kind === "categorical") return column;
  throw new DataError(`Cannot use ${obs.name}: column "${name}" is not categorical`);
}

/** The one category of some rows; undefined where it is missing. */
function sharedCategory(
  { codes, categories }: Categorical,
  rows: Int32Array,
  column: string,
  section: string,
): string | undefined {
  const code = codes[rows[0]!]!;
  if (rows.every((row) => codes[row] === code)) return categories[code];
  throw new DataError(`Cannot use section "${section}": its rows have several values in obs column "${column}"`);
}

function rowsOf({ codes, categories }: Categorical): readonly (readonly [name: string, rows: Int32Array])[] {
  const rows: number[][] = categories.map(() => []);
  codes.forEach((code, row) => rows[code]?.push(row));
  return categories.flatMap((name, i) => rows[i]!.length === 0 ? [] : [[name, Int32Array.from(rows[i]!)] as const]);
}

async function sectionsOf(
  store: AnnDataStore,
  { times, labels }: StoredRecord,
  sources: ReadonlyMap<string, RowSource>,
): Promise<{ readonly sections: readonly Section[]; readonly labels: Data["spec"]["labels"] }> {
  const split = await categoricalIn(store, COLUMNS.split);
  const time = times.length === 0 ? undefined : await categoricalIn(store, COLUMNS.time);
  const donors = store.obs.columns.includes(COLUMNS.donor) ? await categoricalIn(store, COLUMNS.donor) : undefined;
  const columns = new Map<string, Categorical>();
  for (const label of labels) columns.set(label, await categoricalIn(store, label));
  const sections = rowsOf(await categoricalIn(store, COLUMNS.section)).map(([name, rows]): Section => {
    const shared = (column: Categorical, key: string): string | undefined => sharedCategory(column, rows, key, name);
    const donor = donors === undefined ? undefined : shared(donors, COLUMNS.donor);
    const when = time === undefined ? undefined : shared(time, COLUMNS.time);
    return Object.freeze({
      name,
      time: times.findIndex((point) => point.name === when),
      split: shared(split, COLUMNS.split) === "test" ? "test" : "train",
      ...(donor !== undefined && { donor }),
      rows: rows.length,
      parts: Object.fromEntries(Array.from(sources, ([part, source]) => [part, selectRows(source, rows)])),
      labels: Object.fromEntries(
        Array.from(columns, ([label, { codes }]) => [label, rows.map((row) => codes[row]!)]),
      ),
    });
  });
  const names = Array.from(columns, ([label, { categories }]) => [label, categories] as const);
  return { sections, labels: Object.fromEntries(names) };
}

/** Masks of nuclei that someone put beside the images afterwards. */
async function withMasks(store: AnnDataStore, parts: StoredRecord["parts"]): Promise<StoredRecord["parts"]> {
  if (parts["img"] === undefined || parts[NUCLEI] !== undefined) return parts;
  if (!(await store.names("obsm")).includes(NUCLEI)) return parts;
  return { ...parts, [NUCLEI]: { place: `obsm/${NUCLEI}`, unit: MASK_UNIT } };
}

async function load(_: ImportedConfig, options: LoadOptions): Promise<Data> {
  const { location } = options;
  if (location === undefined) {
    const what = "a store that deno task data import SOURCE OUT.zarr --as NAME wrote";
    throw needsData(imported.name, what, "axolotl-brain-regeneration");
  }
  const store = await openAnnData(location);
  const uns = await store.uns((name, reason) => options.note(`Left out ${name}: ${reason}`));
  const record = storedRecord(uns, location);
  const sources = new Map<string, RowSource>();
  const places = await withMasks(store, record.parts);
  for (const [part, { place }] of Object.entries(places)) sources.set(part, await store.matrix(place));
  const { sections, labels } = await sectionsOf(store, record, sources);
  const parts = Object.entries(places).map(([part, { place: _place, ...spec }]) =>
    [part, { ...spec, shape: sources.get(part)!.shape.slice(1) }] as const
  );
  const { name, times, citation, notes } = record;
  return {
    spec: { name, parts: Object.fromEntries(parts), times, labels },
    sections,
    citation,
    source: location,
    notes,
  };
}

/** What `deno task data import --as` wrote, as it was loaded then; rows are read when they are asked for. */
export const imported: Dataset<ImportedConfig> = Object.freeze({
  name: "imported",
  description:
    "A store that deno task data import --as wrote, its rows and images read as they are needed; needs --data",
  defaults: {},
  check: (): readonly string[] => [],
  load,
});
