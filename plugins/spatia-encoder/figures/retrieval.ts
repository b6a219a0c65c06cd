import {
  type Data,
  type Figure,
  type HostArray,
  hostArray,
  imageGrid,
  type PartSpec,
  readPart,
  takeRows,
  withColourKey,
} from "../../../core/mod.ts";
import type { SpatiaEncoderConfig } from "../config.ts";
import type { SpatiaEncoderSamples } from "../samples.ts";
import { OWN } from "../tasks/representations.ts";
import type { TaskResults } from "../tasks/results.ts";
import { heading, SECTIONS } from "./style.ts";

/** Cells that search, and images that each finds. */
const [CELLS, HITS] = [6, 5];

/**
 * Draw images that cells find by their counts.
 *
 * @param samples Sections.
 * @param results What the tasks found.
 * @param config Which part holds the images.
 * @param data The data set, which has the images as they are.
 * @returns The figure; none without images and counts.
 */
export async function retrievalFigure(
  { sections }: SpatiaEncoderSamples,
  { genesToImage, candidates, split }: TaskResults,
  { images }: SpatiaEncoderConfig,
  data: Data,
): Promise<readonly Figure[]> {
  const part: PartSpec = data.spec.parts[images.part] ?? { shape: [], unit: "" };
  const { shape, unit } = part;
  const found = genesToImage[OWN];
  if (found === undefined || shape.length !== 3) return [];
  const white = /255/.test(unit) ? 255 : 1;
  const size = shape.reduce((a, b) => a * b, 1);
  const frames = [];
  for (const [at, i] of split.measured.slice(0, SECTIONS).entries()) {
    const section = sections[i]!;
    const { rank } = found.sections[at]!;
    // From the best to the worst found, evenly.
    const order = [...rank.keys()].sort((a, b) => rank[a]! - rank[b]!);
    const shown = Array.from(
      { length: Math.min(CELLS, order.length) },
      (_, n, all = Math.min(CELLS, order.length)) => order[Math.floor(n * (order.length - 1) / Math.max(1, all - 1))]!,
    );
    const source = data.sections.find(({ name }) => name === section.name)!;
    const rows = [];
    for (const cell of shown) {
      const best = nearestImages(found.queries[at]!, found.keys[at]!, cell, candidates[at]![cell]!);
      const read = await readPart(source, images.part, Int32Array.of(cell, ...best));
      const one = (n: number): HostArray =>
        hostArray(read.data.slice(n * size, (n + 1) * size).map((value) => value / white), shape);
      rows.push({
        label: `rank ${rank[cell]! + 1}`,
        images: Array.from({ length: 1 + best.length }, (_, n) => one(n)),
      });
    }
    frames.push({
      label: heading(section),
      svg: imageGrid({
        title: `Images found by expression in ${section.name}`,
        rows,
        columns: ["its own", ...Array.from({ length: HITS }, (_, n) => `${n + 1}.`)],
      }),
    });
  }
  return [{
    id: "retrieval",
    title: "Images found by expression",
    caption: withColourKey(
      `Left: image of a cell. Right: the images that its counts find first, by what ridge regression predicts of the image's embedding, among ${
        1 + (candidates[0]?.[0]?.length ?? 0)
      } cells of the held-out section. Lines run from the cell that is found best to the worst, with the rank of its own image.`,
      part,
    ),
    frames,
  }];
}

/** Candidates whose image is most like what a cell's counts predict, the cell's own among them. */
function nearestImages(queries: HostArray, keys: HostArray, cell: number, others: Int32Array): Int32Array {
  const rows = Int32Array.of(cell, ...others);
  const query = takeRows(queries, [cell]).data;
  const likeness = Float64Array.from(rows, (row) => {
    const key = takeRows(keys, [row]).data;
    const [product, squares] = key.reduce(([p, s], value, j) => [p! + value * query[j]!, s! + value * value], [0, 0]);
    return product! / Math.sqrt(squares! || 1);
  });
  return Int32Array.from(
    [...rows.keys()].sort((a, b) => likeness[b]! - likeness[a]!).slice(0, HITS),
    (at) => rows[at]!,
  );
}
