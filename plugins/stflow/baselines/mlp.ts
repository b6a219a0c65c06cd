import {
  adamW,
  applyLayerNorm,
  applyLinear,
  type Batches,
  columnStats,
  concatRows,
  constantSchedule,
  createTrainer,
  dispose,
  elementMean,
  fromHost,
  gelu,
  type HostArray,
  layerNormParams,
  linearParams,
  type Loss,
  mapTree,
  type Params,
  type Rng,
  squared,
  standardize,
  sub,
  takeRows,
  type Tensor,
  tidy,
  toHost,
  type Trainable,
  type TrainContext,
  type Tree,
} from "../../../core/mod.ts";
import { type Dropout, dropoutOf } from "../gated_mlp.ts";
import type { Baseline, FeatureSlide, FittedBaseline } from "./predictor.ts";

/** Steps after which the network is kept, to choose from. */
const KEPT = [100, 200, 400, 800, 1200] as const;
/** Width of both hidden layers, that of STFlow's tokens. */
const WIDTH = 128;
const DROPOUT = 0.2;
const RATE = 1e-3;
const DECAY = 1e-2;
/** Spots in a batch. */
const BATCH = 256;
/** Moving average of the parameters. */
const AVERAGE = 0.98;

interface SpotRows extends Disposable {
  readonly x: Tensor;
  readonly y: Tensor;
}

function spotRows(x: HostArray, y: HostArray, rows: Int32Array): SpotRows {
  const tensors = { x: fromHost(takeRows(x, rows)), y: fromHost(takeRows(y, rows)) };
  return { ...tensors, [Symbol.dispose]: () => dispose([tensors.x, tensors.y]) };
}

function evaluate(params: Params, x: Tensor, dropout: Dropout): Tensor {
  let h = x;
  for (const layer of ["first", "second"]) {
    h = dropout.drop(layer, applyLayerNorm(params, `${layer}/norm`, gelu(applyLinear(params, `${layer}/linear`, h))));
  }
  return applyLinear(params, "out", h);
}

function trainableMlp(features: number, genes: number): Trainable<SpotRows> {
  const layer = (rng: Rng, inputs: number): Params => ({
    linear: linearParams(rng, inputs, WIDTH),
    norm: layerNormParams(WIDTH),
  });
  return {
    init: (rng: Rng): Params => ({
      first: layer(rng.fold("first"), features),
      second: layer(rng.fold("second"), WIDTH),
      out: linearParams(rng.fold("out"), WIDTH, genes),
    }),
    loss(params: Params, { x, y }: SpotRows, { rng }: TrainContext): Loss {
      const error = squared(sub(evaluate(params, x, dropoutOf({ train: true, rng }, DROPOUT)), y));
      const { value } = elementMean(error);
      return { total: value, parts: { y: value } };
    },
  };
}

/** A multilayer perceptron on the image features of one spot: all that STFlow has but neighbours, places and flow. */
export const spotMlp: Baseline = Object.freeze({
  name: "mlp",
  settings: KEPT,
  async fit(training: readonly FeatureSlide[], rng: Rng): Promise<FittedBaseline> {
    const raw = concatRows(training.map(({ features }) => features));
    const stats = columnStats(raw);
    const [x, y] = [standardize(raw, stats), concatRows(training.map((slide) => slide.y))];
    const rows = x.shape[0]!;
    const batches: Batches<SpotRows> = {
      at: (step) =>
        Promise.resolve(
          spotRows(x, y, rng.fold("rows").fold(step).host.choice(rows, Math.min(rows, BATCH))),
        ),
    };
    using trainer = createTrainer({
      trainable: trainableMlp(x.shape[1]!, y.shape[1]!),
      batches,
      optimizer: adamW({ schedule: constantSchedule(RATE), weightDecay: DECAY }),
      rng,
      ema: AVERAGE,
    });
    const kept = new Map<number, Tree<HostArray>>();
    while (trainer.step < Math.max(...KEPT)) {
      await trainer.advance();
      if ((KEPT as readonly number[]).includes(trainer.step)) {
        kept.set(trainer.step, (await trainer.snapshot()).trees["ema"]!);
      }
    }
    return {
      async predict({ features }: FeatureSlide, step: number): Promise<HostArray> {
        const made = tidy(() => {
          const params = mapTree<HostArray, Tensor>((leaf) => fromHost(leaf), kept.get(step)!);
          return evaluate(params, fromHost(standardize(features, stats)), dropoutOf({ train: false, rng }, DROPOUT));
        });
        const out = await toHost(made);
        dispose([made]);
        return out;
      },
    };
  },
});
