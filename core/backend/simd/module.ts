import { leakyRelu, leakyReluGrad } from "./activation.ts";
import { copyRows } from "./copy.ts";
import { assemble } from "./encode.ts";
import { layerNorm, layerNormGrad } from "./norm.ts";
import { multiplyPanel, packPanel } from "./product.ts";
import { softmaxGradRows, softmaxRows } from "./softmax.ts";
import { sumColumns, sumRows } from "./sums.ts";

/** Vector kernels on a WebAssembly heap; arguments are byte offsets, counts and constants, as their files declare. */
export interface SimdKernels {
  readonly sumRows: (x: number, out: number, rows: number, size: number) => void;
  readonly sumColumns: (x: number, out: number, outer: number, rows: number, size: number) => void;
  readonly leakyRelu: (x: number, y: number, size: number, slope: number) => void;
  readonly leakyReluGrad: (dy: number, x: number, dx: number, size: number, slope: number) => void;
  readonly layerNorm: (
    x: number,
    gamma: number,
    beta: number,
    y: number,
    stats: number,
    rows: number,
    size: number,
    epsilon: number,
  ) => void;
  readonly layerNormGrad: (
    dy: number,
    x: number,
    gamma: number,
    stats: number,
    dx: number,
    dGamma: number,
    dBeta: number,
    rows: number,
    size: number,
  ) => void;
  readonly softmaxRows: (
    x: number,
    mask: number,
    maskStride: number,
    dropout: number,
    dropped: number,
    rows: number,
    size: number,
    scale: number,
  ) => void;
  readonly softmaxGradRows: (
    dp: number,
    p: number,
    dropout: number,
    dx: number,
    rows: number,
    size: number,
    scale: number,
  ) => void;
  readonly copyRows: (
    from: number,
    to: number,
    fromStride: number,
    toStride: number,
    bytes: number,
    rows: number,
  ) => void;
  readonly packPanel: (
    b: number,
    rowStride: number,
    columnStride: number,
    panel: number,
    k: number,
    columns: number,
  ) => void;
  readonly multiplyPanel: (
    a: number,
    rowStride: number,
    columnStride: number,
    panel: number,
    c: number,
    strideC: number,
    m: number,
    k: number,
    columns: number,
    tile: number,
  ) => void;
}

const FUNCTIONS = [
  sumRows,
  sumColumns,
  leakyRelu,
  leakyReluGrad,
  layerNorm,
  layerNormGrad,
  softmaxRows,
  softmaxGradRows,
  copyRows,
  packPanel,
  multiplyPanel,
];

/**
 * Compile the vector kernels for a heap.
 *
 * @param memory The heap; the kernels follow its growth.
 * @returns The kernels.
 */
export function simdKernels(memory: WebAssembly.Memory): SimdKernels {
  const module = new WebAssembly.Module(assemble(FUNCTIONS));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as SimdKernels;
}
