import {
  adamW,
  constantSchedule,
  createTrainer,
  dispose,
  type HostArray,
  hostArray,
  leaves,
  ownBatch,
  type Params,
  rng,
  type Tensor,
  tensor,
  tidy,
} from "../../core/mod.ts";
import {
  type Expression,
  predictSlide,
  priorOf,
  regionFrames,
  type SeenSlide,
  SPOT_ROWS,
  type SpotBatch,
  type SpotCond,
  spotCond,
  type SpotMethod,
  spotMethod,
  spotTransformer,
  STFLOW_DEFAULTS,
} from "../../plugins/stflow/mod.ts";
import { flowTrainable } from "../../core/method.ts";
import type { Bench, ReadyBench } from "./bench.ts";
import { synchronize } from "./synchronize.ts";

const [GENES, FEATURES, STEPS] = [50, 1024, 5];
const { network: { width, pairWidth, heads, layers, neighbours } } = STFLOW_DEFAULTS;

/** Spots at random places, one per unit of area, with random features. */
function randomSlide(spots: number): SeenSlide {
  const stream = rng(2).host;
  const coords = stream.uniform(2 * spots).map((value) => value * Math.sqrt(spots));
  return {
    coords: hostArray(coords, [spots, 2]),
    features: hostArray(rng(3).host.normal(spots * FEATURES), [spots, FEATURES]),
  };
}

function methodOf(): SpotMethod {
  const backbone = spotTransformer({ ...STFLOW_DEFAULTS.network, genes: GENES, features: FEATURES });
  const none = (): Promise<never> => Promise.reject(new Error("the batch is made here"));
  return spotMethod(STFLOW_DEFAULTS, backbone, priorOf(STFLOW_DEFAULTS.prior, {}), none);
}

/** Multiply-adds of a spot in a block, with the first score layer split and pairs encoded after the mean over frames. */
const BLOCK = (() => {
  const scores = 2 * width * width + GENES * width + neighbours * heads * ((pairWidth / heads) * width + width / 2);
  const read = width * width + width * GENES;
  const mixed = (width + pairWidth) * width + (width / 2) * width;
  const forward = width * 4 * width + 2 * width * width;
  return 3 * width * width + scores + mixed + forward + read;
})();
/** Of its pairs, which do not change from call to call. */
const PAIRS = neighbours * (4 * 3 * pairWidth + (pairWidth / 2) * pairWidth);

function countParams(params: Params): number {
  return leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0);
}

function trainBench(spots: number): Bench {
  return Object.freeze({
    name: `stflow-train-n${spots}`,
    about: `training step (AdamW, dropout 0.2) on one region of ${spots} spots, 1024 features, 50 genes, k = 8`,
    where: "backend",
    prepare(): ReadyBench {
      const { coords, features } = randomSlide(spots);
      const counts = (seed: number): HostArray =>
        hostArray(rng(seed).host.uniform(spots * GENES).map((value) => 3 * value), [spots, GENES]);
      const region = regionFrames(coords, { neighbours, frames: "pca" });
      const batch: SpotBatch = ownBatch<Expression, SpotCond>({
        target: { y: tensor(counts(4).data, [spots, GENES]) },
        x0: { y: tensor(counts(5).data, [spots, GENES]) },
        cond: spotCond({ features: features! }, [region], neighbours),
      });
      const trainer = createTrainer({
        trainable: { ...flowTrainable(methodOf()), rows: SPOT_ROWS },
        // The batch outlives its step.
        batches: { at: () => Promise.resolve({ ...batch, [Symbol.dispose]: () => {} }) },
        optimizer: adamW({ schedule: constantSchedule(5e-4), weightDecay: 0 }),
        rng: rng(0),
      });
      return {
        params: countParams(trainer.params),
        // Nobody needs derivatives towards features and edges.
        flops: 2 * spots * (3 * layers * (BLOCK + PAIRS) + 2 * FEATURES * width),
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

function sampleBench(spots: number): Bench {
  const sampling = { ...STFLOW_DEFAULTS.sampling, steps: STEPS, draws: 1, tile: spots };
  return Object.freeze({
    name: `stflow-sample${STEPS}-n${spots}`,
    about: `${STEPS} network calls on a slide of ${spots} spots, neighbours and frames within the time`,
    where: "backend",
    prepare(): ReadyBench {
      const slide = randomSlide(spots);
      const method = methodOf();
      const params = tidy(() => method.backbone.init(rng(0)));
      return {
        params: countParams(params),
        flops: 2 * spots * (STEPS * layers * BLOCK + layers * PAIRS + FEATURES * width),
        async step(): Promise<void> {
          await predictSlide(method, params, slide, {
            setting: { ...STFLOW_DEFAULTS, sampling },
            genes: GENES,
            rng: rng(1),
          });
        },
        [Symbol.dispose]: () => dispose(leaves<Tensor>(params)),
      };
    },
  });
}

/** Training and sampling of STFlow at the published sizes. */
export const STFLOW: readonly Bench[] = [trainBench(2000), sampleBench(10_000)];
