import {
  adamW,
  type Backbone,
  type Batch,
  type Cond,
  constantSchedule,
  createTrainer,
  disposeTree,
  eulerSampler,
  fill,
  flowTrainable,
  gaussianPrior,
  integrate,
  leaves,
  type Method,
  ownBatch,
  type Params,
  type Piece,
  regression,
  type Resample,
  type Rng,
  rng,
  sinusoidalPath,
  squared,
  type Tensor,
  tidy,
  timeGrid,
  unetLayout,
} from "../../core/mod.ts";
import { type Picture, unet, type UNetSizes } from "../../plugins/geneflow/mod.ts";
import type { Bench, ReadyBench } from "./bench.ts";
import { synchronize } from "./synchronize.ts";

/** What an image is drawn for, encoded already. */
type Embedded = Cond & { readonly embedding: Tensor };

const CHANNELS = 3;

function sizesOf(base: number): UNetSizes {
  return {
    channels: CHANNELS,
    base,
    multipliers: [1, 2, 2, 2],
    blocks: 2,
    attentionAt: [],
    headChannels: 16,
    condition: 4 * base,
    dropout: 0.1,
    timeScale: 1,
    recompute: false,
  };
}

function sideAfter(side: number, resample: Resample): number {
  return resample === "up" ? 2 * side : resample === "down" ? side / 2 : side;
}

/** Multiply-adds of a piece on an image of some side, and the side after it. */
function pieceCost(piece: Piece, side: number, width: number): readonly [cost: number, side: number] {
  switch (piece.kind) {
    case "convolution":
      return [9 * side ** 2 * piece.inputs * piece.outputs, side];
    case "resample":
      return [0, sideAfter(side, piece.resample)];
    case "attention":
      return [4 * side ** 2 * piece.channels ** 2 + 2 * side ** 4 * piece.channels, side];
    case "residual": {
      const { inputs, outputs, resample } = piece;
      const after = sideAfter(side, resample);
      const skip = inputs === outputs ? 0 : inputs * outputs;
      return [after ** 2 * (9 * (inputs + outputs) * outputs + skip) + 2 * width * outputs, after];
    }
  }
}

/** Multiply-adds of one evaluation on one image. */
function forwardCost(sizes: UNetSizes, pixels: number): number {
  const { input, middle, output, last } = unetLayout({ ...sizes, resampling: "residual" });
  const width = 4 * sizes.base;
  let [total, side] = [(sizes.base + 2 * width + sizes.condition) * width, pixels];
  for (const piece of [...input.flat(), ...middle, ...output.flat()]) {
    const [cost, after] = pieceCost(piece, side, width);
    total += cost;
    side = after;
  }
  return total + 9 * side ** 2 * last * CHANNELS;
}

/** The U-Net alone as a flow, its condition given. */
function unetFlow(sizes: UNetSizes): Method<Picture, Embedded> {
  const network = unet(sizes);
  const path = sinusoidalPath<Picture>();
  const objective = regression<Picture, Embedded>({
    path,
    predicts: "velocity",
    parts: { img: { element: squared, weight: 1 } },
  });
  const backbone: Backbone<Picture, Embedded> = {
    init: (stream: Rng): Params => network.init(stream),
    apply: (params, { img }, t, { embedding }, ctx) => ({ img: network.trace(params, img, t, embedding, ctx).output }),
  };
  return {
    prior: gaussianPrior(),
    path,
    objective,
    backbone,
    sampler: eulerSampler(),
    field: (predict) => predict,
    times: ({ target }, stream) => stream.uniform([target.img.shape[0]!]),
    batches: () => Promise.reject(new Error("random images")),
  };
}

function randomBatch(count: number, pixels: number, { condition }: UNetSizes): Batch<Picture, Embedded> {
  return ownBatch({
    target: { img: rng(3).fold("images").normal([count, pixels, pixels, CHANNELS]) },
    cond: { embedding: rng(3).fold("condition").normal([count, condition]) },
  });
}

function countOf(params: Params): number {
  return leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0);
}

function trainBench(base: number, pixels: number, count: number): Bench {
  const sizes = sizesOf(base);
  return Object.freeze({
    name: `geneflow-unet-base${base}-${pixels}px-b${count}-train`,
    about: `training step (AdamW, dropout 0.1) of the U-Net alone, base ${base}, ${count} images of ${pixels} px`,
    where: "backend",
    prepare(): ReadyBench {
      const batch = tidy(() => randomBatch(count, pixels, sizes));
      const trainer = createTrainer({
        trainable: flowTrainable(unetFlow(sizes)),
        // The batch outlives its step.
        batches: { at: () => Promise.resolve({ ...batch, [Symbol.dispose]: () => {} }) },
        optimizer: adamW({ schedule: constantSchedule(1e-4), weightDecay: 0.01 }),
        rng: rng(0),
      });
      return {
        params: countOf(trainer.params),
        flops: 2 * 3 * count * forwardCost(sizes, pixels),
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

function forwardBench(base: number, pixels: number, count: number, steps: number): Bench {
  const sizes = sizesOf(base);
  return Object.freeze({
    name: `geneflow-unet-base${base}-${pixels}px-b${count}-${steps === 1 ? "fwd" : `sample${steps}`}`,
    about: steps === 1
      ? `one evaluation of the U-Net, base ${base}, ${count} images of ${pixels} px`
      : `${steps} Euler steps of the U-Net, base ${base}, ${count} images of ${pixels} px`,
    where: "backend",
    prepare(): ReadyBench {
      const { backbone, sampler } = unetFlow(sizes);
      const params = tidy(() => backbone.init(rng(0)));
      const { target: x0, cond } = tidy(() => randomBatch(count, pixels, sizes));
      const plain = { train: false, rng: rng(0) };
      return {
        params: countOf(params),
        flops: 2 * steps * count * forwardCost(sizes, pixels),
        async step(): Promise<void> {
          const field = (x: Picture, t: Tensor): Picture => backbone.apply(params, x, t, cond, plain);
          const { x } = steps === 1
            ? { x: tidy(() => field(x0, fill([count], 0))) }
            : await integrate({ sampler, field, x0, rng: rng(0) }, timeGrid(steps + 1));
          await synchronize(x.img);
          disposeTree(x);
        },
        [Symbol.dispose]: (): void => disposeTree([params, x0, cond]),
      };
    },
  });
}

/** GeneFlow's U-Net. */
export const GENEFLOW: readonly Bench[] = [
  trainBench(32, 64, 4),
  forwardBench(32, 64, 4, 10),
  forwardBench(128, 256, 1, 1),
];
