import { type Column, DataError, type HostArray, type NumericArray } from "../../core/mod.ts";
import { columnLength } from "../../core/io/column_encoding.ts";
import type { ImportSource } from "./source.ts";

/** Entry of `obsm` in which everyone looks for coordinates. */
export const SPATIAL = "spatial";

function firstRepeated(names: readonly string[]): readonly [first: number, second: number] | undefined {
  const seen = new Map<string, number>();
  for (const [row, name] of names.entries()) {
    const before = seen.get(name);
    if (before !== undefined) return [before, row];
    seen.set(name, row);
  }
  return undefined;
}

/** What genes that share a name mean. */
export const REPEATED_GENES = "Names in var repeat: make them unique before genes are chosen by name";

/**
 * Tell whether genes share a name, as symbols do in many files.
 *
 * @param source The source.
 * @returns Whether any two do.
 */
export function hasRepeatedGenes({ var: { index } }: ImportSource): boolean {
  return firstRepeated(index) !== undefined;
}

/** Refuse cells that share a name. */
function checkBarcodes(location: string, names: readonly string[]): void {
  const repeated = firstRepeated(names);
  if (repeated === undefined) return;
  const [first, second] = repeated;
  throw new DataError(
    `Cannot use "${location}": rows ${first} and ${second} of obs are both named "${names[second]}", ` +
      "make them unique, in Python by obs_names_make_unique",
  );
}

/**
 * Refuse coordinates that are no places.
 *
 * @param location File, for the message.
 * @param points Coordinates, `[N, 2]` or `[N, 3]`.
 * @param names Names of the rows.
 * @throws {DataError} If a coordinate is missing or not finite, or the array has another shape.
 */
export function checkPlaces(location: string, points: HostArray<NumericArray>, names: readonly string[]): void {
  const { data, shape } = points;
  if (shape.length !== 2 || shape[0] !== names.length || !(shape[1] === 2 || shape[1] === 3)) {
    throw new DataError(
      `Cannot use "${location}": obsm/${SPATIAL} has shape [${
        shape.join(", ")
      }], expected [${names.length}, 2] or [${names.length}, 3]`,
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const row = Math.floor(bad / shape[1]!);
  throw new DataError(
    `Cannot use "${location}": row ${row} ("${names[row]}") of obsm/${SPATIAL} has coordinate ${data[bad]}, ` +
      "expected finite numbers; remove such cells",
  );
}

function checkColumn(location: string, name: string, column: Column, rows: number): void {
  const length = columnLength(column);
  if (length !== rows) {
    throw new DataError(`Cannot use "${location}": ${name} has ${length} rows, expected ${rows}`);
  }
  if (!("kind" in column) || column.kind !== "categorical") return;
  const wrong = column.codes.findIndex((code) => code < -1 || code >= column.categories.length);
  if (wrong < 0) return;
  const problem = `row ${wrong} has code ${column.codes[wrong]} of ${column.categories.length} categories`;
  throw new DataError(`Cannot use "${location}": ${name}: ${problem}`);
}

/**
 * Check all that is in memory of a source.
 *
 * @param source The source.
 * @throws {DataError} If names repeat, lengths differ, codes have no category or coordinates are no places.
 */
export function checkTable(source: ImportSource): void {
  const { location, obs } = source;
  checkBarcodes(location, obs.index);
  for (const table of ["obs", "var"] as const) {
    for (const [name, column] of Object.entries(source[table].columns)) {
      checkColumn(location, `${table}/${name}`, column, source[table].index.length);
    }
  }
  const points = Object.hasOwn(source.obsm, SPATIAL) ? source.obsm[SPATIAL] : undefined;
  if (points !== undefined) checkPlaces(location, points, obs.index);
}
