import type { Study, StudyRun } from "./experiment.ts";

const MODELS = ["nicheflow", "rpcflow", "spflow"] as const;
const OBJECTIVES = ["glvfm", "cfm", "gvfm"] as const;
const SEEDS = [1, 2, 3] as const;

/**
 * Equal budget: every model sees about as many target cells per step (11 niches of about 94 cells, or one cloud of 1,024),
 * for as many steps. Coordinate noise has the extent of what a model generates: a niche, or the whole section.
 */
const SETTINGS: Readonly<Record<(typeof MODELS)[number], readonly string[]>> = {
  nicheflow: ["plugin.config.regions.pairs=11"],
  rpcflow: ["plugin.config.prior.positionStd=1"],
  spflow: ["plugin.config.prior.positionStd=1"],
};

function runs(): StudyRun[] {
  return MODELS.flatMap((model) =>
    OBJECTIVES.flatMap((objective) =>
      (objective === "glvfm" ? SEEDS : SEEDS.slice(0, 1)).map((seed) => ({
        name: `${model} ${objective}`,
        set: [`plugin.config.model=${model}`, `plugin.config.objective.kind=${objective}`, ...SETTINGS[model]],
        seed,
      }))
    )
  );
}

/** The three models of the paper with their three objectives on the data of `nicheflow-med`. */
export const nicheflowLadder: Study = {
  name: "nicheflow-ladder",
  description: "All nine NicheFlow configurations side by side: 15 resumable runs and a table",
  experiment: "nicheflow-med",
  runs: runs(),
};
