import type { Experiment } from "./experiment.ts";
import { PAPER, SMALL } from "./geneflow_presets.ts";

/**
 * GeneFlow on the Xenium sections of its paper, 256 px images of cells: `--data` names the folder or archive of a section
 * (C1, C2, P1), or with `dataset.config.train` and `dataset.config.test` a folder of several.
 *
 * Images of all cells of a patch: `dataset.config.images=patch`. The paper's folds share pixels:
 * `dataset.config.split=random`; here they are blocks. Tables 3 and 7: `dataset.config.trainTypes` and `testTypes`.
 *
 * `paper`: its network, at 89,200 steps of 96 images (a hundred epochs of C1), one image at a time. `small`: a narrow
 * network for seeing that all goes well.
 */
export const geneflowXenium: Experiment = {
  name: "geneflow-xenium",
  description: "GeneFlow: 256 px H&E of Xenium cells or patches in three folds or across sections; yours with --data",
  plugin: "geneflow",
  dataset: "xenium-skin",
  settings: {},
  preset: "small",
  presets: {
    paper: {
      plugin: { ...PAPER.plugin, batch: 1, sampling: { solver: "dopri5", batch: 1, images: 5000 } },
      train: { ...PAPER.train, steps: 89_200, accumulate: 96 },
    },
    small: {
      plugin: {
        ...SMALL.plugin,
        batch: 2,
        network: { base: 32, multipliers: [1, 2, 2, 2], blocks: 1, recompute: true },
        sampling: { solver: "heun", steps: 10, batch: 2, images: 64 },
      },
      train: { ...SMALL.train, accumulate: 4 },
    },
  },
};
