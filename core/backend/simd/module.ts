import { adam, blend } from "./adam.ts";
import { gelu, geluGrad, leakyRelu, leakyReluGrad, silu, siluGrad } from "./activation.ts";
import { PRODUCT_FUNCTIONS, type ProductSimd } from "./blocked_product.ts";
import { copyRows } from "./copy.ts";
import { compileKernels } from "./compile.ts";
import { squaredDistances, squaredDistancesGrad } from "./distance.ts";
import { combineDerivatives, derivativeSums, scaleChannels, squaredDeviations } from "./group_norm.ts";
import { layerNorm, layerNormGrad } from "./norm.ts";
import { scoresGradRows, softmaxGradRows, softmaxRows } from "./softmax.ts";
import { sumColumns, sumRows, sumSquares } from "./sums.ts";

/** Vector kernels on a WebAssembly heap; arguments are byte offsets, counts and constants, as their files declare. */
export interface SimdKernels extends ProductSimd {
  readonly sumRows: (x: number, out: number, rows: number, size: number) => void;
  readonly sumSquares: (x: number, out: number, rows: number, size: number) => void;
  readonly sumColumns: (x: number, out: number, outer: number, rows: number, size: number) => void;
  readonly leakyRelu: (x: number, y: number, size: number, slope: number) => void;
  readonly leakyReluGrad: (dy: number, x: number, dx: number, size: number, slope: number) => void;
  readonly gelu: (x: number, y: number, size: number) => void;
  readonly geluGrad: (dy: number, x: number, dx: number, size: number) => void;
  readonly silu: (x: number, y: number, size: number) => void;
  readonly siluGrad: (dy: number, x: number, dx: number, size: number) => void;
  readonly squaredDistances: (
    points: number,
    x: number,
    out: number,
    rows: number,
    count: number,
    size: number,
  ) => void;
  readonly squaredDistancesGrad: (
    dy: number,
    points: number,
    x: number,
    out: number,
    rows: number,
    count: number,
    size: number,
  ) => void;
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
  readonly squaredDeviations: (x: number, mean: number, out: number, rows: number, size: number) => void;
  readonly scaleChannels: (
    x: number,
    mean: number,
    scale: number,
    shift: number,
    y: number,
    rows: number,
    size: number,
  ) => void;
  readonly derivativeSums: (
    dy: number,
    x: number,
    mean: number,
    sums: number,
    along: number,
    rows: number,
    size: number,
  ) => void;
  readonly combineDerivatives: (
    dy: number,
    x: number,
    mean: number,
    scale: number,
    slope: number,
    shift: number,
    dx: number,
    rows: number,
    size: number,
  ) => void;
  readonly softmaxRows: (
    x: number,
    mask: number,
    maskStride: number,
    dropout: number,
    y: number,
    stats: number,
    rows: number,
    size: number,
    scale: number,
  ) => void;
  readonly softmaxGradRows: (dp: number, p: number, dx: number, rows: number, size: number) => void;
  readonly scoresGradRows: (
    x: number,
    mask: number,
    maskStride: number,
    dropout: number,
    dp: number,
    p: number,
    stats: number,
    rows: number,
    size: number,
    scale: number,
  ) => void;
  readonly adam: (
    gradient: number,
    first: number,
    second: number,
    value: number,
    move: number,
    mean: number,
    spread: number,
    size: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    rootFactor: number,
    epsilon: number,
    moveFactor: number,
    decayFactor: number,
  ) => void;
  readonly blend: (from: number, to: number, out: number, size: number, share: number) => void;
  readonly copyRows: (
    from: number,
    to: number,
    fromStride: number,
    toStride: number,
    bytes: number,
    rows: number,
  ) => void;
}

const FUNCTIONS = [
  sumRows,
  sumSquares,
  sumColumns,
  leakyRelu,
  leakyReluGrad,
  gelu,
  geluGrad,
  silu,
  siluGrad,
  squaredDistances,
  squaredDistancesGrad,
  layerNorm,
  layerNormGrad,
  squaredDeviations,
  scaleChannels,
  derivativeSums,
  combineDerivatives,
  softmaxRows,
  softmaxGradRows,
  scoresGradRows,
  adam,
  blend,
  copyRows,
  ...PRODUCT_FUNCTIONS,
];

/**
 * Compile the vector kernels for a heap.
 *
 * @param memory The heap; the kernels follow its growth.
 * @returns The kernels.
 */
export function simdKernels(memory: WebAssembly.Memory): SimdKernels {
  return compileKernels<SimdKernels>(FUNCTIONS, memory);
}
