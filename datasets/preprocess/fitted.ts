import { DataError, type HostArray, type NumericArray } from "../../core/mod.ts";
import type { Fitted } from "./step.ts";

/**
 * Read a number that a step learned.
 *
 * @param fitted What was learned.
 * @param name Its name.
 * @returns The number.
 * @throws {DataError} If the record lacks it.
 */
export function numberIn(fitted: Fitted, name: string): number {
  const value = fitted[name];
  if (typeof value === "number") return value;
  throw lacking(name, "a number");
}

/**
 * Read names that a step learned.
 *
 * @param fitted What was learned.
 * @param name Their name.
 * @returns The names.
 * @throws {DataError} If the record lacks them.
 */
export function textsIn(fitted: Fitted, name: string): readonly string[] {
  const value = fitted[name];
  if (Array.isArray(value)) return value;
  throw lacking(name, "a list of names");
}

/**
 * Read an array that a step learned.
 *
 * @param fitted What was learned.
 * @param name Its name.
 * @returns The array.
 * @throws {DataError} If the record lacks it.
 */
export function arrayIn(fitted: Fitted, name: string): HostArray<NumericArray> {
  const value = fitted[name];
  if (typeof value === "object" && value !== null && "data" in value && ArrayBuffer.isView(value.data)) {
    return value as HostArray<NumericArray>;
  }
  throw lacking(name, "an array");
}

function lacking(name: string, expected: string): DataError {
  return new DataError(
    `Cannot repeat a step: its record lacks "${name}", expected ${expected}, prepare the data again`,
  );
}
