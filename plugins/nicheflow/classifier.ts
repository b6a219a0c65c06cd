import {
  adamW,
  applyLinear,
  type Batches,
  chain,
  classification,
  clipByGlobalNorm,
  createTrainer,
  dispose,
  fromHost,
  type HostArray,
  hostArray,
  linearParams,
  logSumExp,
  type Loss,
  mean,
  mul,
  oneHot,
  type Params,
  plateau,
  type PlateauState,
  type Progress,
  relu,
  type Rng,
  sub,
  subtree,
  sum,
  takeRows,
  type Tensor,
  type Trainable,
  type Tree,
} from "../../core/mod.ts";
import type { NicheFlowConfig } from "./config.ts";

/** Cells with their types. */
export interface LabelledCells {
  /** Features, `[n, G]`. */
  readonly x: HostArray;
  /** Type of each cell, `[n]`, none missing. */
  readonly type: Int32Array;
}

/** A trained classifier. */
export interface Classifier {
  /** `{ net: { 0: { weight, bias }, 2: { weight, bias } } }` on the host, weights `[in, out]`. */
  readonly params: Tree<HostArray>;
  /** Weighted F1 on the tenth of the cells that took part in neither training nor selection. */
  readonly testF1: number;
}

/** Cells of one training step. */
export interface LabelledBatch extends Disposable {
  /** Features, `[B, G]`. */
  readonly x: Tensor;
  /** One-hot types, `[B, classes]`. */
  readonly truth: Tensor;
}

/**
 * The cell-type classifier (section 5.3): one hidden layer, cross-entropy.
 *
 * @param sizes Features, hidden width and classes.
 * @returns What the training loop fits.
 */
export function classifierTrainable(
  sizes: { readonly features: number; readonly hidden: number; readonly classes: number },
): Trainable<LabelledBatch> {
  const { features, hidden, classes } = sizes;
  return Object.freeze({
    init: (rng: Rng): Params => ({
      net: {
        0: linearParams(rng.fold("net/0"), features, hidden),
        2: linearParams(rng.fold("net/2"), hidden, classes),
      },
    }),
    loss(params: Params, { x, truth }: LabelledBatch): Loss {
      const logits = classifierLogits(params, x);
      const total = mean(sub(logSumExp(logits), sum(mul(logits, truth), [1])));
      return { total, parts: {} };
    },
  });
}

/**
 * Class scores on the device.
 *
 * @param params Classifier parameters.
 * @param x Features, `[n, G]`.
 * @returns Scores before the softmax, `[n, classes]`.
 */
export function classifierLogits(params: Params, x: Tensor): Tensor {
  return applyLinear(params, "net/2", relu(applyLinear(params, "net/0", x)));
}

function dense(x: Float32Array, weight: HostArray, bias: HostArray, out: Float32Array): void {
  const [inputs, outputs] = weight.shape as [number, number];
  out.set(bias.data);
  for (let i = 0; i < inputs; i++) {
    const value = x[i]!;
    for (let j = 0; j < outputs; j++) out[j]! += value * weight.data[i * outputs + j]!;
  }
}

/**
 * Most likely class of each cell, on the host.
 *
 * @param params Classifier parameters on the host.
 * @param x Features, `[n, G]`.
 * @returns Class of each cell, `[n]`.
 */
export function classify(params: Tree<HostArray>, x: HostArray): Int32Array {
  const layer = (path: string): HostArray => subtree(params, path) as HostArray;
  const [w0, b0, w2, b2] = [layer("net/0/weight"), layer("net/0/bias"), layer("net/2/weight"), layer("net/2/bias")];
  const [n, features] = x.shape as [number, number];
  const hidden = new Float32Array(b0.data.length);
  const scores = new Float32Array(b2.data.length);
  const out = new Int32Array(n);
  for (let row = 0; row < n; row++) {
    dense(x.data.subarray(row * features, (row + 1) * features), w0, b0, hidden);
    for (let j = 0; j < hidden.length; j++) hidden[j] = Math.max(0, hidden[j]!);
    dense(hidden, w2, b2, scores);
    let best = 0;
    for (let j = 1; j < scores.length; j++) if (scores[j]! > scores[best]!) best = j;
    out[row] = best;
  }
  return out;
}

function rowsOf({ x, type }: LabelledCells, rows: Int32Array): LabelledCells {
  return { x: takeRows(x, rows), type: rows.map((row) => type[row]!) };
}

function epochBatches(cells: LabelledCells, classes: number, size: number, rng: Rng): Batches<LabelledBatch> {
  const perEpoch = Math.ceil(cells.type.length / size);
  let epoch = -1;
  let order = new Int32Array(0);
  return {
    at(step: number): Promise<LabelledBatch> {
      if (Math.floor(step / perEpoch) !== epoch) {
        epoch = Math.floor(step / perEpoch);
        order = Int32Array.from(rng.fold(epoch).host.permutation(cells.type.length));
      }
      const rows = order.subarray((step % perEpoch) * size, (step % perEpoch + 1) * size);
      const part = rowsOf(cells, Int32Array.from(rows));
      const x = fromHost(part.x);
      const truth = oneHot(part.type, classes);
      return Promise.resolve({ x, truth, [Symbol.dispose]: () => dispose([x, truth]) });
    },
  };
}

function weightedF1(params: Tree<HostArray>, cells: LabelledCells, classes: number): number {
  return classification(cells.type, classify(params, cells.x), classes).weighted.f1;
}

/**
 * Train the classifier on 80 % of the cells, select the epoch on 10 %, report on the last 10 %.
 *
 * @param cells Cells of training sections only.
 * @param classes Number of types.
 * @param config Sizes and training settings.
 * @param rng Stream of the split, the start and the batches.
 * @param progress Where to report progress.
 * @returns The classifier of the best epoch.
 */
export async function trainClassifier(
  cells: LabelledCells,
  classes: number,
  config: NicheFlowConfig["classifier"],
  rng: Rng,
  progress: Progress,
): Promise<Classifier> {
  const n = cells.type.length;
  const order = rng.fold("split").host.permutation(n);
  const [a, b] = [Math.floor(0.8 * n), Math.floor(0.9 * n)];
  const train = rowsOf(cells, order.slice(0, a));
  const validation = rowsOf(cells, order.slice(a, b));
  const test = rowsOf(cells, order.slice(b));
  let rate: PlateauState | undefined;
  using trainer = createTrainer({
    trainable: classifierTrainable({ features: cells.x.shape[1]!, hidden: config.hidden, classes }),
    batches: epochBatches(train, classes, config.batch, rng.fold("order")),
    optimizer: chain(
      clipByGlobalNorm(1),
      adamW({ schedule: () => config.lr * (rate?.factor ?? 1), weightDecay: config.weightDecay }),
    ),
    rng,
  });
  const perEpoch = Math.ceil(train.type.length / config.batch);
  let best: { readonly f1: number; readonly epoch: number; readonly params: Tree<HostArray> } | undefined;
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    for (let i = 0; i < perEpoch; i++) await trainer.advance();
    const params = (await trainer.snapshot()).trees["params"]!;
    const f1 = weightedF1(params, validation, classes);
    if (best === undefined || f1 > best.f1) best = { f1, epoch, params };
    rate = plateau(rate, f1, { multiplier: 0.75, patience: config.plateau, threshold: 1e-4 });
    progress(epoch + 1, config.epochs, `validation F1 ${f1.toFixed(3)}`);
    if (epoch - best.epoch >= config.patience) break;
  }
  return { params: best!.params, testF1: weightedF1(best!.params, test, classes) };
}

/**
 * Collect the labelled cells of sections.
 *
 * @param slides Sections with cell types.
 * @returns All cells whose type is known.
 */
export function labelledCells(
  slides: readonly { readonly x: HostArray; readonly cellType?: Int32Array }[],
): LabelledCells {
  const width = slides[0]!.x.shape[1]!;
  const known = slides.map(({ cellType }) => Int32Array.from(cellType!.keys()).filter((row) => cellType![row]! >= 0));
  const total = known.reduce((count, rows) => count + rows.length, 0);
  const x = new Float32Array(total * width);
  const type = new Int32Array(total);
  let next = 0;
  for (const [i, slide] of slides.entries()) {
    for (const row of known[i]!) {
      x.set(slide.x.data.subarray(row * width, (row + 1) * width), next * width);
      type[next++] = slide.cellType![row]!;
    }
  }
  return { x: hostArray(x, [total, width]), type };
}
