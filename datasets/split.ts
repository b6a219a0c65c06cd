import { DataError } from "../core/mod.ts";

/**
 * Assign sections to training and test.
 *
 * @param names Names of all sections.
 * @param holdOut Sections that are never used to fit anything.
 * @returns Split of each section.
 * @throws {DataError} If a held-out section does not exist or no section is left to train on.
 */
export function splitOf(names: readonly string[], holdOut: readonly string[]): readonly ("train" | "test")[] {
  const unknown = holdOut.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new DataError(`Cannot hold out section "${unknown.join('", "')}": the sections are ${names.join(", ")}`);
  }
  const held = new Set(holdOut);
  if (held.size === names.length) {
    throw new DataError(`Cannot hold out all ${names.length} sections: leave at least one to train on in holdOut`);
  }
  return names.map((name) => held.has(name) ? "test" : "train");
}
