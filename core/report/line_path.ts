import type { Scale } from "./scale.ts";

/**
 * Path through samples of a curve. Where many samples fall on one pixel column, the first, lowest, highest and last
 * are kept, which draws the same picture; samples that are not finite interrupt the line.
 *
 * @param xs Positions, rising.
 * @param ys Values, as many.
 * @param x Pixels from the left.
 * @param y Pixels from the top; NaN where a value has no place (not positive on a logarithmic axis).
 * @returns Path data to a tenth of a pixel; empty text if nothing is finite.
 */
export function linePath(xs: ArrayLike<number>, ys: ArrayLike<number>, x: Scale, y: Scale): string {
  let path = "";
  let pen = false;
  let column = NaN;
  let held: [number, number][] = [];
  const flush = (): void => {
    for (const [a, b] of thin(held)) {
      path += `${pen ? "L" : "M"}${Math.round(a * 10) / 10} ${Math.round(b * 10) / 10}`;
      pen = true;
    }
    held = [];
  };
  for (let i = 0; i < Math.min(xs.length, ys.length); i++) {
    const [a, b] = [x(xs[i]!), y(ys[i]!)];
    if (!Number.isFinite(a) || !Number.isFinite(b)) {
      flush();
      pen = false;
      continue;
    }
    if (Math.round(a) !== column) flush();
    column = Math.round(a);
    held.push([a, b]);
  }
  flush();
  return path;
}

function thin(samples: readonly [number, number][]): readonly [number, number][] {
  if (samples.length <= 4) return samples;
  let [low, high] = [0, 0];
  for (let i = 1; i < samples.length; i++) {
    if (samples[i]![1] < samples[low]![1]) low = i;
    if (samples[i]![1] > samples[high]![1]) high = i;
  }
  const keep = new Set([0, Math.min(low, high), Math.max(low, high), samples.length - 1]);
  return [...keep].map((i) => samples[i]!);
}
