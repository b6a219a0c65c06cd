import { tf } from "../tensor/tf.ts";
import { type Blas, PLAIN, ROW_MAJOR, TRANSPOSED } from "./blas.ts";
import { sizeOf, type WasmBackend, type WasmKernel } from "./wasm_heap.ts";

/** Finds the machine address of a tensor's values; valid until the next allocation. */
export type AddressOf = (backend: WasmBackend, info: tf.TensorInfo) => bigint;

/**
 * Make a function that turns tensors into machine addresses.
 *
 * @returns The function; it looks the heap up again whenever the heap has grown.
 */
export function heapAddresses(): AddressOf {
  let buffer: ArrayBuffer | undefined;
  let base = 0n;
  return (backend, info) => {
    const heap = backend.wasm.HEAPU8;
    if (heap.buffer !== buffer) {
      buffer = heap.buffer;
      base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(heap));
    }
    return base + BigInt(backend.dataIdMap.get(info.dataId).memoryOffset);
  };
}

/** Sizes of one product. */
interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function productSizes(a: readonly number[], b: readonly number[], transposeA: boolean, transposeB: boolean): Sizes {
  const [rowsA, columnsA] = a.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.slice(-2) as [number, number];
  const k = transposeA ? rowsA : columnsA;
  if (k !== (transposeB ? columnsB : rowsB)) {
    throw new TypeError(`Cannot multiply matrices of shapes [${a}] and [${b}]: inner sizes differ`);
  }
  return { m: transposeA ? columnsA : rowsA, n: transposeB ? rowsB : columnsB, k };
}

/** For each product of a batch, which matrix of a factor it takes. */
function batchIndex(shape: readonly number[], out: readonly number[]): Int32Array {
  const index = new Int32Array(sizeOf(out));
  let stride = 1;
  let repeat = 1;
  for (let axis = out.length - 1, own = shape.length - 1; axis >= 0; axis--, own--) {
    const size = out[axis]!;
    if (own >= 0 && shape[own] !== 1) {
      for (let i = 0; i < index.length; i++) index[i]! += (Math.floor(i / repeat) % size) * stride;
      stride *= size;
    }
    repeat *= size;
  }
  return index;
}

/**
 * Make the batched matrix product kernel.
 *
 * @param blas Library that multiplies.
 * @param addressOf Finds tensors on the heap.
 * @returns Kernel with inputs `a` and `b`, an optional `bias` per column, and attributes `transposeA`, `transposeB`.
 */
export function nativeProduct(blas: Blas, addressOf: AddressOf): WasmKernel {
  const { sgemm } = blas;
  return ({ inputs, attrs, backend }) => {
    const a = inputs.a!;
    const b = inputs.b!;
    const transposeA = attrs.transposeA === true;
    const transposeB = attrs.transposeB === true;
    if (a.dtype !== "float32" || b.dtype !== "float32") {
      throw new TypeError(`Cannot multiply matrices of types ${a.dtype} and ${b.dtype}: expected float32`);
    }
    const { m, n, k } = productSizes(a.shape, b.shape, transposeA, transposeB);
    const batchA = a.shape.slice(0, -2);
    const batchB = b.shape.slice(0, -2);
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const out = backend.makeOutput([...batch, m, n], "float32");
    const count = sizeOf(batch);
    if (count * m * n === 0) return out;
    const pointerA = addressOf(backend, a);
    const pointerB = addressOf(backend, b);
    const pointerC = addressOf(backend, out);
    const opA = transposeA ? TRANSPOSED : PLAIN;
    const opB = transposeB ? TRANSPOSED : PLAIN;
    // Row strides of at least 1 are required even of empty matrices.
    const strideA = Math.max(1, transposeA ? m : k);
    const strideB = Math.max(1, transposeB ? k : n);
    if (count === 1 || (!transposeA && sizeOf(batchB) === 1 && sizeOf(batchA) === count)) {
      sgemm(ROW_MAJOR, opA, opB, count * m, n, k, 1, pointerA, strideA, pointerB, strideB, 0, pointerC, n);
      return out;
    }
    const indexA = batchIndex(batchA, batch);
    const indexB = batchIndex(batchB, batch);
    for (let i = 0; i < count; i++) {
      const matrixA = pointerA + BigInt(4 * m * k * indexA[i]!);
      const matrixB = pointerB + BigInt(4 * k * n * indexB[i]!);
      const matrixC = pointerC + BigInt(4 * m * n * i);
      sgemm(ROW_MAJOR, opA, opB, m, n, k, 1, matrixA, strideA, matrixB, strideB, 0, matrixC, n);
    }
    return out;
  };
}

/** Copy one row of the heap into all rows of a matrix, doubling what is there. */
function repeatRow(heap: Float32Array, from: number, to: number, size: number, rows: number): void {
  heap.copyWithin(to, from, from + size);
  const end = size * rows;
  for (let done = size; done < end; done *= 2) heap.copyWithin(to + done, to, to + Math.min(done, end - done));
}

/**
 * Make the kernel of the affine map: the bias is laid out first, then the product is added to it in one pass.
 *
 * @param blas Library that multiplies.
 * @param addressOf Finds tensors on the heap.
 * @returns Kernel with inputs `x` `[m, k]`, `kernel` `[k, n]` and an optional `bias` `[n]`.
 */
export function nativeLinear(blas: Blas, addressOf: AddressOf): WasmKernel {
  const { sgemm } = blas;
  return ({ inputs, backend }) => {
    const x = inputs.x!;
    const kernel = inputs.kernel!;
    const bias = inputs.bias;
    const [m, k] = x.shape as [number, number];
    const n = kernel.shape[1]!;
    const out = backend.makeOutput([m, n], "float32");
    if (m * n === 0) return out;
    if (bias !== undefined) {
      const from = backend.dataIdMap.get(bias.dataId).memoryOffset / 4;
      repeatRow(backend.wasm.HEAPF32, from, backend.dataIdMap.get(out.dataId).memoryOffset / 4, n, m);
    }
    const pointerX = addressOf(backend, x);
    const pointerKernel = addressOf(backend, kernel);
    const beta = bias === undefined ? 0 : 1;
    const stride = Math.max(1, k);
    sgemm(ROW_MAJOR, PLAIN, PLAIN, m, n, k, 1, pointerX, stride, pointerKernel, n, beta, addressOf(backend, out), n);
    return out;
  };
}
