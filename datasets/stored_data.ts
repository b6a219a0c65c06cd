import {
  type Citation,
  type Data,
  DataError,
  formatCitation,
  hostArray,
  type PartSpec,
  type Uns,
} from "../core/mod.ts";

/** How data were loaded, for the record in the store. */
export interface Loading {
  /** Data set that read them. */
  readonly dataset: string;
  /** Its configuration, complete. */
  readonly configuration: unknown;
  /** Seed of all random choices. */
  readonly seed: number;
}

/** Columns of `obs` that do not hold labels. */
export const COLUMNS = Object.freeze({ section: "section", time: "time", donor: "donor", split: "split" });

/** Parts that have a place of their own, where other programs look for them. */
const PLACES: Readonly<Record<string, string>> = { pos: "obsm/spatial", img: "obsm/patches" };

/**
 * Where a part is kept in a store.
 *
 * @param name Name of the part.
 * @param shape Shape of one row.
 * @returns `"X"` for a vector `x`, else `"obsm/..."`.
 */
export function placeOf(name: string, shape: readonly number[]): string {
  if (name === "x" && shape.length === 1) return "X";
  return PLACES[name] ?? `obsm/${name}`;
}

function floats(values: readonly number[]): Uns {
  return hostArray(Float64Array.from(values), [values.length]);
}

function partRecord(name: string, { shape, unit, names }: PartSpec): Uns {
  return { place: placeOf(name, shape), unit, ...(names !== undefined && { names }) };
}

/**
 * What is to be known of data besides their rows: for people at the top of `uns`, for programs in `uns/morphogen/data`.
 *
 * @param data The data.
 * @param loading How they were loaded.
 * @returns `uns` of the store.
 */
export function recordOf(
  { spec, citation, notes, source }: Data,
  { dataset, configuration, seed }: Loading,
): { readonly [key: string]: Uns } {
  const text = JSON.stringify(configuration);
  const parts = Object.entries(spec.parts).map(([name, part]) => [name, partRecord(name, part)] as const);
  return {
    title: citation.title,
    citation: formatCitation(citation),
    notes,
    source,
    configuration: text,
    morphogen: {
      data: {
        name: spec.name,
        dataset,
        seed,
        citation: { ...citation },
        labels: Object.keys(spec.labels),
        parts: Object.fromEntries(parts),
        times: {
          names: spec.times.map(({ name }) => name),
          values: floats(spec.times.map(({ value }) => value)),
          units: spec.times.map(({ unit }) => unit),
        },
      },
    },
  };
}

/** What {@linkcode recordOf} keeps, read back. */
export interface StoredRecord {
  /** Name of the data set. */
  readonly name: string;
  /** Whom to cite. */
  readonly citation: Citation;
  /** Sentences that must stand wherever results show. */
  readonly notes: readonly string[];
  /** Columns of `obs` that hold labels. */
  readonly labels: readonly string[];
  /** Place, unit and names of each part. */
  readonly parts: Readonly<Record<string, Pick<PartSpec, "unit" | "names"> & { readonly place: string }>>;
  /** Time points in order. */
  readonly times: Data["spec"]["times"];
}

type Dict = { readonly [key: string]: Uns };

function isTexts(value: Uns | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isDict(value: Uns | undefined): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("shape" in value);
}

/**
 * Read the record of a store.
 *
 * @param uns `uns` of the store.
 * @param location Path of the store, for messages.
 * @returns The record.
 * @throws {DataError} If the store has none or it is not whole.
 */
export function storedRecord(uns: Dict, location: string): StoredRecord {
  const fail = (what: string): DataError =>
    new DataError(
      `Cannot use ${location}: its uns has no ${what}; write it by deno task data import --as, or use data set "anndata"`,
    );
  const dictIn = (dict: Dict, key: string): Dict => {
    const value = dict[key];
    if (isDict(value)) return value;
    throw fail(`entry "${key}" of data that were loaded`);
  };
  const textIn = (dict: Dict, key: string): string => {
    const value = dict[key];
    if (typeof value === "string") return value;
    throw fail(`text "${key}"`);
  };
  const textsIn = (dict: Dict, key: string): readonly string[] => {
    const value = dict[key];
    if (isTexts(value)) return value;
    throw fail(`list of texts "${key}"`);
  };
  const record = dictIn(dictIn(uns, "morphogen"), "data");
  const [times, parts, cited] = [dictIn(record, "times"), dictIn(record, "parts"), dictIn(record, "citation")];
  const values = times["values"];
  if (typeof values !== "object" || values === null || !("data" in values) || !ArrayBuffer.isView(values.data)) {
    throw fail('list of numbers "values"');
  }
  const [units, numbers] = [textsIn(times, "units"), Array.from(values.data)];
  const optional = (["venue", "licence", "source"] as const).flatMap((key) => {
    const value = cited[key];
    return typeof value === "string" ? [[key, value] as const] : [];
  });
  const year = cited["year"];
  return {
    name: textIn(record, "name"),
    citation: {
      title: textIn(cited, "title"),
      authors: textIn(cited, "authors"),
      url: textIn(cited, "url"),
      ...(typeof year === "number" && { year }),
      ...Object.fromEntries(optional),
    },
    notes: textsIn(uns, "notes"),
    labels: textsIn(record, "labels"),
    parts: Object.fromEntries(
      Object.keys(parts).map((name) => {
        const part = dictIn(parts, name);
        const names = part["names"] === undefined ? {} : { names: textsIn(part, "names") };
        return [name, { place: textIn(part, "place"), unit: textIn(part, "unit"), ...names }];
      }),
    ),
    times: textsIn(times, "names").map((name, i) => ({ name, value: numbers[i]!, unit: units[i]! })),
  };
}
