import type { tf } from "../../tensor/tf.ts";
import type { Gemm, Matrix } from "../gemm.ts";
import type { SimdKernels } from "../simd/module.ts";
import { type KernelArguments, offsetOf, sizeOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";

/** Bytes of a float32. */
const BYTES = 4;

/** Sizes of one attention. */
interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly rows: number;
  readonly keys: number;
  /** Features of one head in queries and keys. */
  readonly width: number;
  /** Features of one head in values. */
  readonly valueWidth: number;
  readonly scale: number;
}

function sizesOf({ inputs, attrs }: KernelArguments): Sizes {
  const [batch, rows, width] = inputs.q!.shape as [number, number, number];
  const [, keys, valueWidth] = inputs.v!.shape as [number, number, number];
  const heads = attrs.heads as number;
  const scale = 1 / Math.sqrt(width / heads);
  return { batch, heads, rows, keys, width: width / heads, valueWidth: valueWidth / heads, scale };
}

/** The features of one head of one batch entry, as a matrix inside a tensor `[batch, rows, features]`. */
type HeadOf = (info: tf.TensorInfo) => Matrix;

function headOf(backend: WasmBackend, heads: number, batch: number, head: number): HeadOf {
  return (info) => {
    const [, rows, features] = info.shape as [number, number, number];
    return [offsetOf(backend, info) + BYTES * (batch * rows * features + head * features / heads), features];
  };
}

/** Where the mask of a head begins, and how far apart its rows are, in bytes; both 0 without a mask. */
function maskOf(backend: WasmBackend, mask: tf.TensorInfo, batch: number, head: number): readonly [number, number] {
  if (sizeOf(mask.shape) === 0) return [0, 0];
  const [batches, heads, rows, keys] = [1, 1, 1, 1, ...mask.shape].slice(-4) as [number, number, number, number];
  const index = (batches === 1 ? 0 : batch) * heads + (heads === 1 ? 0 : head);
  return [offsetOf(backend, mask) + BYTES * index * rows * keys, rows === 1 ? 0 : BYTES * keys];
}

/** Scratch matrices `[rows, keys]` of one head, which stay in the processor's cache. */
interface Scratch {
  /** Weights. */
  readonly weights: number;
  /** Weights after dropout; the same as `weights` without it. */
  readonly dropped: number;
  /** Derivatives of the scores. */
  readonly scores: number;
}

/** Compute the weights of each head of each batch entry in scratch memory, and visit it. */
function eachHead(
  args: KernelArguments,
  sizes: Sizes,
  gemm: Gemm,
  simd: SimdKernels,
  visit: (head: HeadOf, scratch: Scratch, dropout: number) => void,
): void {
  const { inputs, backend } = args;
  const { batch, heads, rows, keys, width, scale } = sizes;
  const matrices = Array.from({ length: 3 }, () => backend.makeOutput([rows, keys], "float32"));
  const [weights, second, scores] = matrices.map((info) => offsetOf(backend, info)) as [number, number, number];
  const drops = sizeOf(inputs.dropoutMask!.shape) > 0;
  const scratch = { weights, dropped: drops ? second : weights, scores };
  for (let i = 0; i < batch * heads; i++) {
    const [b, h] = [Math.floor(i / heads), i % heads];
    const head = headOf(backend, heads, b, h);
    const dropout = drops ? offsetOf(backend, inputs.dropoutMask!) + BYTES * i * rows * keys : 0;
    gemm({ m: rows, n: keys, k: width }, false, true, head(inputs.q!), head(inputs.k!), 0, [weights, keys]);
    const [mask, maskStride] = maskOf(backend, inputs.mask!, b, h);
    simd.softmaxRows(weights, mask, maskStride, dropout, scratch.dropped, rows, keys, scale);
    visit(head, scratch, dropout);
  }
  for (const info of matrices) backend.disposeData(info.dataId);
}

/**
 * Make the attention kernel: per head two products around a softmax, on strided views of the inputs.
 *
 * @param gemm Multiplies two matrices.
 * @param simd Vector kernels of the heap.
 * @returns Kernel with inputs `q`, `k`, `v`, `mask`, `dropoutMask` (the last two may be empty) and attribute `heads`.
 */
export function attentionKernel(gemm: Gemm, simd: SimdKernels): WasmKernel {
  return (args) => {
    const { inputs, backend } = args;
    const sizes = sizesOf(args);
    const { batch, heads, rows: m, keys: k, valueWidth: n } = sizes;
    const out = backend.makeOutput([batch, m, heads * n], "float32");
    eachHead(args, sizes, gemm, simd, (head, { dropped }) => {
      gemm({ m, n, k }, false, false, [dropped, k], head(inputs.v!), 0, head(out));
    });
    return out;
  };
}

/**
 * Make the kernel of the attention's derivatives; the weights are computed again.
 *
 * @param gemm Multiplies two matrices.
 * @param simd Vector kernels of the heap.
 * @returns Kernel with the inputs of the attention and `dy`; its outputs belong to `q`, `k` and `v`.
 */
export function attentionGradKernel(gemm: Gemm, simd: SimdKernels): WasmKernel {
  return (args) => {
    const { inputs, backend } = args;
    const sizes = sizesOf(args);
    const { rows, keys, width, valueWidth, scale } = sizes;
    const outputs = [inputs.q!, inputs.k!, inputs.v!].map(({ shape }) => backend.makeOutput(shape, "float32"));
    const [dq, dk, dv] = outputs as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo];
    eachHead(args, sizes, gemm, simd, (head, { weights, dropped, scores }, dropout) => {
      const dy = head(inputs.dy!);
      gemm({ m: keys, n: valueWidth, k: rows }, true, false, [dropped, keys], dy, 0, head(dv));
      gemm({ m: rows, n: keys, k: valueWidth }, false, true, dy, head(inputs.v!), 0, [scores, keys]);
      simd.softmaxGradRows(scores, weights, dropout, scores, rows, keys, scale);
      gemm({ m: rows, n: width, k: keys }, false, false, [scores, keys], head(inputs.k!), 0, head(dq));
      gemm({ m: keys, n: width, k: rows }, true, false, [scores, keys], head(inputs.q!), 0, head(dk));
    });
    return outputs;
  };
}
