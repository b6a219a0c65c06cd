import type { Data, Figure, Trained } from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import { imputationFigures } from "./figures/genes.ts";
import { annotationMaps, clusterMaps, componentMaps } from "./figures/maps.ts";
import { retrievalFigure } from "./figures/retrieval.ts";
import { styleOf } from "./figures/style.ts";
import type { GenePanel } from "./panel.ts";
import type { SpatiaEncoderSamples } from "./samples.ts";
import type { TaskResults } from "./tasks/results.ts";

/** What figures need besides samples. */
export interface FigureSetting {
  /** Configuration. */
  readonly config: SpatiaEncoderConfig;
  /** Genes. */
  readonly panel: GenePanel;
}

function geneNames({ panel }: FigureSetting, { spec }: Data): readonly string[] {
  const { names } = spec.parts["x"]!;
  return Array.from(panel.hidden.data, (column) => names?.[column] ?? `gene_${column}`);
}

/**
 * Draw the embedding where its cells lie, what is told of them, hidden genes and images that are found.
 *
 * @param samples Embeddings.
 * @param results What the tasks found.
 * @param setting Configuration and genes.
 * @param trained Data and stream.
 * @returns Figures in the order of the report.
 */
export async function spatiaEncoderFigures(
  samples: SpatiaEncoderSamples,
  results: TaskResults,
  setting: FigureSetting,
  { data, rng }: Pick<Trained, "data" | "rng">,
): Promise<readonly Figure[]> {
  const style = styleOf(data);
  return [
    componentMaps(samples, style),
    ...annotationMaps(samples, results, style),
    ...clusterMaps(samples, results, style, rng.fold("figures")),
    ...imputationFigures(samples, results, geneNames(setting, data), style),
    ...await retrievalFigure(samples, results, setting.config, data),
  ];
}
