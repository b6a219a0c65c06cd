import {
  columnStats,
  type Data,
  DataError,
  type HostArray,
  hostArray,
  isotropic,
  minMax,
  niches,
  readPart,
  type Section,
  standardize,
} from "../../core/mod.ts";
import type { NicheFlowConfig } from "./config.ts";

/** A section as the method sees it: scaled coordinates, features, and the niche of every cell. */
export interface Slide {
  /** Name of the section. */
  readonly name: string;
  /** Index of the time point. */
  readonly time: number;
  /** Sections of `"test"` are only looked at in evaluation. */
  readonly split: "train" | "test";
  /** Features, `[n, G]`. */
  readonly x: HostArray;
  /** Scaled coordinates, `[n, D]`. */
  readonly pos: HostArray;
  /** Cell type of each cell, -1 where unknown; absent if the data have no labels. */
  readonly cellType?: Int32Array;
  /** Most frequent number of cells within the radius: the niche size of this section. */
  readonly size: number;
  /** The `size` nearest cells of every cell, itself first, `[n, size]`. */
  readonly members: Int32Array;
}

/** Shift and scale of the coordinates, to go back to the data's unit: `pos * std + mean`. */
export interface Scaling {
  /** Shift per axis. */
  readonly mean: readonly number[];
  /** Scale per axis. */
  readonly std: readonly number[];
}

function axisRanges(pos: HostArray): readonly [low: number[], range: number[]] {
  const dims = pos.shape[1]!;
  const low = Array<number>(dims).fill(Infinity);
  const high = Array<number>(dims).fill(-Infinity);
  for (const [i, value] of pos.data.entries()) {
    low[i % dims] = Math.min(low[i % dims]!, value);
    high[i % dims] = Math.max(high[i % dims]!, value);
  }
  return [low, low.map((least, axis) => high[axis]! - least)];
}

/**
 * Scale coordinates as the configuration says (section 2.3).
 *
 * @param pos Coordinates, `[n, D]`.
 * @param scaling Which rule.
 * @returns Scaled coordinates and how to undo it.
 */
export function scaleCoordinates(
  pos: HostArray,
  scaling: NicheFlowConfig["niche"]["scaling"],
): { readonly pos: HostArray; readonly scaling: Scaling } {
  if (scaling === "min-max") {
    const [low, range] = axisRanges(pos);
    return { pos: minMax(pos), scaling: { mean: low, std: range } };
  }
  const perAxis = columnStats(pos);
  const stats = scaling === "isotropic" ? isotropic(perAxis) : perAxis;
  return { pos: standardize(pos, stats), scaling: { mean: [...stats.mean], std: [...stats.std] } };
}

/**
 * Pick the label that types the cells.
 *
 * @param data The data set.
 * @param label Configured name; empty takes the first label.
 * @returns The label's name; undefined if the data have none.
 * @throws {DataError} If the data lack the label that was asked for.
 */
export function typeLabel(data: Pick<Data, "spec">, label: string): string | undefined {
  const known = Object.keys(data.spec.labels);
  if (label === "") return known[0];
  if (known.includes(label)) return label;
  throw new DataError(
    `Cannot type cells by "${label}": the data have the labels ${
      known.join(", ") || "(none)"
    }; set plugin.config.label`,
  );
}

async function slideOf(section: Section, label: string | undefined, config: NicheFlowConfig): Promise<Slide> {
  const { pos } = scaleCoordinates(await readPart(section, "pos"), config.niche.scaling);
  const found = niches(pos, config.niche.radius);
  return {
    name: section.name,
    time: section.time,
    split: section.split,
    x: await readPart(section, "x"),
    pos,
    ...(label === undefined ? {} : { cellType: section.labels[label]! }),
    size: found.size,
    members: found.members,
  };
}

/**
 * Cut every section into niches.
 *
 * @param data The data set; it needs parts `x` and `pos` and at least two time points.
 * @param config Radius, scaling and label.
 * @returns Slides in the order of the sections.
 * @throws {DataError} If there are fewer than two time points, or a section is too small or has unusable coordinates.
 */
export async function makeSlides(data: Data, config: NicheFlowConfig): Promise<readonly Slide[]> {
  const times = new Set(data.sections.map(({ time }) => time));
  if (times.size < 2) {
    throw new DataError(
      `Cannot learn a change over time from "${data.spec.name}": it has ${times.size} time point, expected at least 2`,
    );
  }
  const label = typeLabel(data, config.label);
  const slides: Slide[] = [];
  for (const section of data.sections) {
    try {
      slides.push(await slideOf(section, label, config));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`Cannot use section "${section.name}": ${error.message}`, { cause: error });
    }
  }
  return slides;
}

/** A source and a target section of consecutive time points. */
export interface SlidePair {
  /** Section at the earlier time. */
  readonly source: Slide;
  /** Section at the later time. */
  readonly target: Slide;
}

/**
 * List the training pairs: every training section of a time with every one of the next time that has any.
 *
 * @param slides All slides.
 * @returns One list of pairs per step in time.
 * @throws {DataError} If fewer than two time points have training sections.
 */
export function trainingPairs(slides: readonly Slide[]): readonly (readonly SlidePair[])[] {
  const training = slides.filter(({ split }) => split === "train");
  const times = [...new Set(training.map(({ time }) => time))].sort((a, b) => a - b);
  if (times.length < 2) {
    throw new DataError(`Cannot form pairs: ${times.length} time point has training sections, expected at least 2`);
  }
  return times.slice(1).map((time, i) =>
    training.filter((slide) => slide.time === times[i]).flatMap((source) =>
      training.filter((slide) => slide.time === time).map((target) => ({ source, target }))
    )
  );
}

/**
 * Pool sets of cells to one vector each: `[(1 - lambda) * mean(pos), lambda * mean(x)]` (section 3).
 *
 * @param slide The section.
 * @param members Cells of each set, `[sets, size]`.
 * @param size Cells per set.
 * @param lambda Weight of features against coordinates.
 * @returns Vectors, `[sets, D + G]`.
 */
export function poolSets(slide: Slide, members: ArrayLike<number>, size: number, lambda: number): HostArray {
  const sets = members.length / size;
  const [dims, genes] = [slide.pos.shape[1]!, slide.x.shape[1]!];
  const width = dims + genes;
  const data = new Float32Array(sets * width);
  const sum = new Float64Array(width);
  for (let set = 0; set < sets; set++) {
    sum.fill(0);
    for (let i = 0; i < size; i++) {
      const cell = members[set * size + i]!;
      for (let d = 0; d < dims; d++) sum[d]! += slide.pos.data[cell * dims + d]!;
      for (let g = 0; g < genes; g++) sum[dims + g]! += slide.x.data[cell * genes + g]!;
    }
    for (let j = 0; j < width; j++) data[set * width + j] = (sum[j]! / size) * (j < dims ? 1 - lambda : lambda);
  }
  return hostArray(data, [sets, width]);
}
