import {
  type Data,
  DataError,
  type DataSpec,
  type HostArray,
  inMemory,
  type NumericArray,
  readPart,
  type RowSource,
} from "../../core/mod.ts";
import type { SedrConfig } from "./config.ts";

/** One tissue section to embed. */
export interface SedrSection {
  /** Name for messages. */
  readonly name: string;
  /** Counts or other features of its cells, `[N, G]`, in memory or streamed. */
  readonly x: RowSource | HostArray<NumericArray>;
  /** Positions, `[N, D]`, all in one unit. */
  readonly positions: HostArray<NumericArray>;
  /** Time point; sections of one are evenly represented, and corrected together. @default {0} */
  readonly time?: number;
  /** Whether nothing may be fitted on it: it is embedded by what was learned from the others. @default {false} */
  readonly heldOut?: boolean;
}

/** A section with all that the method needs of it. */
export interface TissueSection {
  /** Name for messages. */
  readonly name: string;
  /** Features of its cells, `[N, G]`. */
  readonly x: RowSource;
  /** Positions, `[N, D]`. */
  readonly positions: HostArray<NumericArray>;
  /** Time point. */
  readonly time: number;
  /** Whether nothing may be fitted on it. */
  readonly heldOut: boolean;
}

/** A section of a data set. */
export interface LabelledSection extends TissueSection {
  /** Category of each cell by label; -1 where it is missing. */
  readonly labels: Readonly<Record<string, Int32Array>>;
}

/**
 * Fill in what a section leaves open.
 *
 * @param section The section.
 * @returns The section as the method takes it.
 * @throws {DataError} If features and positions are of different numbers of cells.
 */
export function tissueSection({ name, x, positions, time = 0, heldOut = false }: SedrSection): TissueSection {
  const source = "read" in x ? x : inMemory(x);
  const [cells, places] = [source.shape[0], positions.shape[0]];
  if (cells === places) return { name, x: source, positions, time, heldOut };
  throw new DataError(`Cannot embed section "${name}": it has features of ${cells} cells and positions of ${places}`);
}

/**
 * Refuse data that have no expression or no places.
 *
 * @param spec Description of the data.
 * @throws {DataError} If features or coordinates are absent.
 */
export function requireTissue({ name, parts }: DataSpec): void {
  const known = Object.keys(parts).join(", ");
  for (const part of ["x", "pos"]) {
    if (parts[part] !== undefined) continue;
    throw new DataError(
      `Cannot build sedr on "${name}": it needs features "x" and coordinates "pos", the data have ${known}`,
    );
  }
}

/**
 * The sections of a data set as the method takes them.
 *
 * @param data The data set.
 * @param fit Which sections take part in fitting.
 * @returns Sections in the order of the data.
 */
export async function sectionsOf(data: Data, fit: SedrConfig["fit"]): Promise<readonly LabelledSection[]> {
  const found: LabelledSection[] = [];
  for (const section of data.sections) {
    if (section.rows === 0) continue;
    const { name, time, split, parts, labels } = section;
    const positions = await readPart(section, "pos");
    const heldOut = split === "test" && fit === "joint";
    found.push({ ...tissueSection({ name, x: parts["x"]!, positions, time, heldOut }), labels });
  }
  return found;
}

/**
 * Sections that things may be fitted on.
 *
 * @param sections All sections.
 * @returns Those that are not held out.
 * @throws {DataError} If there are none.
 */
export function trainingSections<S extends TissueSection>(sections: readonly S[]): readonly S[] {
  const found = sections.filter(({ heldOut }) => !heldOut);
  if (found.length > 0) return found;
  throw new DataError("Cannot embed: no section is left to train on, expected at least one that is not held out");
}
