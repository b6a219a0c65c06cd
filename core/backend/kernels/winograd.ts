import type { TransformMatrices } from "../simd/conv_module.ts";
import type { ConvSizes } from "./conv_sizes.ts";
import type { ConvTools } from "./conv_tools.ts";
import { withScratch } from "./scratch.ts";

// Convolution with filters of 3 x 3 by minimal filtering (Winograd; Lavin and Gray 2016, F(4x4, 3x3)): each tile of
// 4 x 4 outputs depends on a patch of 6 x 6 inputs, whose transform is multiplied by that of the filter place by place.
// For all tiles together that is one matrix product per place ("plane"): 36 multiplications per tile, channel and filter
// instead of 144.

const TILE = 4;
const PATCH = 6;
const PLANES = PATCH * PATCH;
const TAPS = 9;
/** Bytes of a float32. */
const BYTES = 4;
/** Values between planes: planes that are a power of two apart would crowd each other out of the cache. */
const GAP = 16;
/** Values in the planes of one chunk of tiles: 2 MiB, about the second cache. */
const CHUNK_VALUES = 2 ** 19;
/** Rows at which the products run at full speed; chunks hold fewer only if they would grow beyond 16 MiB. */
const CHUNK_TILES = 128;
const MOST_VALUES = 2 ** 22;
/** Values in the transformed filters, 32 MiB. */
const MOST_FILTER_VALUES = 2 ** 23;
/** Below these the transforms cost more than the multiplications they save (measured). */
const LEAST_CHANNELS = 8;
const LEAST_TILES = 8;
const LEAST_COVER = 0.4;

/** Where a tile of the output lies. */
interface Tile {
  readonly image: number;
  readonly y: number;
  readonly x: number;
}

/** How the 36 matrices of some values lie on the heap. */
interface Planes {
  /** Values of a row. */
  readonly row: number;
  /** Values from one plane to the next. */
  readonly stride: number;
}

function planes(rows: number, row: number): Planes {
  return { row, stride: rows * row + GAP };
}

function tileCounts({ outHeight, outWidth }: ConvSizes): readonly [down: number, across: number] {
  return [Math.ceil(outHeight / TILE), Math.ceil(outWidth / TILE)];
}

/**
 * Whether the algorithm applies and pays.
 *
 * @param sizes Sizes of the convolution.
 * @returns Whether to use it.
 */
export function suitsWinograd(sizes: ConvSizes): boolean {
  const { filterHeight, filterWidth, strideY, strideX, batch, outHeight, outWidth, channels, filters } = sizes;
  const [down, across] = tileCounts(sizes);
  return filterHeight === 3 && filterWidth === 3 && strideY === 1 && strideX === 1 && channels >= LEAST_CHANNELS &&
    batch * down * across >= LEAST_TILES && outHeight * outWidth >= LEAST_COVER * TILE * TILE * down * across &&
    PLANES * channels * filters <= MOST_FILTER_VALUES;
}

function chunkOf(sizes: ConvSizes): number {
  const [down, across] = tileCounts(sizes);
  const perTile = PLANES * (sizes.channels + sizes.filters);
  const size = Math.max(CHUNK_VALUES / perTile, Math.min(CHUNK_TILES, MOST_VALUES / perTile));
  return Math.min(Math.max(1, Math.floor(size)), sizes.batch * down * across);
}

/** Cut the tiles of all images into chunks. */
function eachChunk(sizes: ConvSizes, chunk: number, visit: (tiles: readonly Tile[]) => void): void {
  const [down, across] = tileCounts(sizes);
  const count = sizes.batch * down * across;
  for (let first = 0; first < count; first += chunk) {
    visit(Array.from({ length: Math.min(chunk, count - first) }, (_, i) => {
      const line = Math.floor((first + i) / across);
      return { image: Math.floor(line / down), y: TILE * (line % down), x: TILE * ((first + i) % across) };
    }));
  }
}

/** Images `[height, width, channels]` that are transformed square by square. */
interface Squares {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly side: number;
  readonly map: TransformMatrices;
  /** Room for one square. */
  readonly room: number;
}

/** Transform the square of each tile into a row of the planes; what lies outside of the image counts as 0. */
function squaresToPlanes(
  { conv }: ConvTools,
  { images, height, width, channels, side, map, room }: Squares,
  tiles: readonly Tile[],
  [top, left]: readonly [number, number],
  to: number,
  { row, stride }: Planes,
): void {
  const pixel = BYTES * channels;
  tiles.forEach(({ image, y, x }, i) => {
    const [firstY, firstX] = [y - top, x - left];
    const from = images + image * height * width * pixel;
    const target = to + BYTES * i * row;
    const isInside = firstY >= 0 && firstX >= 0 && firstY + side <= height && firstX + side <= width;
    if (isInside) {
      const corner = from + (firstY * width + firstX) * pixel;
      map(corner, width * pixel, pixel, target, PATCH * BYTES * stride, BYTES * stride, channels);
    } else {
      conv.gatherPatches(from, room, height, width, channels, firstY, firstX, 0, side, side, 1);
      map(room, side * pixel, pixel, target, PATCH * BYTES * stride, BYTES * stride, channels);
    }
  });
}

/** Transform the rows of the planes into tiles of the output. */
function planesToTiles(
  { simd, conv }: ConvTools,
  { outHeight, outWidth, filters }: ConvSizes,
  tiles: readonly Tile[],
  from: number,
  { row, stride }: Planes,
  bias: number,
  room: number,
  y: number,
): void {
  const pixel = BYTES * filters;
  const plane = BYTES * stride;
  tiles.forEach((tile, i) => {
    const source = from + BYTES * i * row;
    const corner = y + ((tile.image * outHeight + tile.y) * outWidth + tile.x) * pixel;
    const rows = Math.min(TILE, outHeight - tile.y);
    const columns = Math.min(TILE, outWidth - tile.x);
    if (rows === TILE && columns === TILE) {
      conv.winogradOutput(source, PATCH * plane, plane, corner, outWidth * pixel, pixel, filters, bias);
    } else {
      conv.winogradOutput(source, PATCH * plane, plane, room, TILE * pixel, pixel, filters, bias);
      simd.copyRows(room, corner, TILE * pixel, outWidth * pixel, columns * pixel, rows);
    }
  });
}

/**
 * Convolve.
 *
 * @param tools What it runs on.
 * @param sizes Sizes; see {@linkcode suitsWinograd}.
 * @param x Input images, a byte offset as all that follow.
 * @param filter Filters.
 * @param bias Bias, if there is one.
 * @param out Output.
 */
export function winogradForward(
  tools: ConvTools,
  sizes: ConvSizes,
  x: number,
  filter: number,
  bias: number | undefined,
  out: number,
): void {
  const { backend, gemm, conv } = tools;
  const { height, width, channels, filters, top, left } = sizes;
  const chunk = chunkOf(sizes);
  const [ofX, ofFilter, ofOut] = [planes(chunk, channels), planes(channels, filters), planes(chunk, filters)];
  const scratch = [
    ...[ofX, ofFilter, ofOut].map(({ stride }) => PLANES * stride),
    PLANES * channels,
    TILE * TILE * filters,
    filters,
  ] as const;
  withScratch(backend, scratch, (planesX, planesFilter, planesOut, patch, tile, zeros) => {
    const tap = BYTES * channels * filters;
    const plane = BYTES * ofFilter.stride;
    conv.winogradFilter(filter, 3 * tap, tap, planesFilter!, PATCH * plane, plane, channels * filters);
    if (bias === undefined) backend.wasm.HEAPF32.fill(0, zeros! / BYTES, zeros! / BYTES + filters);
    const squares = { images: x, height, width, channels, side: PATCH, map: conv.winogradInput, room: patch! };
    eachChunk(sizes, chunk, (tiles) => {
      squaresToPlanes(tools, squares, tiles, [top, left], planesX!, ofX);
      const product = { m: tiles.length, n: filters, k: channels };
      for (let p = 0; p < PLANES; p++) {
        const a = [planesX! + BYTES * p * ofX.stride, channels] as const;
        const b = [planesFilter! + BYTES * p * ofFilter.stride, filters] as const;
        gemm(product, false, false, a, b, 0, [planesOut! + BYTES * p * ofOut.stride, filters]);
      }
      planesToTiles(tools, sizes, tiles, planesOut!, ofOut, bias ?? zeros!, tile!, out);
    });
  });
}

/** Sizes of the convolution of the output's derivative with the filters turned around that gives the input's. */
function inputGradSizes(sizes: ConvSizes): ConvSizes {
  const { height, width, channels, outHeight, outWidth, filters, top, left } = sizes;
  return {
    ...sizes,
    height: outHeight,
    width: outWidth,
    channels: filters,
    outHeight: height,
    outWidth: width,
    filters: channels,
    top: 2 - top,
    left: 2 - left,
  };
}

/**
 * Derivative with respect to the input.
 *
 * @param tools What it runs on.
 * @param sizes Sizes of the convolution; see {@linkcode suitsWinograd}.
 * @param dy Derivative of the output, a byte offset as all that follow.
 * @param filter Filters.
 * @param dx Derivative of the input.
 */
export function winogradInputGrad(tools: ConvTools, sizes: ConvSizes, dy: number, filter: number, dx: number): void {
  const { channels, filters } = sizes;
  withScratch(tools.backend, [TAPS * channels * filters], (turned) => {
    for (let tap = 0; tap < TAPS; tap++) {
      const [from, to] = [tap, TAPS - 1 - tap].map((i) => BYTES * i * channels * filters) as [number, number];
      tools.conv.transposeMatrix(filter + from, turned! + to, channels, filters);
    }
    winogradForward(tools, inputGradSizes(sizes), dy, turned!, undefined, dx);
  });
}

/**
 * Derivative with respect to the filters: each step of {@linkcode winogradForward} transposed.
 *
 * @param tools What it runs on.
 * @param sizes Sizes; see {@linkcode suitsWinograd}.
 * @param x Input images, a byte offset as all that follow.
 * @param dy Derivative of the output.
 * @param dFilter Derivative of the filters.
 */
export function winogradFilterGrad(tools: ConvTools, sizes: ConvSizes, x: number, dy: number, dFilter: number): void {
  const { backend, gemm, conv } = tools;
  const { height, width, channels, outHeight, outWidth, filters, top, left } = sizes;
  const chunk = chunkOf(sizes);
  const [ofX, ofFilter, ofOut] = [planes(chunk, channels), planes(channels, filters), planes(chunk, filters)];
  const scratch = [
    ...[ofX, ofFilter, ofOut].map(({ stride }) => PLANES * stride),
    PLANES * channels,
    TILE * TILE * filters,
  ] as const;
  withScratch(backend, scratch, (planesX, planesFilter, planesOut, patch, tile) => {
    const patches = { images: x, height, width, channels, side: PATCH, map: conv.winogradInput, room: patch! };
    const outputs = { images: dy, height: outHeight, width: outWidth, channels: filters, side: TILE };
    let beta: 0 | 1 = 0;
    eachChunk(sizes, chunk, (tiles) => {
      squaresToPlanes(tools, patches, tiles, [top, left], planesX!, ofX);
      const squares = { ...outputs, map: conv.winogradOutputGrad, room: tile! };
      squaresToPlanes(tools, squares, tiles, [0, 0], planesOut!, ofOut);
      const product = { m: channels, n: filters, k: tiles.length };
      for (let p = 0; p < PLANES; p++) {
        const a = [planesX! + BYTES * p * ofX.stride, channels] as const;
        const b = [planesOut! + BYTES * p * ofOut.stride, filters] as const;
        gemm(product, true, false, a, b, beta, [planesFilter! + BYTES * p * ofFilter.stride, filters]);
      }
      beta = 1;
    });
    const tap = BYTES * channels * filters;
    const plane = BYTES * ofFilter.stride;
    conv.winogradFilterGrad(planesFilter!, PATCH * plane, plane, dFilter, 3 * tap, tap, channels * filters);
  });
}
