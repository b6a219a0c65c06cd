import {
  greyOf,
  type HostArray,
  hostArray,
  labelComponents,
  type LabelImage,
  neighboursOf,
  otsuThreshold,
  splitTouching,
} from "../../../core/mod.ts";
import { nucleusMask, type NucleusOptions } from "../nuclei.ts";
import { centroidsOf, neighbourDistances } from "./nucleus_graph.ts";

/** How nuclei of real images are found and compared. */
export interface WindowOptions extends NucleusOptions {
  /** Tops of the distance to the background nearer than this are one nucleus, in pixels. */
  readonly split: number;
  /** Nuclei of an image that are compared, the first ones; the rest is left out (N). */
  readonly most: number;
  /** Pixels that a nucleus may grow by. */
  readonly reach: number;
  /** Neighbours whose distances are compared. */
  readonly neighbours: number;
}

/** Where the nuclei of real images are, for images of the same places. */
export interface NucleusWindows {
  /** 1 where a pixel may belong to a nucleus, `[B, N, H W]`. */
  readonly windows: HostArray;
  /** 1 for nuclei, 0 for padding, `[B, N]`. */
  readonly present: HostArray;
  /** Share of each neighbour in its nucleus, `[B, N, N]`. */
  readonly edges: HostArray;
  /** Otsu's threshold of each image as a share of white, `[B, 1]`. */
  readonly threshold: HostArray;
}

/** Labels grown into the background, one pixel at a time; where two meet, the smaller number stays. */
function grown(image: LabelImage, reach: number): LabelImage {
  let labels = image.labels;
  for (let i = 0; i < reach; i++) {
    const before = labels;
    labels = before.map((label, at) => {
      if (label !== 0) return label;
      const near = neighboursOf(at, image.height, image.width, 4).map((next) => before[next]!).filter((l) => l > 0);
      return near.length === 0 ? 0 : Math.min(...near);
    });
  }
  return { ...image, labels };
}

/**
 * Find the nuclei of real images (Otsu's threshold and a watershed, unless masks say where they are) and the places around
 * them.
 *
 * @param images Images, `[B, H, W, C]`, values in [0, 1].
 * @param options How nuclei are found.
 * @param masks Nuclei of each image, numbered from 1 on, if they are known.
 * @returns Host arrays for `segmentationLoss`.
 */
export function nucleusWindows(
  { data, shape }: HostArray,
  options: WindowOptions,
  masks?: readonly LabelImage[],
): NucleusWindows {
  const [images, height, width, channels] = shape as [number, number, number, number];
  const { most, neighbours } = options;
  const size = height * width * channels;
  const windows = new Float32Array(images * most * height * width);
  const present = new Float32Array(images * most);
  const edges = new Float32Array(images * most * most);
  const threshold = new Float32Array(images);
  for (let b = 0; b < images; b++) {
    const image = hostArray(data.subarray(b * size, (b + 1) * size), [height, width, channels]);
    threshold[b] = otsuThreshold(greyOf(image, options.channel).values) / 255;
    const split = masks?.[b] ?? splitTouching(labelComponents(nucleusMask(image, options), 8), options.split);
    const kept = { ...split, labels: split.labels.map((label) => label <= most ? label : 0) };
    const places = centroidsOf(kept);
    const distances = neighbourDistances(places, neighbours);
    places.forEach((_, i) => {
      present[b * most + i] = 1;
      const row = distances.subarray(i * places.length, (i + 1) * places.length);
      const count = Math.max(1, row.filter((distance) => distance > 0).length);
      row.forEach((distance, j) => edges[(b * most + i) * most + j] = distance > 0 ? 1 / count : 0);
    });
    grown(kept, options.reach).labels.forEach((label, at) => {
      if (label > 0) windows[(b * most + label - 1) * height * width + at] = 1;
    });
  }
  return {
    windows: hostArray(windows, [images, most, height * width]),
    present: hostArray(present, [images, most]),
    edges: hostArray(edges, [images, most, most]),
    threshold: hostArray(threshold, [images, 1]),
  };
}
