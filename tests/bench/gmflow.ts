import {
  adamW,
  type Batch,
  type CellCond,
  type Cells,
  constantSchedule,
  createTrainer,
  flowTrainable,
  leaves,
  oneHot,
  ownBatch,
  rng,
  type Tensor,
  tidy,
} from "../../core/mod.ts";
import { GMFLOW_DEFAULTS, type GmFlowConfig, gmMethod } from "../../plugins/gmflow/mod.ts";
import type { Bench, ReadyBench } from "./bench.ts";
import { synchronize } from "./synchronize.ts";

const [CELLS, FEATURES, STAGES] = [4096, 32, 10];

const SPEC = {
  name: "random cells",
  parts: { x: { shape: [FEATURES], unit: "sd" } },
  times: Array.from({ length: STAGES }, (_, i) => ({ name: `${i}`, value: i, unit: "d" })),
  labels: {},
};

function randomBatch(): Batch<Cells, CellCond> {
  const kinds = rng(1).fold("stages").host.choice(STAGES, CELLS, { replace: true });
  return ownBatch({
    target: { x: rng(1).fold("cells").normal([CELLS, FEATURES]) },
    cond: { condition: oneHot(kinds, STAGES) },
  });
}

/** Multiply-adds of one cell: input 32 + 16 + 16, two hidden layers, heads of 8 x 32, 8 and 1. */
function multiplyAdds({ hidden, layers, timeDim, conditionDim }: GmFlowConfig["network"], components: number): number {
  const input = (FEATURES + timeDim + conditionDim) * hidden;
  return input + (layers - 1) * hidden * hidden + hidden * (components * (FEATURES + 1) + 1);
}

function trainBench(hidden: number): Bench {
  const config = { ...GMFLOW_DEFAULTS, network: { ...GMFLOW_DEFAULTS.network, hidden } };
  return Object.freeze({
    name: `gmflow-mlp-h${hidden}-b${CELLS}-train`,
    about:
      `training step (AdamW, mixture likelihood of the velocity) on ${CELLS} cells of 32 features, hidden ${hidden}, K = 8`,
    where: "backend",
    prepare(): ReadyBench {
      const batch = tidy(randomBatch);
      const trainer = createTrainer({
        trainable: flowTrainable(gmMethod(config, SPEC)),
        // The batch outlives its step.
        batches: { at: () => Promise.resolve({ ...batch, [Symbol.dispose]: () => {} }) },
        optimizer: adamW({ schedule: constantSchedule(2e-4), weightDecay: 0 }),
        rng: rng(0),
      });
      const { timeDim, conditionDim } = config.network;
      const all = multiplyAdds(config.network, config.components);
      // Nobody needs derivatives towards features and time.
      const unused = (FEATURES + timeDim) * hidden;
      return {
        params: leaves<Tensor>(trainer.params).reduce((sum, { size }) => sum + size, 0),
        flops: 2 * CELLS * (3 * all - unused + 2 * STAGES * conditionDim),
        async step(): Promise<void> {
          await trainer.advance();
          await synchronize(leaves<Tensor>(trainer.params)[0]!);
        },
        [Symbol.dispose](): void {
          trainer[Symbol.dispose]();
          batch[Symbol.dispose]();
        },
      };
    },
  });
}

/** Training of GMFlow's networks. */
export const GMFLOW: readonly Bench[] = [trainBench(16), trainBench(256)];
