import { type Figure, heatMap, stageFigures, type StageFiguresOptions } from "../../core/mod.ts";
import type { GmFlowConfig } from "./config.ts";
import type { GmSamples } from "./samples.ts";
import { noiseLevels } from "./transitions.ts";

/** Which components are used along the way from noise to cell. */
function componentUse({ weights, stages }: GmSamples, { sampling, components }: GmFlowConfig): Figure {
  const levels = noiseLevels(sampling.steps, sampling.shift).slice(0, sampling.steps);
  return {
    id: "components",
    title: "Components used at each step",
    caption:
      `Mean weight of each mixture component over cells of ${
        stages[0]!.stage.name
      } on their way from noise (noise level ` +
      "1) to data; a row sums to 1. Components are not tied to cell types.",
    frames: [{
      label: "",
      svg: heatMap({
        title: "Mean weight of components",
        rows: levels.map((level) => `noise ${level.toFixed(3)}`),
        columns: Array.from({ length: components }, (_, k) => `${k + 1}`),
        values: weights,
        rowLabel: "step",
        columnLabel: "component",
      }),
    }],
  };
}

/**
 * Draw the method's figures.
 *
 * @param samples What was generated.
 * @param options Data, label and stream.
 * @param config The method's configuration.
 * @returns Figures in the order of the report.
 */
export function gmFigures(
  samples: GmSamples,
  options: Omit<StageFiguresOptions, "trained">,
  config: GmFlowConfig,
): readonly Figure[] {
  return [
    ...stageFigures(samples.stages, { ...options, trained: samples.trained }),
    componentUse(samples, config),
  ];
}
