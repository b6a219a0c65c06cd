import {
  adamW,
  type Batch,
  constantSchedule,
  createTrainer,
  type DataSpec,
  disposeTree,
  draw,
  flowTrainable,
  leaves,
  oneHot,
  ones,
  ownBatch,
  type Params,
  rng,
  type Tensor,
  tidy,
  timeGrid,
} from "../../core/mod.ts";
import {
  effectiveWidth,
  type Niche,
  type NicheCond,
  NICHEFLOW_DEFAULTS,
  type NicheFlowConfig,
  nicheMethod,
  samplingFlops,
  SOURCE_MASK,
  trainingFlops,
  transformerMultiplyAdds,
  type TransformerSizes,
} from "../../plugins/nicheflow/mod.ts";
import type { Bench, ReadyBench } from "./bench.ts";
import { synchronize } from "./synchronize.ts";

const [NICHES, POINTS, STEPS] = [128, 64, 20];

const SPEC: DataSpec = {
  name: "random niches",
  parts: { x: { shape: [50], unit: "sd" }, pos: { shape: [2], unit: "sd" } },
  times: Array.from({ length: 3 }, (_, i) => ({ name: `${i}`, value: i, unit: "d" })),
  labels: {},
};

/** The authors' network and loss, a plain mean over all entries of the batch. */
const CONFIG: NicheFlowConfig = {
  ...NICHEFLOW_DEFAULTS,
  objective: { ...NICHEFLOW_DEFAULTS.objective, kind: "glvfm", paddedLoss: true },
};

const SIZES: TransformerSizes = { features: 50, coordinates: 2, times: SPEC.times.length, ...CONFIG.network };
const COST = transformerMultiplyAdds(SIZES, POINTS, POINTS);

/** Multiply-adds of the first layers, whose derivatives towards the data nobody needs. */
const DATA_LAYERS = (() => {
  const width = effectiveWidth(SIZES.embed, SIZES.heads);
  const tokens = 2 * POINTS * (SIZES.features + SIZES.times + SIZES.coordinates);
  return (tokens + 2 * width) * (width / 3);
})();

/** Standard normal niches at the first (source) and the second (target) time point, with masks that keep every cell. */
function randomBatch(): Batch<Niche, NicheCond> {
  const stream = rng(1);
  const side = (name: string): Niche => ({
    x: stream.fold(name).fold("x").normal([NICHES, POINTS, SIZES.features]),
    pos: stream.fold(name).fold("pos").normal([NICHES, POINTS, SIZES.coordinates]),
  });
  const time = (index: number): Tensor => oneHot(new Int32Array(NICHES).fill(index), SIZES.times);
  const [source, keep] = [side("source"), ones([NICHES, POINTS])];
  return ownBatch({
    target: side("target"),
    cond: {
      sourceX: source.x,
      sourcePos: source.pos,
      sourceTime: time(0),
      targetTime: time(1),
      [SOURCE_MASK]: keep,
    },
    mask: { x: keep, pos: keep },
  });
}

function countParams(params: Params): number {
  return leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0);
}

const train: Bench = Object.freeze({
  name: "nicheflow-glvfm-train-b128-p64",
  about: `training step (AdamW) on ${NICHES} pairs of niches of ${POINTS} cells, dropout 0.1, padding masks`,
  where: "backend",
  prepare(): ReadyBench {
    const batch = tidy(randomBatch);
    const trainer = createTrainer({
      trainable: flowTrainable(nicheMethod(CONFIG, SPEC)),
      // The batch outlives its step.
      batches: { at: () => Promise.resolve({ ...batch, [Symbol.dispose]: () => {} }) },
      optimizer: adamW({ schedule: constantSchedule(1e-3), weightDecay: 1e-5 }),
      rng: rng(0),
    });
    return {
      params: countParams(trainer.params),
      flops: trainingFlops(COST, NICHES) - 2 * NICHES * DATA_LAYERS,
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

const sample: Bench = Object.freeze({
  name: `nicheflow-sample${STEPS}-b128-p64`,
  about: `${STEPS} Euler steps for ${NICHES} niches of ${POINTS} cells, source encoded once; the time is that of all`,
  where: "backend",
  prepare(): ReadyBench {
    const batch = tidy(randomBatch);
    const { [SOURCE_MASK]: _, ...cond } = batch.cond;
    const method = nicheMethod(CONFIG, SPEC);
    const params = tidy(() => method.backbone.init(rng(0)));
    const options = { params, cond: cond as NicheCond, like: batch.target, times: timeGrid(STEPS + 1), rng: rng(2) };
    return {
      params: countParams(params),
      flops: samplingFlops(COST, NICHES, STEPS),
      async step(): Promise<void> {
        const { x } = await draw(method, options);
        await synchronize(x.x);
        disposeTree(x);
      },
      [Symbol.dispose](): void {
        disposeTree(params);
        batch[Symbol.dispose]();
      },
    };
  },
});

/** Training and sampling of NicheFlow. */
export const NICHEFLOW: readonly Bench[] = [train, sample];
