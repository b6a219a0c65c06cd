import { type HostArray, hostArray, intTensor, kNearest, type Rng, takeRows, tensor } from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import type { NicheInputs } from "./context.ts";
import { TURNS } from "./image_layout.ts";
import type { SpatiaSection } from "./sections.ts";

/** Cells of some regions of a section. */
export interface RegionCells {
  /** The section. */
  readonly section: SpatiaSection;
  /** Rows of the cells. */
  readonly rows: Int32Array;
  /** Region of each. */
  readonly region: Int32Array;
}

/**
 * Draw the cells of a batch: regions of neighbouring cells around random ones; where regions overlap, cells belong to the
 * first.
 *
 * @param section The section.
 * @param regions How many, and how large.
 * @param rng Stream.
 * @returns The cells.
 */
export function drawRegions(
  section: SpatiaSection,
  { count, cells }: SpatiaEncoderConfig["regions"],
  rng: Rng,
): RegionCells {
  const centres = rng.host.choice(section.rows, Math.min(count, section.rows));
  const size = Math.min(cells, section.rows);
  const { index } = kNearest(section.places, takeRows(section.places, centres), size);
  const regionOf = new Map<number, number>();
  index.forEach((row, at) => {
    if (!regionOf.has(row)) regionOf.set(row, Math.floor(at / size));
  });
  return { section, rows: Int32Array.from(regionOf.keys()), region: Int32Array.from(regionOf.values()) };
}

/** Which cells of a batch have what; 1 for those that do. */
export interface Presence {
  /** Images. */
  readonly image: Float32Array;
  /** Counts. */
  readonly genes: Float32Array;
}

/**
 * Draw which regions lose their images or their counts; none loses both, and with a single modality none loses it.
 *
 * @param region Region of each cell.
 * @param config Modalities and probabilities.
 * @param rng Stream.
 * @returns What each cell has.
 */
export function drawPresence(
  region: Int32Array,
  { modalities, masking: { dropImage, dropGenes } }: Pick<SpatiaEncoderConfig, "modalities" | "masking">,
  rng: Rng,
): Presence {
  const both = modalities.length > 1;
  const draws = rng.host.uniform(1 + region.reduce((most, at) => Math.max(most, at), 0));
  const has = (gone: (draw: number) => boolean): Float32Array =>
    Float32Array.from(region, (at) => Number(!(both && gone(draws[at]!))));
  return {
    image: has((draw) => draw < dropImage),
    genes: has((draw) => draw >= dropImage && draw < dropImage + dropGenes),
  };
}

/**
 * Turn or mirror places around the middle of the section.
 *
 * @param places Places, `[n, 2]`.
 * @param turn Number of the turn.
 * @returns Places, `[n, 2]`.
 */
export function turnedPlaces({ data, shape }: HostArray, turn: number): HostArray {
  const [xx, xy, yx, yy] = TURNS[turn]!;
  const out = Float32Array.from(data, (_, at) => {
    const [x, y] = [data[at - at % 2]!, data[at - at % 2 + 1]!];
    return at % 2 === 0 ? xx * x + xy * y : yx * x + yy * y;
  });
  return hostArray(out, shape);
}

/**
 * Upload the niches of some cells as rows among these cells; neighbours that are not among them are not seen.
 *
 * @param section The section.
 * @param rows Rows of the cells, each once.
 * @param places Places of the cells, `[B, 2]`, perhaps turned.
 * @returns Tensors that the caller owns.
 */
export function nichesWithin({ niches }: SpatiaSection, rows: Int32Array, places: HostArray): NicheInputs {
  const { index, seen, size } = niches;
  const among = new Map(Array.from(rows, (row, at) => [row, at]));
  const own = new Int32Array(rows.length * size);
  const there = new Float32Array(own.length);
  const offsets = new Float32Array(2 * own.length);
  rows.forEach((row, i) => {
    for (let j = 0; j < size; j++) {
      const [from, to] = [row * size + j, i * size + j];
      const at = among.get(index[from]!);
      own[to] = at ?? i;
      there[to] = at === undefined ? 0 : seen[from]!;
      for (const axis of [0, 1]) {
        offsets[2 * to + axis] = places.data[2 * own[to]! + axis]! - places.data[2 * i + axis]!;
      }
    }
  });
  return {
    index: intTensor(own),
    seen: tensor(there, [rows.length, size]),
    offsets: tensor(offsets, [own.length, 2]),
  };
}
