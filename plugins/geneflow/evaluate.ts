import {
  breathe,
  DataError,
  type HostArray,
  type LabelImage,
  type Metric,
  regionShapes,
  type Trained,
} from "../../core/mod.ts";
import type { GeneFlowConfig } from "./config.ts";
import { frechetMetric, kernelMetric, pairedMetric, type VectorSets } from "./evaluation/distances.ts";
import { embeddingMetrics, embeddingsOf } from "./evaluation/embeddings.ts";
import { pixelMetrics } from "./evaluation/pixels.ts";
import { imageAt, scrambled } from "./evaluation/references.ts";
import { mapAll, mapSets, type Sets } from "./evaluation/sets.ts";
import { similarityMetrics } from "./evaluation/similarities.ts";
import {
  FEATURE_KINDS,
  type FeatureKind,
  measurePicture,
  type PictureMeasures,
  standardizedFeatures,
  standardOf,
} from "./features.ts";
import type { GeneFlowHooks, NucleusSegmenter } from "./hooks.ts";
import { readMasks } from "./masks.ts";
import type { NucleusOptions } from "./nuclei.ts";
import type { PictureSamples } from "./samples.ts";

/** Images between pauses of the measuring. */
const PAUSE = 32;

type Measures = readonly PictureMeasures[];

/** Nuclei of images by the segmentation that the user brings. */
async function segmented(images: HostArray, segment: NucleusSegmenter): Promise<readonly LabelImage[]> {
  const found = await segment(images);
  const [count, height, width] = images.shape;
  const odd = found.find((image) => image.height !== height || image.width !== width);
  if (found.length === count && odd === undefined) return found;
  const made = odd === undefined ? `${found.length} label images` : `a label image of [${odd.height}, ${odd.width}]`;
  throw new DataError(
    `Cannot use this segmentation of nuclei: it made ${made} of images of shape [${images.shape}], expected one label ` +
      "image each, of their size",
  );
}

async function measureAll(images: HostArray, options: NucleusOptions, { segment }: GeneFlowHooks): Promise<Measures> {
  const out: PictureMeasures[] = [];
  const found = segment === undefined ? undefined : await segmented(images, segment);
  for (let i = 0; i < images.shape[0]!; i++) {
    const image = imageAt(images, i);
    out.push(measurePicture(image, options, found?.[i]));
    if (i % PAUSE === 0) await breathe();
  }
  return out;
}

/** Hand-made features of each set in standard deviations of the real images. */
function handmade(sets: Sets<Measures>, kinds: readonly FeatureKind[]): VectorSets {
  const standard = standardOf(sets.real, kinds);
  return mapSets(sets, (pictures) => standardizedFeatures(pictures, kinds, standard));
}

function handmadeMetrics(sets: Sets<Measures>): readonly Metric[] {
  const all = handmade(sets, FEATURE_KINDS);
  const scaled = (what: string): string => `${what}, each in standard deviations of the real images`;
  return [
    frechetMetric({
      name: "fd-handcrafted",
      what: scaled("hand-made features (colour, texture, nuclei; no network)"),
    }, all),
    frechetMetric({ name: "fd-colour", what: scaled("colour features") }, handmade(sets, ["colour"])),
    frechetMetric({ name: "fd-texture", what: scaled("texture features") }, handmade(sets, ["texture"])),
    kernelMetric({ name: "kernel-distance", what: "the hand-made features" }, all),
    pairedMetric({ name: "paired-feature-distance", what: "the hand-made features" }, all),
  ];
}

/**
 * Nuclei of real images where the data say they are, for shapes alone; what the segmentation makes of the same images
 * stands beside it.
 */
async function withMasks(
  sets: Sets<Measures>,
  { rows, trainingRows }: PictureSamples,
  config: GeneFlowConfig,
  { data }: Trained,
): Promise<Sets<Measures>> {
  const [real, training] = [await readMasks(data, config, rows), await readMasks(data, config, trainingRows)];
  if (real === undefined || training === undefined) return sets;
  const known = (pictures: Measures, masks: typeof real): Measures =>
    pictures.map((picture, i) => ({ ...picture, nuclei: regionShapes(masks[i]!) }));
  return {
    generated: sets.generated,
    real: known(sets.real, real),
    references: {
      ...sets.references,
      training: known(sets.references["training"]!, training),
      "segmented again": sets.real,
    },
  };
}

/**
 * Compare drawn with real images: by features, by their nuclei, colours and texture, and pixel by pixel.
 *
 * References: `identity`, one half of the real images against the other; `training` images of other sections, which is what
 * a perfect generator could reach if sections did not differ; `scrambled` pixels; for pairs `exchanged` drawn images, which
 * tells whether an image is driven by its own cells, and the `mean image`. Where the data carry masks of nuclei, shapes of
 * the real images are theirs, and `segmented again` is what the segmentation of the drawn images makes of the real ones.
 *
 * @param samples Real and drawn images.
 * @param config The method's configuration.
 * @param trained Data, stream, progress and notes.
 * @param hooks Networks and segmentation that the user brings.
 * @returns Metrics in the order of the report.
 */
export async function evaluatePictures(
  samples: PictureSamples,
  config: GeneFlowConfig,
  trained: Trained,
  hooks: GeneFlowHooks = {},
): Promise<readonly Metric[]> {
  const { real, generated, training, heldOut } = samples;
  if (!heldOut) trained.note("no section is held out: the metrics compare with images that were trained on");
  const noise = scrambled(real, trained.rng.fold("scrambled"));
  const images: Sets<HostArray> = { generated, real, references: { training, scrambled: noise } };
  const { stain, masks: _, ...rest } = config.nuclei;
  trained.progress(0, 2, "measuring images");
  const measured = await mapAll(images, (set) => measureAll(set, { ...rest, nuclei: stain }, hooks));
  const embedded: Metric[] = [];
  for (const [name, network] of Object.entries(hooks.features ?? {})) {
    trained.progress(1, 2, `features of ${name}`);
    embedded.push(...embeddingMetrics(name, await mapAll(images, (set) => embeddingsOf(name, network, set))));
  }
  return [
    ...embedded,
    ...handmadeMetrics(measured),
    ...similarityMetrics(await withMasks(measured, samples, config, trained)),
    ...pixelMetrics({ real, generated, training, scrambled: noise }),
  ];
}
