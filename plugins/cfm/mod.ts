/**
 * Conditional flow matching on any table of cells: the baseline for the other methods, and the smallest plugin.
 *
 * Lipman, Chen, Ben-Hamu, Nickel, Le, "Flow Matching for Generative Modeling", ICLR 2023, arXiv 2210.02747. Pairing noise
 * with data by transport: Tong et al., "Improving and generalizing flow-based generative models with minibatch optimal
 * transport", TMLR 2024, arXiv 2302.00482.
 *
 * @module
 */
import { checkChoice, checkNumber, checkWhole, type Plugin, STAGE_CONDITIONINGS } from "../../core/mod.ts";
import { CFM_DEFAULTS, type CfmConfig } from "./method.ts";
import { buildCfm } from "./model.ts";

export * from "./conditions.ts";
export * from "./method.ts";
export * from "./model.ts";
export * from "./network.ts";
export * from "./path_times.ts";
export * from "./rows.ts";
export * from "./stages.ts";
export * from "./table.ts";

function check(config: CfmConfig): readonly string[] {
  const { batch, network, sampling, epsilon } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  return [
    ...checkChoice(key("coupling"), config.coupling, ["independent", "exact", "sinkhorn"]),
    ...checkChoice(key("stageConditioning"), config.stageConditioning, STAGE_CONDITIONINGS),
    ...checkChoice(key("sampling.solver"), sampling.solver, ["euler", "heun", "dopri5"]),
    ...checkWhole(key("batch"), batch, 1),
    ...checkWhole(key("network.hidden"), network.hidden, 1),
    ...checkWhole(key("network.layers"), network.layers, 1),
    ...checkWhole(key("network.timeDim"), network.timeDim, 4),
    ...checkNumber(key("network.timeDim"), network.timeDim, (v) => v % 2 === 0, "an even number"),
    ...checkWhole(key("network.conditionDim"), network.conditionDim, 1),
    ...checkWhole(key("sampling.points"), sampling.points, 2),
    ...sampling.controls.flatMap((points) => checkWhole(key("sampling.controls"), points, 2)),
    ...checkWhole(key("sampling.cells"), sampling.cells, 2),
    ...checkNumber(key("epsilon"), epsilon, (v) => v > 0, "a positive number"),
  ];
}

/** The conditional flow matching plugin. */
export const plugin: Plugin<CfmConfig> = Object.freeze({
  name: "cfm",
  contract: 1,
  paper: {
    title: "Flow Matching for Generative Modeling",
    authors: "Lipman Y., Chen R. T. Q., Ben-Hamu H., Nickel M., Le M.",
    year: 2023,
    venue: "ICLR 2023",
    url: "https://arxiv.org/abs/2210.02747",
  },
  defaults: CFM_DEFAULTS,
  check,
  build: buildCfm,
});
