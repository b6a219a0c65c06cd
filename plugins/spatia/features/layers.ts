import {
  type Layer,
  matMul,
  max,
  type Params,
  reshape,
  slice,
  type Tensor,
  tensor,
  transpose,
} from "../../../core/mod.ts";

/** Largest value of each square of two by two places; a last odd row or column is left out, as in PyTorch. */
function maxPool(x: Tensor): Tensor {
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const [h, w] = [Math.floor(height / 2), Math.floor(width / 2)];
  const even = slice(x, [0, 0, 0, 0], [images, 2 * h, 2 * w, channels]);
  const rows = max(reshape(even, [images * h, 2, 2 * w * channels]), 1);
  return reshape(max(reshape(rows, [images * h * w, 2, channels]), 1), [images, h, w, channels]);
}

/** First and last place, the last not included, of one window of an adaptive pool. */
function windowOf(i: number, size: number, outputs: number): readonly [number, number] {
  return [Math.floor(i * size / outputs), Math.ceil((i + 1) * size / outputs)];
}

/** Weights of the places of a side in each window, `[outputs, size]`. */
function windows(size: number, outputs: number): readonly (readonly number[])[] {
  return Array.from({ length: outputs }, (_, i) => {
    const [from, to] = windowOf(i, size, outputs);
    return Array.from({ length: size }, (_, at) => at >= from && at < to ? 1 / (to - from) : 0);
  });
}

/**
 * Mean over a grid of windows, flattened channel by channel as PyTorch's adaptive average pool.
 *
 * @param x Images, `[B, H, W, C]`.
 * @param side Windows along each side.
 * @returns `[B, C side side]`.
 */
export function adaptiveAverage(x: Tensor, side: number): Tensor {
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const [down, across] = [windows(height, side), windows(width, side)];
  const weights = down.flatMap((row) => across.map((column) => row.flatMap((a) => column.map((b) => a * b))));
  const places = transpose(reshape(x, [images, height * width, channels]), [0, 2, 1]);
  const pooled = matMul(
    reshape(places, [images * channels, height * width]),
    transpose(tensor(weights.flat(), [side * side, height * width])),
  );
  return reshape(pooled, [images, channels * side * side]);
}

/** A layer without parameters. */
function plain(apply: (x: Tensor) => Tensor, like: Layer): Layer {
  return { init: like.init, apply: (_: Params, x: Tensor): Tensor => apply(x) };
}

/**
 * Max pool by two, and the adaptive average to a grid.
 *
 * @param like A layer without parameters.
 * @param side Windows along each side.
 * @returns The two layers.
 */
export function poolLayers(like: Layer, side: number): { readonly halve: Layer; readonly grid: Layer } {
  return { halve: plain(maxPool, like), grid: plain((x) => adaptiveAverage(x, side), like) };
}
