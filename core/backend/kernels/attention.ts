import type { tf } from "../../tensor/tf.ts";
import type { Gemm } from "../gemm.ts";
import type { Matrix } from "../simd/blocked_product.ts";
import type { SimdKernels } from "../simd/module.ts";
import { type KernelArguments, offsetOf, sizeOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";

/** Bytes of a float32. */
const BYTES = 4;

/** Bytes of the statistics of one row of scores. */
const STATS = 2 * BYTES;

/** Queries, keys or values as features of a tensor `[batch, rows, features]` that may hold others beside them. */
interface Part {
  readonly info: tf.TensorInfo;
  /** Features of the part. */
  readonly width: number;
  /** Byte offset of the part's first feature in the tensor. */
  readonly begin: number;
}

type Parts = readonly [q: Part, k: Part, v: Part];

/** What a tensor holds, from its name: the letters of the parts that lie side by side in it. */
function partsOf(tensors: readonly string[], infos: readonly tf.TensorInfo[]): Parts {
  const parts = tensors.flatMap((name, t) =>
    Array.from(name, (_, i): Part => {
      const width = infos[t]!.shape[2]! / name.length;
      return { info: infos[t]!, width, begin: BYTES * i * width };
    })
  );
  return parts as unknown as Parts;
}

/** The features of one head of one batch entry, as a matrix. */
function headOf(backend: WasmBackend, heads: number, batch: number, head: number): (part: Part) => Matrix {
  return ({ info, width, begin }) => {
    const [, rows, features] = info.shape as [number, number, number];
    return [offsetOf(backend, info) + begin + BYTES * (batch * rows * features + head * width / heads), features];
  };
}

/** Where the mask of a head begins, and how far apart its rows are, in bytes; both 0 without a mask. */
function maskOf(backend: WasmBackend, mask: tf.TensorInfo, batch: number, head: number): readonly [number, number] {
  if (sizeOf(mask.shape) === 0) return [0, 0];
  const [batches, heads, rows, keys] = [1, 1, 1, 1, ...mask.shape].slice(-4) as [number, number, number, number];
  const index = (batches === 1 ? 0 : batch) * heads + (heads === 1 ? 0 : head);
  return [offsetOf(backend, mask) + BYTES * index * rows * keys, rows === 1 ? 0 : BYTES * keys];
}

/** One head of one batch entry. */
interface Head {
  /** Its part of queries, keys, values or their derivatives. */
  of(part: Part): Matrix;
  /** Addresses of its mask (with the stride of rows), dropout and statistics; 0 where there is none. */
  readonly mask: readonly [offset: number, stride: number];
  readonly dropout: number;
  readonly stats: number;
}

/** What all heads share. */
interface Sizes {
  readonly heads: number;
  /** Number of queries and of keys. */
  readonly rows: number;
  readonly keys: number;
  /** Features of one head in queries and keys, and in values. */
  readonly width: number;
  readonly valueWidth: number;
  readonly scale: number;
}

function sizesOf([q, k, v]: Parts, heads: number): Sizes {
  const width = q.width / heads;
  return {
    heads,
    rows: q.info.shape[1]!,
    keys: k.info.shape[1]!,
    width,
    valueWidth: v.width / heads,
    scale: 1 / Math.sqrt(width),
  };
}

/** Visit the heads of each batch entry with scratch matrices `[rows, keys]`, which stay in the processor's cache. */
function eachHead(
  { inputs, backend }: KernelArguments,
  { heads, rows, keys }: Sizes,
  stats: tf.TensorInfo,
  scratch: number,
  visit: (head: Head, ...scratch: number[]) => void,
): void {
  const [batch] = stats.shape as [number];
  if (rows * keys === 0) return;
  const matrices = Array.from({ length: scratch }, () => backend.makeOutput([rows, keys], "float32"));
  const offsets = matrices.map((info) => offsetOf(backend, info));
  const drops = sizeOf(inputs.dropoutMask!.shape) > 0;
  for (let i = 0; i < batch * heads; i++) {
    const [b, h] = [Math.floor(i / heads), i % heads];
    const head = {
      of: headOf(backend, heads, b, h),
      mask: maskOf(backend, inputs.mask!, b, h),
      dropout: drops ? offsetOf(backend, inputs.dropoutMask!) + BYTES * i * rows * keys : 0,
      stats: offsetOf(backend, stats) + STATS * i * rows,
    };
    visit(head, ...offsets);
  }
  for (const info of matrices) backend.disposeData(info.dataId);
}

/** A tensor for sums of so many terms: zeros if there are none. */
function makeSum(backend: WasmBackend, shape: number[], terms: number): tf.TensorInfo {
  const out = backend.makeOutput(shape, "float32");
  const at = offsetOf(backend, out) / BYTES;
  if (terms === 0) backend.wasm.HEAPF32.fill(0, at, at + sizeOf(shape));
  return out;
}

/**
 * Make an attention kernel: per head two products around a softmax, on strided views of the inputs.
 *
 * @param tensors Names of the inputs that hold queries, keys and values, in this order, by the letters of what each holds:
 * `["q", "k", "v"]`, `["q", "kv"]` or `["qkv"]`.
 * @param gemm Multiplies two matrices.
 * @param simd Vector kernels of the heap.
 * @returns Kernel with these inputs, `mask` and `dropoutMask` (which may be empty) and attribute `heads`; its outputs are
 * the heads' and the statistics of the scores `[B, h, N, 2]`.
 */
export function attentionKernel(tensors: readonly string[], gemm: Gemm, simd: SimdKernels): WasmKernel {
  return (args) => {
    const { inputs, attrs, backend } = args;
    const [q, k, v] = partsOf(tensors, tensors.map((name) => inputs[name]!));
    const sizes = sizesOf([q, k, v], attrs.heads as number);
    const { heads, rows, keys, width, valueWidth, scale } = sizes;
    const batch = q.info.shape[0]!;
    const info = makeSum(backend, [batch, rows, v.width], keys);
    const stats = makeSum(backend, [batch, heads, rows, 2], keys);
    const out = { info, width: v.width, begin: 0 };
    eachHead(args, sizes, stats, 1, ({ of, mask: [mask, maskStride], dropout, stats }, scores = 0) => {
      gemm({ m: rows, n: keys, k: width }, false, true, of(q), of(k), 0, [scores, keys]);
      simd.softmaxRows(scores, mask, maskStride, dropout, scores, stats, rows, keys, scale);
      gemm({ m: rows, n: valueWidth, k: keys }, false, false, [scores, keys], of(v), 0, of(out));
    });
    return [info, stats];
  };
}

/**
 * Make the kernel of an attention's derivatives. The weights are computed again from the statistics of the scores: stored,
 * they would be the largest tensors of a step.
 *
 * @param tensors As in {@linkcode attentionKernel}.
 * @param gemm Multiplies two matrices.
 * @param simd Vector kernels of the heap.
 * @returns Kernel with the inputs of the attention, `stats` and `dy`; its outputs belong to `tensors`.
 */
export function attentionGradKernel(tensors: readonly string[], gemm: Gemm, simd: SimdKernels): WasmKernel {
  return (args) => {
    const { inputs, attrs, backend } = args;
    const infos = tensors.map((name) => inputs[name]!);
    const [q, k, v] = partsOf(tensors, infos);
    const sizes = sizesOf([q, k, v], attrs.heads as number);
    const { rows, keys, width, valueWidth, scale } = sizes;
    const outputs = infos.map(({ shape }) => makeSum(backend, shape, rows * keys));
    const [dq, dk, dv] = partsOf(tensors, outputs);
    const dOut = { info: inputs.dy!, width: v.width, begin: 0 };
    eachHead(args, sizes, inputs.stats!, 3, (head, scores = 0, dScores = 0, weights = 0) => {
      const { of, mask: [mask, maskStride], dropout, stats } = head;
      const dy = of(dOut);
      gemm({ m: rows, n: keys, k: width }, false, true, of(q), of(k), 0, [scores, keys]);
      gemm({ m: rows, n: keys, k: valueWidth }, false, true, dy, of(v), 0, [dScores, keys]);
      simd.scoresGradRows(scores, mask, maskStride, dropout, dScores, weights, stats, rows, keys, scale);
      const dropped = dropout === 0 ? weights : scores;
      gemm({ m: keys, n: valueWidth, k: rows }, true, false, [dropped, keys], dy, 0, of(dv));
      gemm({ m: rows, n: width, k: keys }, false, false, [dScores, keys], of(k), 0, of(dq));
      gemm({ m: keys, n: width, k: rows }, true, false, [dScores, keys], of(q), 0, of(dk));
    });
    return outputs;
  };
}
