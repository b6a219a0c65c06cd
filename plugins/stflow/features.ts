import {
  type ColumnStats,
  columnStats,
  concatRows,
  type HostArray,
  hostArray,
  type Prepared,
  standardize,
  type Tree,
} from "../../core/mod.ts";
import type { RawSlide, Slide } from "./slides.ts";

/** Put matrices side by side. */
function beside(matrices: readonly HostArray[]): HostArray | undefined {
  if (matrices.length <= 1) return matrices[0];
  const rows = matrices[0]!.shape[0]!;
  const width = matrices.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const out = new Float32Array(rows * width);
  let from = 0;
  for (const { data, shape } of matrices) {
    const own = shape[1]!;
    for (let i = 0; i < rows; i++) out.set(data.subarray(i * own, (i + 1) * own), i * width + from);
    from += own;
  }
  return hostArray(out, [rows, width]);
}

/** How the columns of one image are scaled: by fixed statistics, or by those of the slide. */
export type ImageScaling = ColumnStats | "slide";

/**
 * Fit how image features are scaled.
 *
 * @param names Names of the images, in the order of `RawSlide.given`.
 * @param training Training slides.
 * @param scaled Which are z-scored by the training spots; the others stay as they are.
 * @returns Mean and standard deviation of each column, to be kept with the run.
 */
export function fitScalings(
  names: readonly string[],
  training: readonly RawSlide[],
  scaled: (name: string) => boolean,
): Tree<HostArray> {
  return names.map((name, i) => {
    const width = training[0]!.given[i]!.shape[1]!;
    const { mean, std } = scaled(name)
      ? columnStats(concatRows(training.map(({ given }) => given[i]!)))
      : { mean: new Float64Array(width), std: new Float64Array(width).fill(1) };
    return {
      mean: hostArray(Float32Array.from(mean), [width]),
      std: hostArray(Float32Array.from(std), [width]),
    };
  });
}

/**
 * Read back what {@linkcode fitScalings} made.
 *
 * @param prepared What was prepared.
 * @param names Names of the images.
 * @returns Statistics of the columns of each.
 * @throws {TypeError} If it was not prepared for these images.
 */
export function scalingsOf(prepared: Prepared, names: readonly string[]): readonly ColumnStats[] {
  if (names.length === 0) return [];
  const kept = prepared["images"] as readonly Readonly<Record<string, HostArray>>[] | undefined;
  if (kept?.length !== names.length) {
    throw new TypeError(
      `Cannot scale image features ${names.join(", ")}: they were not prepared; give build() what prepare() returned`,
    );
  }
  return kept.map(({ mean, std }) => ({ mean: Float64Array.from(mean!.data), std: Float64Array.from(std!.data) }));
}

/**
 * A slide as the network sees it: image features scaled and side by side.
 *
 * @param raw The slide as it was read.
 * @param scalings How each image is scaled.
 * @returns The slide.
 */
export function seenSlide({ given, ...slide }: RawSlide, scalings: readonly ImageScaling[]): Slide {
  const scaled = given.map((values, i) => {
    const by = scalings[i]!;
    return standardize(values, by === "slide" ? columnStats(values) : by);
  });
  const features = beside(scaled);
  return Object.freeze({ ...slide, ...(features === undefined ? {} : { features }) });
}
