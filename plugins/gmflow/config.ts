import { checkChoice, checkNumber, checkWhole, STAGE_CONDITIONINGS, type StageConditioning } from "../../core/mod.ts";

/** Configuration of GMFlow on the stages of a data set. */
export interface GmFlowConfig {
  /** Components of the mixture (K). */
  readonly components: number;
  /** How a stage conditions the network, and what stands for one that was never trained. */
  readonly stageConditioning: StageConditioning;
  /** Share of the rows that are trained without a stage; guidance needs some. */
  readonly conditionDropout: number;
  /** What the likelihood is of. */
  readonly loss: {
    /** `velocity` (the paper) or `transition` (the authors' full trainer). */
    readonly kind: "velocity" | "transition";
    /** Of `transition`: how far down the lower noise level lies, as a share of the higher one; 1 is the clean cell. */
    readonly ratio: number;
  };
  /** Noise levels of training. */
  readonly times: {
    /** `uniform`, or the sigmoid of a standard normal. */
    readonly kind: "uniform" | "logit-normal";
    /** Above 1 moves levels towards noise. */
    readonly shift: number;
  };
  /** Rows per batch. */
  readonly batch: number;
  /** Whether each cell or each stage is equally likely. */
  readonly draw: "cells" | "stages";
  /** Label that types generated cells in the report; empty takes the first one, if there is any. */
  readonly label: string;
  /** Sizes of the network. */
  readonly network: {
    /** Hidden width. */
    readonly hidden: number;
    /** Hidden layers. */
    readonly layers: number;
    /** Width of the time embedding, even. */
    readonly timeDim: number;
    /** Width of the stage embedding. */
    readonly conditionDim: number;
    /** Whether a linear map leads from the features to every read-out. */
    readonly skip: boolean;
  };
  /** How cells are drawn. */
  readonly sampling: {
    /** `ode`: sub-steps in closed form. `sde`: one stochastic step per network call. */
    readonly solver: "ode" | "sde";
    /** Network calls n. */
    readonly steps: number;
    /** Steps m per network call; 1 for `sde`. */
    readonly substeps: number;
    /** 2 corrects each mixture by the one before. */
    readonly order: number;
    /** Guidance scale g in [0, 1); 0 is none. */
    readonly guidance: number;
    /** Share of the guidance along the mean that is taken out. */
    readonly orthogonal: number;
    /** Inverse temperature. */
    readonly power: number;
    /** Above 1 spends more steps at high noise. */
    readonly shift: number;
    /** Cells per stage. */
    readonly cells: number;
    /** Further draws of the same network that are measured beside: `STEPSxSUBSTEPS`, for example `"16x1"`. */
    readonly controls: readonly string[];
  };
}

/** The paper's network and sampler. */
export const GMFLOW_DEFAULTS: GmFlowConfig = {
  components: 8,
  stageConditioning: "interp",
  conditionDropout: 0,
  loss: { kind: "velocity", ratio: 0.9 },
  times: { kind: "uniform", shift: 1 },
  batch: 1024,
  draw: "cells",
  label: "",
  network: { hidden: 16, layers: 2, timeDim: 16, conditionDim: 16, skip: false },
  sampling: {
    solver: "ode",
    steps: 16,
    substeps: 16,
    order: 1,
    guidance: 0,
    orthogonal: 1,
    power: 1,
    shift: 1,
    cells: 5000,
    controls: ["16x1"],
  },
};

/** A grid of steps: n network calls with m steps each. */
export interface StepGrid {
  /** Network calls. */
  readonly steps: number;
  /** Steps per network call. */
  readonly substeps: number;
}

/**
 * Read a grid of steps.
 *
 * @param text For example `"16x1"`.
 * @returns The grid; absent if the text is none.
 */
export function parseGrid(text: string): StepGrid | undefined {
  const found = /^([1-9]\d*)x([1-9]\d*)$/.exec(text);
  return found === null ? undefined : { steps: Number(found[1]), substeps: Number(found[2]) };
}

/**
 * Check a configuration of GMFlow.
 *
 * @param config Merged configuration.
 * @returns One message per problem.
 */
export function checkGmFlow(config: GmFlowConfig): readonly string[] {
  const { loss, times, network, sampling } = config;
  const key = (name: string): string => `plugin.config.${name}`;
  const whole: readonly (readonly [name: string, value: number, least: number])[] = [
    ["components", config.components, 1],
    ["batch", config.batch, 1],
    ["network.hidden", network.hidden, 1],
    ["network.layers", network.layers, 1],
    ["network.timeDim", network.timeDim, 4],
    ["network.conditionDim", network.conditionDim, 1],
    ["sampling.steps", sampling.steps, 1],
    ["sampling.substeps", sampling.substeps, 1],
    ["sampling.cells", sampling.cells, 2],
  ];
  const grids = sampling.controls.filter((text) => parseGrid(text) === undefined);
  return [
    ...checkChoice(key("stageConditioning"), config.stageConditioning, STAGE_CONDITIONINGS),
    ...checkChoice(key("loss.kind"), loss.kind, ["velocity", "transition"]),
    ...checkChoice(key("times.kind"), times.kind, ["uniform", "logit-normal"]),
    ...checkChoice(key("draw"), config.draw, ["cells", "stages"]),
    ...checkChoice(key("sampling.solver"), sampling.solver, ["ode", "sde"]),
    ...whole.flatMap(([name, value, least]) => checkWhole(key(name), value, least)),
    ...checkNumber(key("network.timeDim"), network.timeDim, (v) => v % 2 === 0, "an even number"),
    ...checkNumber(
      key("conditionDropout"),
      config.conditionDropout,
      (v) => v >= 0 && v < 1,
      "a number from 0 to below 1",
    ),
    ...checkNumber(key("loss.ratio"), loss.ratio, (v) => v > 0 && v <= 1, "a number above 0 up to 1"),
    ...checkNumber(key("times.shift"), times.shift, (v) => v > 0, "a positive number"),
    ...checkNumber(key("sampling.shift"), sampling.shift, (v) => v > 0, "a positive number"),
    ...checkNumber(key("sampling.power"), sampling.power, (v) => v > 0, "a positive number"),
    ...checkNumber(key("sampling.order"), sampling.order, (v) => v === 1 || v === 2, "1 or 2"),
    ...checkNumber(key("sampling.orthogonal"), sampling.orthogonal, (v) => v >= 0 && v <= 1, "a number from 0 to 1"),
    ...checkNumber(key("sampling.guidance"), sampling.guidance, (v) => v >= 0 && v < 1, "a number from 0 to below 1"),
    ...(sampling.guidance > 0 && config.conditionDropout === 0
      ? [`${key("sampling.guidance")} is ${sampling.guidance}, which needs ${key("conditionDropout")} above 0`]
      : []),
    ...(sampling.solver === "sde" && sampling.substeps !== 1
      ? [`${key("sampling.substeps")} is ${sampling.substeps}, expected 1 with the solver "sde"`]
      : []),
    ...grids.map((text) => `${key("sampling.controls")} has "${text}", expected STEPSxSUBSTEPS like "16x1"`),
  ];
}
