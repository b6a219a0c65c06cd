import { type HostArray, hostArray, type NumericArray, rowSize } from "../../../core/mod.ts";
import type { PatchEncoder } from "./encoder.ts";
import { nucleiOf } from "./nuclei.ts";
import { stainsOf } from "./stains.ts";
import { middleOf, shrink, type Window } from "./window.ts";

/** Shares of the side of a patch that are looked at: all of it, the middle half, the middle quarter. */
const WINDOWS = [1, 0.5, 0.25] as const;
/** Sizes at which texture is measured: as it is, halved twice. */
const LEVELS = 3;
/** Quantiles of the nuclear stain. */
const SHARES = [0.1, 0.5, 0.9] as const;

function meanAndSpread(values: Float32Array): [number, number] {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return [mean, Math.sqrt(squares / values.length)];
}

/** Mean steepness and spread of what is finer than the next level, level by level. */
function texture(plane: Float32Array, size: number): number[] {
  const out: number[] = [];
  let [now, side] = [plane, size];
  for (let level = 0; level < LEVELS; level++) {
    // All pairs beside and below each other, so that a quarter turn changes nothing.
    let steep = 0;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const at = y * side + x;
        if (x + 1 < side) steep += Math.abs(now[at + 1]! - now[at]!);
        if (y + 1 < side) steep += Math.abs(now[at + side]! - now[at]!);
      }
    }
    const half = Math.max(1, side >> 1);
    const coarse = shrink(now, side, half);
    const place = (i: number): number => Math.min(half - 1, i >> 1);
    const fine = now.map((value, i) => value - coarse[place(Math.floor(i / side)) * half + place(i % side)]!);
    out.push(steep / Math.max(1, side * (side - 1)), meanAndSpread(fine)[1]);
    [now, side] = [coarse, half];
  }
  return out;
}

function ofWindow(window: Window): number[] {
  const { haematoxylin, eosin } = stainsOf(window);
  const sorted = haematoxylin.slice().sort();
  const { share, density, extent, contrast } = nucleiOf(haematoxylin, window.size);
  return [
    ...window.planes.flatMap(meanAndSpread),
    ...meanAndSpread(haematoxylin),
    ...meanAndSpread(eosin),
    ...SHARES.map((part) => sorted[Math.floor(part * (sorted.length - 1))]!),
    share,
    density,
    extent,
    contrast,
    ...texture(haematoxylin, window.size),
  ];
}

function sideOf({ shape }: HostArray<NumericArray>): number {
  const [, height, width, colours] = shape;
  if (shape.length === 4 && height === width && height! > 0 && colours === 3) return height!;
  throw new TypeError(`Cannot measure patches of shape [${shape}]: expected [n, side, side, 3]`);
}

type Measure = (data: NumericArray, offset: number, side: number) => readonly number[];

function measured(patches: HostArray<NumericArray>, measure: Measure): HostArray {
  const side = sideOf(patches);
  const step = rowSize(patches.shape);
  const rows = Array.from({ length: patches.shape[0]! }, (_, i) => measure(patches.data, i * step, side));
  return hostArray(Float32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);
}

function encoderOf(measure: Measure): PatchEncoder {
  return (patches) => new Promise((resolve) => resolve(measured(patches, measure)));
}

/**
 * Colour, stain, nuclei and texture of a patch and of its middle, 23 numbers for each of three windows: no download, no
 * training, and (but for the pixel grid) the same however the tissue lies.
 *
 * Means and spreads of the colours and of both dyes, quantiles of the nuclear dye, nuclei (share of the area, number, size,
 * contrast), steepness and fine structure of the nuclear dye at three scales.
 */
export const patchStatistics: PatchEncoder = encoderOf((data, offset, side) =>
  WINDOWS.flatMap((share) => ofWindow(middleOf(data, offset, side, share)))
);

/** Rows and columns of a thumbnail. */
const THUMBNAIL = 8;

/** The patch in 8 x 8 coarse pixels: what lies where around the spot; depends on how the tissue lies. */
export const patchThumbnail: PatchEncoder = encoderOf((data, offset, side) => {
  const { planes, size } = middleOf(data, offset, side, 1);
  return planes.flatMap((plane) => [...shrink(plane, size, Math.min(THUMBNAIL, size))]);
});
