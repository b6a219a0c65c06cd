import {
  adamW,
  columnStats,
  concatRows,
  cosineSchedule,
  createTrainer,
  disposeTree,
  fromHost,
  type HostArray,
  mean,
  type Params,
  type Progress,
  type Rng,
  square,
  standardize,
  sub,
  takeRows,
  type Tensor,
  tidy,
  toHost,
  type Trainable,
  type TrainableLoss,
  type Tree,
} from "../../../core/mod.ts";
import type { FeatureNetwork } from "./network.ts";

/** How a feature network is trained. */
export interface FeatureFit {
  /** Passes over the cells. */
  readonly epochs: number;
  /** Cells of a batch. */
  readonly batch: number;
}

/** A feature network that was trained. */
export interface FittedFeatures {
  /** Parameters on the host. */
  readonly params: Tree<HostArray>;
  /** Share of the variance of each number of morphology that it explains of cells it has not seen, `[M]`. */
  readonly r2: Float64Array;
}

/** States with their morphology, in standard deviations. */
interface FeatureBatch extends Disposable {
  readonly x: Tensor;
  readonly morphology: Tensor;
}

/** Adam's rate, as released. */
const RATE = 1e-3;
/** Share of the cells that are kept aside. */
const VALIDATION = 0.1;
/** Spread below which a number does not vary, in standard deviations of the cells that were trained on. */
const STILL = 1e-3;

function featureTrainable(network: FeatureNetwork): Trainable<FeatureBatch> {
  return {
    init: (rng: Rng): Params => network.init(rng),
    loss(params: Params, { x, morphology }: FeatureBatch): TrainableLoss {
      const total = mean(square(sub(network.apply(params, x).morphology, morphology)));
      return { total, parts: { morphology: total }, divisor: x.shape[0]! };
    },
  };
}

/** Cells as a batch; the states of a cell stand as many rows apart as there are cells. */
function batchOf(x: HostArray, morphology: HostArray, states: ArrayLike<number>): FeatureBatch {
  const cells = Array.from(states, (state) => state % morphology.shape[0]!);
  const tensors = { x: fromHost(takeRows(x, states)), morphology: fromHost(takeRows(morphology, cells)) };
  return { ...tensors, [Symbol.dispose]: () => disposeTree(tensors) };
}

/** 1 less the squared error over the variance, number by number; a number that does not vary is left out (NaN). */
function explained(prediction: HostArray, truth: HostArray): Float64Array {
  const [rows, width] = truth.shape as [number, number];
  const { std } = columnStats(truth);
  return Float64Array.from({ length: width }, (_, c) => {
    let error = 0;
    for (let row = 0; row < rows; row++) {
      error += (prediction.data[row * width + c]! - truth.data[row * width + c]!) ** 2 / rows;
    }
    return std[c]! > STILL ? 1 - error / std[c]! ** 2 : NaN;
  });
}

/**
 * Train a feature network to read morphology from states (section 4.5): squared error on standardised numbers, Adam with a
 * cosine, a tenth of the cells kept aside.
 *
 * @param network The network.
 * @param variants States of the cells, `[n, ...]`; more than one where crops are flipped, which changes no morphology.
 * @param morphology Their profiles, `[n, M]`.
 * @param fit Epochs and batch.
 * @param rng Stream.
 * @param progress Where to report.
 * @returns Parameters and how well they do.
 * @throws {NumericsError} If the loss stops being finite.
 */
export async function fitFeatures(
  network: FeatureNetwork,
  variants: readonly HostArray[],
  morphology: HostArray,
  { epochs, batch }: FeatureFit,
  rng: Rng,
  progress: Progress,
): Promise<FittedFeatures> {
  const rows = morphology.shape[0]!;
  const x = concatRows(variants);
  const order = rng.fold("split").host.permutation(rows);
  const aside = Math.max(2, Math.floor(VALIDATION * rows));
  const [held, used] = [order.subarray(0, aside), order.subarray(aside)];
  const standard = standardize(morphology, columnStats(takeRows(morphology, used)));
  const size = Math.min(batch, used.length);
  const perEpoch = Math.max(1, Math.floor(used.length / size));
  const steps = epochs * perEpoch;
  const stream = rng.fold("batches");
  using trainer = createTrainer({
    trainable: featureTrainable(network),
    batches: {
      at(step: number): Promise<FeatureBatch> {
        const epoch = stream.fold(Math.floor(step / perEpoch)).host.permutation(used.length);
        const first = (step % perEpoch) * size;
        const variant = stream.fold("variant").fold(step).host.uniform(size).map((value) =>
          Math.floor(value * variants.length)
        );
        const chosen = Array.from(epoch.subarray(first, first + size), (at, i) => variant[i]! * rows + used[at]!);
        return Promise.resolve(batchOf(x, standard, chosen));
      },
    },
    optimizer: adamW({ schedule: cosineSchedule({ peak: RATE, warmup: 0, steps, floor: 0 }), weightDecay: 0 }),
    rng: rng.fold("fit"),
  });
  while (trainer.step < steps) {
    const { step, scalars } = await trainer.advance();
    progress(step, steps, `reading morphology, error ${scalars["loss"]!.toPrecision(2)}`);
  }
  using test = batchOf(x, standard, held);
  const predicted = tidy(() => network.apply(trainer.params, test.x).morphology);
  const made = await toHost(predicted);
  predicted.dispose();
  const { trees } = await trainer.snapshot();
  return {
    params: trees["params"]!,
    r2: explained(made, takeRows(standard, held)),
  };
}
