import { DataError, type TimePoint } from "../core/mod.ts";
import type { Categories } from "./columns.ts";

/** The time axis of a table. */
export interface TimeAxis {
  /** Time points in order. */
  readonly times: readonly TimePoint[];
  /** Index into `times` per row; -1 where the time is missing or not in the given order. */
  readonly index: Int32Array;
}

/** The first number in a name, for example 9.5 in `"E9.5"`; NaN if there is none. */
function numberIn(name: string): number {
  return Number.parseFloat(/-?\d+(\.\d+)?/.exec(name)?.[0] ?? "");
}

/**
 * Put time points in order.
 *
 * @param found Times per row, by name.
 * @param order Names in order, of all or some of the time points; empty means by the number in the name, else by name.
 * @param unit Unit of the numbers in the names.
 * @returns Time points and their rows; values are the numbers in the names if these increase, else 0, 1, 2, ...
 * @throws {DataError} If the order names an unknown time point, or there are fewer than two.
 */
export function timeAxis(found: Categories, order: readonly string[], unit: string): TimeAxis {
  const known = found.names.join(", ");
  const unknown = order.filter((name) => !found.names.includes(name));
  if (unknown.length > 0) {
    throw new DataError(`Cannot order time points by "${unknown.join('", "')}": the data have ${known}`);
  }
  const numbered = found.names.every((name) => !Number.isNaN(numberIn(name)));
  const names = order.length > 0
    ? order
    : numbered
    ? found.names.toSorted((a, b) => numberIn(a) - numberIn(b))
    : found.names;
  if (names.length < 2) {
    throw new DataError(
      `Cannot learn change over time from one time point (${names[0] ?? "none"}): expected at least 2`,
    );
  }
  const values = names.map(numberIn);
  const increasing = values.every((value, i) => !Number.isNaN(value) && (i === 0 || value > values[i - 1]!));
  const times = names.map((name, i) => ({
    name,
    value: increasing ? values[i]! : i,
    unit: increasing ? unit : "position in the series",
  }));
  const position = new Map(names.map((name, i) => [name, i]));
  const place = found.names.map((name) => position.get(name) ?? -1);
  return { times, index: found.codes.map((code) => code < 0 ? -1 : place[code]!) };
}
