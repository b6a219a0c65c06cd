import type { Experiment } from "./experiment.ts";

/**
 * STFlow on a task of HEST-Bench, one fold a run: `--data` names the folder of the task (IDC, PRAD, PAAD, SKCM, COAD, READ,
 * CCRCC, HCC, LUNG, LYMPH_IDC), `dataset.config.fold` the fold. The paper's numbers stand beside, labelled. Features of a
 * pathology model, as the paper has them: `dataset.config.embeddings=uni_v1/fp32` and `plugin.config.images=["features"]`.
 *
 * `paper`: the network and training of the paper's text, parameters chosen on kept-out spots. `release`: the authors'
 * program, with its time grid, its order of slides and the choice of parameters on the test slides; for comparison with
 * the published numbers alone.
 */
export const stflowHest: Experiment = {
  name: "stflow-hest",
  description: "STFlow on a task of HEST-Bench (yours with --data FOLDER), beside baselines and the paper's numbers",
  plugin: "stflow",
  dataset: "hest-bench",
  settings: {
    plugin: { images: ["statistics", "thumbnail"] },
    train: { steps: 2000, lr: 5e-4, weightDecay: 0, clipNorm: 1, checkpointEvery: 100 },
  },
  preset: "paper",
  presets: {
    paper: { plugin: { selectOn: "validation", coordinates: "spacing" } },
    release: { plugin: { selectOn: "test", regions: { shuffle: false }, sampling: { grid: "release", draws: 1 } } },
  },
};
