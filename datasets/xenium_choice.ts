import { DataError } from "../core/mod.ts";
import type { XeniumSection } from "./xenium_section.ts";

/** Which images of a section are used. */
export interface ChoiceOptions {
  /** Types of cells that an image may be of; `!NAME` leaves one out; empty takes all. */
  readonly types: readonly string[];
  /** Share of the cells with the fewest counts that is left out. */
  readonly leastCounts: number;
}

/** The value below which a share of all lies, interpolated between neighbours as NumPy does. */
function quantile(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

function ofTypes({ name, types }: XeniumSection, wanted: readonly string[]): (cell: number) => boolean {
  if (wanted.length === 0) return () => true;
  const known = [...new Set(types ?? [])].filter((type) => type !== undefined).sort();
  const plain = (type: string): string => type.replace(/^!/, "");
  const unknown = wanted.find((type) => !known.includes(plain(type)));
  if (unknown !== undefined) {
    const there = known.length === 0 ? "its cells have no types" : `it has ${known.join(", ")}`;
    throw new DataError(`Cannot choose cells of type "${plain(unknown)}" in section "${name}": ${there}`);
  }
  const out = wanted.filter((type) => type.startsWith("!")).map(plain);
  const within = wanted.filter((type) => !type.startsWith("!"));
  return (cell) => {
    const type = types![cell];
    return type !== undefined && !out.includes(type) && (within.length === 0 || within.includes(type));
  };
}

/**
 * Choose images by their cells: an image is used if all its cells are.
 *
 * @param section The section.
 * @param options Types, and the share of cells with few counts to leave out.
 * @param note Told how many were left out.
 * @returns Numbers of the images.
 * @throws {DataError} If a type does not exist, or no image remains.
 */
export function chooseImages(
  section: XeniumSection,
  { types, leastCounts }: ChoiceOptions,
  note: (sentence: string) => void,
): Int32Array {
  const { name, totals, pictures } = section;
  if (leastCounts > 0 && totals === undefined) {
    note(`Cells of section "${name}" with few counts stay: its table has no total_counts`);
  }
  const least = leastCounts > 0 && totals !== undefined ? quantile(totals, leastCounts) : -Infinity;
  const isType = ofTypes(section, types);
  const isUsed = (cell: number): boolean => (totals === undefined || totals[cell]! >= least) && isType(cell);
  const chosen = pictures.cells.flatMap((cells, image) => cells.every(isUsed) ? [image] : []);
  const left = pictures.cells.length - chosen.length;
  if (left > 0) {
    note(
      `Left out ${left} of ${pictures.cells.length} images of section "${name}", by counts and types of their cells`,
    );
  }
  if (chosen.length > 0) return Int32Array.from(chosen);
  throw new DataError(
    `Cannot use section "${name}": of ${left} images none has only cells of ${
      types.length === 0 ? "enough counts" : `the types ${types.join(", ")}`
    }; change the types in dataset.config or lower leastCounts`,
  );
}
