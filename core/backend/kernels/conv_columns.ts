import type { Matrix } from "../simd/blocked_product.ts";
import type { MovePatches } from "../simd/conv_module.ts";
import type { ConvSizes } from "./conv_sizes.ts";
import type { ConvTools } from "./conv_tools.ts";
import { withScratch } from "./scratch.ts";

/** Bytes of a float32. */
const BYTES = 4;

/** Values of the patches that are laid out at a time; 1 MiB stays in the second cache. */
const CHUNK_VALUES = 2 ** 18;

/** Whether the input already is the matrix of its patches. */
function isPointwise(
  { filterHeight, filterWidth, strideY, strideX, height, width, outHeight, outWidth }: ConvSizes,
): boolean {
  return filterHeight * filterWidth * strideY * strideX === 1 && height === outHeight && width === outWidth;
}

const patchSize = ({ filterHeight, filterWidth, channels }: ConvSizes): number => filterHeight * filterWidth * channels;

/** Move the patches of some consecutive places of the output between the input images and the rows of a matrix. */
function movePatches(move: MovePatches, sizes: ConvSizes, first: number, count: number, x: number, rows: number): void {
  const { height, width, channels, outHeight, outWidth, filterHeight, filterWidth, strideY, strideX, top, left } =
    sizes;
  for (let done = 0; done < count;) {
    const column = (first + done) % outWidth;
    const line = Math.floor((first + done) / outWidth);
    const run = Math.min(outWidth - column, count - done);
    move(
      x + BYTES * Math.floor(line / outHeight) * height * width * channels,
      rows + BYTES * done * patchSize(sizes),
      height,
      width,
      channels,
      (line % outHeight) * strideY - top,
      column * strideX - left,
      strideX,
      filterHeight,
      filterWidth,
      run,
    );
    done += run;
  }
}

/** Visit the places of the output in chunks; `columns` is room for the patches of one chunk. */
function eachChunk(
  { backend }: ConvTools,
  sizes: ConvSizes,
  visit: (first: number, count: number, columns: number) => void,
): void {
  const places = sizes.batch * sizes.outHeight * sizes.outWidth;
  const chunk = Math.min(places, Math.max(1, Math.floor(CHUNK_VALUES / patchSize(sizes))));
  withScratch(backend, [chunk * patchSize(sizes)], (columns) => {
    for (let first = 0; first < places; first += chunk) visit(first, Math.min(chunk, places - first), columns!);
  });
}

/**
 * Convolve: one matrix product per chunk of patches.
 *
 * @param tools What it runs on.
 * @param sizes Sizes.
 * @param x Input images, a byte offset as all that follow.
 * @param filter Filters.
 * @param bias Bias, if there is one.
 * @param y Output.
 */
export function columnsForward(
  tools: ConvTools,
  sizes: ConvSizes,
  x: number,
  filter: number,
  bias: number | undefined,
  y: number,
): void {
  const { gemm, simd, conv } = tools;
  const [k, n] = [patchSize(sizes), sizes.filters];
  const places = sizes.batch * sizes.outHeight * sizes.outWidth;
  if (bias !== undefined) simd.copyRows(bias, y, 0, BYTES * n, BYTES * n, places);
  const multiply = (first: number, m: number, rows: number): void =>
    gemm({ m, n, k }, false, false, [rows, k], [filter, n], bias === undefined ? 0 : 1, [y + BYTES * first * n, n]);
  if (isPointwise(sizes)) return multiply(0, places, x);
  eachChunk(tools, sizes, (first, count, columns) => {
    movePatches(conv.gatherPatches, sizes, first, count, x, columns);
    multiply(first, count, columns);
  });
}

/**
 * Derivative with respect to the input.
 *
 * @param tools What it runs on.
 * @param sizes Sizes.
 * @param dy Derivative of the output, a byte offset as all that follow.
 * @param filter Filters.
 * @param dx Derivative of the input.
 */
export function columnsInputGrad(tools: ConvTools, sizes: ConvSizes, dy: number, filter: number, dx: number): void {
  const { backend, gemm, conv } = tools;
  const [n, k] = [patchSize(sizes), sizes.filters];
  const multiply = (first: number, m: number, rows: number): void =>
    gemm({ m, n, k }, false, true, [dy + BYTES * first * k, k], [filter, k], 0, [rows, n]);
  if (isPointwise(sizes)) return multiply(0, sizes.batch * sizes.outHeight * sizes.outWidth, dx);
  const { batch, height, width, channels } = sizes;
  backend.wasm.HEAPF32.fill(0, dx / BYTES, dx / BYTES + batch * height * width * channels);
  eachChunk(tools, sizes, (first, count, columns) => {
    multiply(first, count, columns);
    movePatches(conv.scatterPatches, sizes, first, count, dx, columns);
  });
}

/**
 * Derivative with respect to the filters.
 *
 * @param tools What it runs on.
 * @param sizes Sizes.
 * @param x Input images, a byte offset as all that follow.
 * @param dy Derivative of the output.
 * @param dFilter Derivative of the filters.
 */
export function columnsFilterGrad(tools: ConvTools, sizes: ConvSizes, x: number, dy: number, dFilter: number): void {
  const { gemm, conv } = tools;
  const [m, n] = [patchSize(sizes), sizes.filters];
  const out: Matrix = [dFilter, n];
  const multiply = (first: number, k: number, rows: number): void =>
    gemm({ m, n, k }, true, false, [rows, m], [dy + BYTES * first * n, n], first === 0 ? 0 : 1, out);
  if (isPointwise(sizes)) return multiply(0, sizes.batch * sizes.outHeight * sizes.outWidth, x);
  eachChunk(tools, sizes, (first, count, columns) => {
    movePatches(conv.gatherPatches, sizes, first, count, x, columns);
    multiply(first, count, columns);
  });
}
