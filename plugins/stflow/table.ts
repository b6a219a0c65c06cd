import { type AnnData, concatRows, type Data, formatCitation, pearsonByColumn } from "../../core/mod.ts";
import type { PredictedSlide, SampleSetting } from "./samples.ts";

/**
 * What was predicted as one table: mean prediction in X, measured values and spread over draws as layers, correlation of
 * each gene over all spots in `var/pearson`.
 *
 * @param slides Predicted slides.
 * @param setting Configuration and genes.
 * @param data The data set.
 * @returns The table.
 */
export function predictionTable(
  slides: readonly PredictedSlide[],
  { config, genes }: Pick<SampleSetting, "config" | "genes">,
  data: Data,
): AnnData {
  const X = concatRows(slides.map(({ mean }) => mean));
  const measured = concatRows(slides.map(({ slide }) => slide.y));
  const codes = Int32Array.from(slides.flatMap(({ mean }, i) => Array<number>(mean.shape[0]!).fill(i)));
  const baselines = Object.keys(slides[0]!.baselines);
  return {
    obs: {
      index: slides.flatMap(({ slide, mean }) =>
        Array.from({ length: mean.shape[0]! }, (_, i) => `${slide.name}_${i}`)
      ),
      columns: {
        slide: { kind: "categorical", codes, categories: slides.map(({ slide }) => slide.name), ordered: false },
      },
    },
    var: { index: genes, columns: { pearson: pearsonByColumn(X, measured) } },
    X,
    layers: {
      measured,
      spread: concatRows(slides.map(({ spread }) => spread)),
      ...Object.fromEntries(
        baselines.map((name) => [name, concatRows(slides.map((slide) => slide.baselines[name]!))]),
      ),
    },
    obsm: { spatial: concatRows(slides.map(({ slide }) => slide.coords)) },
    varm: {},
    obsp: {},
    uns: {
      generated_by: `STFlow, prior ${config.prior.kind}, ${config.sampling.steps} steps, mean of ` +
        `${config.sampling.draws} draws`,
      unit: data.spec.parts["x"]!.unit,
      data: formatCitation(data.citation),
      notes: [...data.notes],
    },
  };
}
