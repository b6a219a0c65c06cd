import type { SettingsPatch } from "./experiment.ts";

/** The paper's networks, training and sampling: AdamW at 1e-4 with a cosine down to a hundredth, batch 96 in six parts. */
export const PAPER: SettingsPatch = {
  plugin: { batch: 16, sampling: { solver: "dopri5" } },
  train: {
    steps: 10_000,
    lr: 1e-4,
    schedule: "cosine",
    weightDecay: 0.01,
    clipNorm: 1,
    accumulate: 6,
    checkpointEvery: 500,
  },
};

/** A preset whose networks see images less the mean of their training pixels, over their deviation. */
export function withPixels(
  { plugin, ...rest }: SettingsPatch,
  pixels: { readonly mean: readonly number[]; readonly std: readonly number[] },
): SettingsPatch {
  return { ...rest, plugin: { ...plugin, pixels } };
}

/**
 * Networks for crops of 32 to 48 px on a processor: base 32 and three levels, one residual block each.
 *
 * The encoder is smaller too, its weights of genes do not damp the panel, and ten steps of Heun's method draw an image.
 */
export const SMALL: SettingsPatch = {
  plugin: {
    batch: 16,
    encoder: { hidden: [128, 64], rank: 4, geneScale: "softmaxTimesG" },
    network: { base: 32, multipliers: [1, 2, 2], blocks: 1, recompute: false },
    sampling: { solver: "heun", steps: 10, batch: 32, images: 128 },
  },
  train: {
    steps: 800,
    lr: 2e-3,
    schedule: "cosine",
    warmup: 20,
    weightDecay: 0.01,
    clipNorm: 1,
    ema: 0.99,
    checkpointEvery: 100,
  },
};
