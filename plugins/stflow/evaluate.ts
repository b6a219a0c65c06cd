import {
  concatRows,
  energyScore,
  type HostArray,
  type Metric,
  moransI,
  nearestOthers,
  spearmanByColumn,
  type Trained,
} from "../../core/mod.ts";
import type { PredictedSlide, SampleSetting, StSamples } from "./samples.ts";
import { finiteMean, geneScores, slidePearson } from "./score.ts";

/** Predictions of all slides by one method. */
type Predictions = readonly HostArray[];

/** A score of predictions of all slides. */
type Score = (predicted: Predictions, truth: Predictions) => number;

/** Neighbours over which Moran's I is taken. */
const MORAN = 8;

/** Correlation of each gene over all spots of all slides, averaged over genes: how the paper scores a fold. */
function pooledPearson(predicted: Predictions, truth: Predictions): number {
  return slidePearson(concatRows(predicted), concatRows(truth));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function perSlide(score: (predicted: HostArray, truth: HostArray) => number): Score {
  return (predicted, truth) => mean(predicted.map((values, i) => score(values, truth[i]!)));
}

/**
 * Spatial autocorrelation of each gene.
 *
 * @param values Expression, `[N, G]`.
 * @param coords Places, `[N, 2]`.
 * @returns Moran's I of each gene over the 8 nearest spots; NaN for a gene that is the same everywhere.
 */
export function structureOf(values: HostArray, coords: HostArray): Float64Array {
  const k = Math.min(MORAN, coords.shape[0]! - 1);
  return moransI(values, nearestOthers(coords, k), k);
}

/** Mean difference of Moran's I between prediction and measurement, over genes and slides. */
function structureExcess(slides: readonly PredictedSlide[]): (predicted: Predictions) => number {
  const measured = slides.map(({ slide }) => structureOf(slide.y, slide.coords));
  return (predicted) =>
    mean(predicted.map((values, i) => {
      const own = structureOf(values, slides[i]!.slide.coords);
      return finiteMean(own.map((value, g) => value - measured[i]![g]!)).mean;
    }));
}

/**
 * Measure predictions, with the baselines as anchors.
 *
 * @param samples What was predicted.
 * @param setting Configuration and genes.
 * @param trained Data and notes.
 * @returns Metrics in the order of the report.
 */
export function evaluateSlides(
  { slides, heldOut }: StSamples,
  { genes }: Pick<SampleSetting, "genes">,
  trained: Trained,
): readonly Metric[] {
  if (!heldOut) trained.note("no slide is held out: the metrics compare with spots that were trained on");
  const truth = slides.map(({ slide }) => slide.y);
  const flow = slides.map((slide) => slide.mean);
  const first = slides.map(({ draws }) => draws[0]!);
  const names = Object.keys(slides[0]!.baselines);
  const beside = (score: Score): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, score(slides.map(({ baselines }) => baselines[name]!), truth)]));
  const pearson = perSlide(slidePearson);
  const constant = finiteMean(geneScores(concatRows(flow), concatRows(truth)).pearson).missing;
  if (constant > 0) {
    trained.note(
      `${constant} of ${genes.length} genes are the same in all spots, measured or predicted: no correlation`,
    );
  }
  const spearman = perSlide((a, b) => finiteMean(spearmanByColumn(a, b)).mean);
  const rmse = perSlide((a, b) => Math.sqrt(mean([...geneScores(a, b).squared])));
  const structure = structureExcess(slides);
  return [
    {
      name: "pearson",
      value: pearson(flow, truth),
      better: "higher",
      description: "Pearson correlation of each gene over the spots of a slide, mean over genes, then over slides",
      anchors: beside(pearson),
    },
    {
      name: "pearson-pooled",
      value: pooledPearson(flow, truth),
      better: "higher",
      description: "Pearson correlation of each gene over the spots of all slides together, mean over genes",
      anchors: beside(pooledPearson),
    },
    {
      name: "pearson-single-draw",
      value: pearson(first, truth),
      better: "higher",
      description: "the same as pearson from one draw of the prior, as in the paper, instead of the mean over draws",
      anchors: {},
    },
    ...(slides.length < 2 ? [] : slides.map((slide): Metric => ({
      name: `pearson/${slide.slide.name}`,
      value: slidePearson(slide.mean, slide.slide.y),
      better: "higher",
      description: `Pearson correlation over the spots of ${slide.slide.name}, mean over genes`,
      anchors: Object.fromEntries(names.map((name) => [name, slidePearson(slide.baselines[name]!, slide.slide.y)])),
    }))),
    {
      name: "spearman",
      value: spearman(flow, truth),
      better: "higher",
      description: "Spearman correlation of each gene over the spots of a slide, mean over genes, then over slides",
      anchors: beside(spearman),
    },
    {
      name: "rmse",
      value: rmse(flow, truth),
      better: "lower",
      description: "root mean squared error over spots and genes of a slide, in ln(1 + counts), mean over slides",
      anchors: beside(rmse),
    },
    {
      name: "morans-i-excess",
      value: structure(flow),
      better: "lower",
      description:
        "Moran's I of predicted minus measured expression, mean over genes and slides: how much smoother predictions are",
      anchors: beside((predicted) => structure(predicted)),
    },
    {
      name: "energy-score",
      value: mean(slides.map(({ draws, slide }) => energyScore(draws, slide.y))),
      better: "lower",
      description: "energy score of the draws over all genes of a spot, in ln(1 + counts), mean over spots and slides",
      anchors: beside((predicted) => mean(predicted.map((values, i) => energyScore([values], truth[i]!)))),
    },
  ];
}
