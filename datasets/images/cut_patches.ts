import { DataError, type HostArray, hostArray, type NumericArray } from "../../core/mod.ts";
import { type ByteRange, byteRanges, readingCell } from "./byte_range.ts";
import type { ImageLevel, ImageRegion, ImageSource } from "./image.ts";
import type { Patch, PatchCut, PatchOptions, PatchRecord } from "./patch.ts";
import { type AxisWeights, axisWeights, resample, resampleRule } from "./resample.ts";

function cannotCut(image: ImageSource, problem: string): DataError {
  return new DataError(`Cannot cut patches from "${image.name}": ${problem}`);
}

function checkOptions(
  image: ImageSource,
  { size, microns, pixels, scale = 1, fill = 255, level, range }: PatchOptions,
): void {
  const bad = (name: string, value: unknown, wanted: string): DataError => {
    return cannotCut(image, `${name} is ${value}, expected ${wanted}`);
  };
  if (!(Number.isInteger(size) && size >= 1)) throw bad("size", size, "a whole number from 1 on");
  for (const [name, value] of Object.entries({ microns, pixels, scale })) {
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) throw bad(name, value, "a positive number");
  }
  if (microns !== undefined && pixels !== undefined) throw cannotCut(image, "give microns or pixels, not both");
  if (!(Number.isInteger(fill) && fill >= 0 && fill <= 255)) throw bad("fill", fill, "a whole number from 0 to 255");
  if (range !== undefined && !(range[1] > range[0])) {
    throw bad("range", range.join(","), "LOW,HIGH with LOW below HIGH");
  }
  if (level !== undefined && image.levels[level] === undefined) {
    throw bad("level", level, `one of 0 to ${image.levels.length - 1}`);
  }
}

function windowOf(
  image: ImageSource,
  { size, microns, pixels }: PatchOptions,
  micronsPerPixel: readonly [number, number] | undefined,
): readonly [number, number] {
  if (microns === undefined) return [pixels ?? size, pixels ?? size];
  if (micronsPerPixel !== undefined) return [microns / micronsPerPixel[0], microns / micronsPerPixel[1]];
  throw cannotCut(image, "it does not say how large its pixels are, give --microns-per-pixel or --pixels");
}

function channelsOf(image: ImageSource, names: readonly string[] | undefined): readonly number[] {
  if (names === undefined) {
    return image.channels.flatMap((name, i) => name === "alpha" ? [] : [i]);
  }
  return names.map((name) => {
    const index = image.channels.indexOf(name);
    if (index >= 0) return index;
    throw cannotCut(image, `it has no channel "${name}", its channels are ${image.channels.join(", ")}`);
  });
}

/** The coarsest level whose pixels are not coarser than those of the patch. */
function chooseLevel(levels: readonly ImageLevel[], ratio: readonly [number, number]): number {
  return levels.findLastIndex(({ downsample: [x, y] }) => x <= ratio[0] + 1e-6 && y <= ratio[1] + 1e-6);
}

interface Cut {
  readonly image: ImageSource;
  readonly level: number;
  readonly size: number;
  /** Centres in pixels of the level, `[N, 2]`. */
  readonly centres: Float64Array;
  /** Half a window in pixels of the level. */
  readonly half: readonly [number, number];
}

function weightsAt({ centres, half, size }: Cut, row: number, axis: 0 | 1): AxisWeights {
  const centre = centres[row * 2 + axis]!;
  return axisWeights(centre - half[axis]!, centre + half[axis]!, size);
}

/** Rows by the rectangle of the image in which their centres lie, rectangle after rectangle. */
function rowsByCell(cut: Cut): readonly (readonly number[])[] {
  const level = cut.image.levels[cut.level]!;
  const [width, height] = readingCell(level, [cut.half[0] * 2, cut.half[1] * 2]);
  const cells = new Map<number, number[]>();
  const across = Math.ceil(level.width / width) + 2;
  const place = (value: number, step: number, end: number): number =>
    Math.floor(Math.min(Math.max(value, -1), end) / step);
  for (let row = 0; row < cut.centres.length / 2; row++) {
    const x = place(cut.centres[row * 2]!, width, level.width);
    const y = place(cut.centres[row * 2 + 1]!, height, level.height);
    const key = (y + 1) * across + x + 1;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [row]);
    else cell.push(row);
  }
  return [...cells].sort(([a], [b]) => a - b).map(([, rows]) => rows);
}

/** The part of the image that the patches of a cell need. */
function regionFor(cut: Cut, rows: readonly number[]): ImageRegion {
  const { width, height } = cut.image.levels[cut.level]!;
  const span = (axis: 0 | 1, end: number): readonly [number, number] => {
    let [from, to] = [Infinity, -Infinity];
    for (const row of rows) {
      const centre = cut.centres[row * 2 + axis]!;
      from = Math.min(from, Math.floor(centre - cut.half[axis]!) - 1);
      to = Math.max(to, Math.ceil(centre + cut.half[axis]!) + 1);
    }
    return [Math.min(Math.max(from, 0), end), Math.min(Math.max(to, 0), end)];
  };
  const [left, right] = span(0, width);
  const [top, bottom] = span(1, height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

async function* cutAll(
  cut: Cut,
  take: readonly number[],
  ranges: readonly ByteRange[],
  fill: number,
): AsyncGenerator<Patch> {
  const depth = take.length;
  const gains = ranges.map(([low, high]) => 255 / (high - low));
  const outside = ranges.map(([low], c) => low + fill / gains[c]!);
  for (const rows of rowsByCell(cut)) {
    const region = regionFor(cut, rows);
    const { data } = await cut.image.read(region, cut.level);
    const pixels = { ...region, data, channels: cut.image.channels.length };
    for (const row of rows) {
      const values = resample(pixels, weightsAt(cut, row, 0), weightsAt(cut, row, 1), take, outside);
      const bytes = new Uint8ClampedArray(values.length);
      for (let i = 0; i < values.length; i++) {
        // The clamped array rounds halves to even; half up is what image programs do.
        bytes[i] = Math.floor((values[i]! - ranges[i % depth]![0]) * gains[i % depth]! + 0.5);
      }
      yield { row, pixels: new Uint8Array(bytes.buffer) };
    }
  }
}

/**
 * Cut a square patch around each spot or cell.
 *
 * A coordinate (x, y), times `scale`, is a place in level 0 where pixel j covers [j, j + 1): a window of w pixels around
 * a whole number c shows the pixels c - w/2 to c + w/2 - 1, as slicing does in NumPy. Pixels are resampled along each
 * axis by {@linkcode axisWeights}; what lies outside the image counts as `fill`. Then `range` is mapped to 0 to 255 and
 * rounded, halves up.
 *
 * @param image The image.
 * @param centres Coordinates `[N, D]`, x and y first.
 * @param options Size, place and values.
 * @returns The patches `[N, size, size, C]`, which are cut when they are asked for.
 * @throws {DataError} If an option does not fit the image, a coordinate is not finite, or all centres lie outside.
 */
export async function cutPatches(
  image: ImageSource,
  centres: HostArray<NumericArray>,
  options: PatchOptions,
): Promise<PatchCut> {
  checkOptions(image, options);
  const { size, scale = 1, fill = 255, range } = options;
  const given = options.micronsPerPixel;
  const pixelMicrons = given === undefined ? image.micronsPerPixel : [given, given] as const;
  const window = windowOf(image, options, pixelMicrons);
  const take = channelsOf(image, options.channels);
  const level = options.level ?? chooseLevel(image.levels, [window[0] / size, window[1] / size]);
  const chosen = Math.max(0, level);
  const { downsample } = image.levels[chosen]!;
  const places = levelCentres(image, centres, scale, downsample);
  const half = [window[0] / downsample[0] / 2, window[1] / downsample[1] / 2] as const;
  const cut: Cut = { image, level: chosen, size, centres: places, half };
  const ranges = await byteRanges(image, chosen, take, range);
  const count = centres.shape[0]!;
  const record: PatchRecord = {
    size,
    window,
    ...(pixelMicrons !== undefined && {
      micronsPerPixel: [window[0] / size * pixelMicrons[0], window[1] / size * pixelMicrons[1]] as const,
    }),
    scale,
    level: chosen,
    channels: take.map((channel) => image.channels[channel]!),
    ranges,
    fill,
    rules: [resampleRule(half[0] * 2 / size), resampleRule(half[1] * 2 / size)],
    ...borderCounts(cut),
  };
  if (record.outside === count && count > 0) {
    const { width, height } = image.levels[0]!;
    const first = [0, 1].map((axis) => (Number(centres.data[axis]) * scale).toFixed(1)).join(", ");
    const problem = `all ${count} centres lie outside its ${width} x ${height} pixels, the first at ${first}`;
    throw cannotCut(image, `${problem}, check --scale and that the image belongs to the table`);
  }
  return Object.freeze({
    shape: [count, size, size, take.length] as const,
    record,
    patches: () => cutAll(cut, take, ranges, fill),
  });
}

function levelCentres(
  image: ImageSource,
  { data, shape }: HostArray<NumericArray>,
  scale: number,
  downsample: readonly [number, number],
): Float64Array {
  const dims = shape[1] ?? 0;
  if (shape.length !== 2 || dims < 2) throw cannotCut(image, `centres have shape [${shape}], expected [N, 2]`);
  const places = new Float64Array(shape[0]! * 2);
  for (let row = 0; row < shape[0]!; row++) {
    for (let axis = 0; axis < 2; axis++) {
      const value = data[row * dims + axis]!;
      if (!Number.isFinite(value)) {
        throw cannotCut(image, `the centre of row ${row} has coordinate ${value}, remove it`);
      }
      places[row * 2 + axis] = value * scale / downsample[axis]!;
    }
  }
  return places;
}

function borderCounts({ image, level, centres, half }: Cut): { readonly atBorder: number; readonly outside: number } {
  const { width, height } = image.levels[level]!;
  let [atBorder, outside] = [0, 0];
  for (let i = 0; i < centres.length; i += 2) {
    const [x, y] = [centres[i]!, centres[i + 1]!];
    if (x < 0 || y < 0 || x >= width || y >= height) outside++;
    if (x < half[0] || y < half[1] || x > width - half[0] || y > height - half[1]) atBorder++;
  }
  return { atBorder, outside };
}

/**
 * Cut all patches into one array, for tables that fit in memory.
 *
 * @param cut The patches.
 * @returns Values `[N, size, size, C]` in the order of the centres.
 */
export async function patchArray(cut: PatchCut): Promise<HostArray<Uint8Array>> {
  const [count, height, width, channels] = cut.shape;
  const length = height * width * channels;
  const data = new Uint8Array(count * length);
  for await (const { row, pixels } of cut.patches()) data.set(pixels, row * length);
  return hostArray(data, cut.shape);
}
