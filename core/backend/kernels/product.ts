import { tf } from "../../tensor/tf.ts";
import type { Gemm } from "../gemm.ts";
import type { ProductSizes } from "../simd/blocked_product.ts";
import { offsetOf, sizeOf, type WasmKernel } from "../wasm_heap.ts";

function productSizes(
  a: readonly number[],
  b: readonly number[],
  transposeA: boolean,
  transposeB: boolean,
): ProductSizes {
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
 * @param gemm Multiplies two matrices.
 * @returns Kernel with inputs `a` and `b` and attributes `transposeA`, `transposeB`.
 */
export function productKernel(gemm: Gemm): WasmKernel {
  return ({ inputs, attrs, backend }) => {
    const a = inputs.a!;
    const b = inputs.b!;
    const transposeA = attrs.transposeA === true;
    const transposeB = attrs.transposeB === true;
    if (a.dtype !== "float32" || b.dtype !== "float32") {
      throw new TypeError(`Cannot multiply matrices of types ${a.dtype} and ${b.dtype}: expected float32`);
    }
    const sizes = productSizes(a.shape, b.shape, transposeA, transposeB);
    const { m, n, k } = sizes;
    const batchA = a.shape.slice(0, -2);
    const batchB = b.shape.slice(0, -2);
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const out = backend.makeOutput([...batch, m, n], "float32");
    const count = sizeOf(batch);
    if (count * m * n === 0) return out;
    const [fromA, fromB, to] = [a, b, out].map((info) => offsetOf(backend, info)) as [number, number, number];
    const strideA = transposeA ? m : k;
    const strideB = transposeB ? k : n;
    if (count === 1 || (!transposeA && sizeOf(batchB) === 1 && sizeOf(batchA) === count)) {
      gemm({ m: count * m, n, k }, transposeA, transposeB, [fromA, strideA], [fromB, strideB], 0, [to, n]);
      return out;
    }
    const indexA = batchIndex(batchA, batch);
    const indexB = batchIndex(batchB, batch);
    for (let i = 0; i < count; i++) {
      const matrixA = [fromA + 4 * m * k * indexA[i]!, strideA] as const;
      const matrixB = [fromB + 4 * k * n * indexB[i]!, strideB] as const;
      gemm(sizes, transposeA, transposeB, matrixA, matrixB, 0, [to + 4 * m * n * i, n]);
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
 * @param gemm Multiplies two matrices.
 * @returns Kernel with inputs `x` `[m, k]`, `kernel` `[k, n]` and an optional `bias` `[n]`.
 */
export function linearKernel(gemm: Gemm): WasmKernel {
  return ({ inputs, backend }) => {
    const [m, k] = inputs.x!.shape as [number, number];
    const n = inputs.kernel!.shape[1]!;
    const out = backend.makeOutput([m, n], "float32");
    if (m * n === 0) return out;
    const to = offsetOf(backend, out);
    const { bias } = inputs;
    if (bias !== undefined) repeatRow(backend.wasm.HEAPF32, offsetOf(backend, bias) / 4, to / 4, n, m);
    const x = [offsetOf(backend, inputs.x!), k] as const;
    const kernel = [offsetOf(backend, inputs.kernel!), n] as const;
    gemm({ m, n, k }, false, false, x, kernel, bias === undefined ? 0 : 1, [to, n]);
    return out;
  };
}
