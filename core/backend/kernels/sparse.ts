import { offsetOf, sizeOf, type WasmKernel } from "../wasm_heap.ts";

/** Vector kernels over the entries of a sparse matrix; offsets are in bytes, see `simd/sparse.ts`. */
export interface SparseKernels {
  /** Adds weighted rows up. */
  sparseProduct(
    values: number,
    x: number,
    row: number,
    column: number,
    out: number,
    entries: number,
    size: number,
    height: number,
    width: number,
  ): void;
  /** Multiplies pairs of rows. */
  sparseDots(
    a: number,
    b: number,
    row: number,
    column: number,
    out: number,
    entries: number,
    size: number,
    height: number,
    width: number,
  ): void;
}

/**
 * Make the kernel of a sparse product.
 *
 * @param simd Gives the vector kernels.
 * @returns Kernel with inputs `values` `[E]`, `x` `[M, D]`, `row` and `column` `[E]`, and attribute `height`.
 */
export function sparseProductKernel(simd: () => SparseKernels): WasmKernel {
  return ({ inputs, attrs, backend }) => {
    const { values, x, row, column } = inputs;
    const [width, size] = x!.shape as [number, number];
    const height = attrs.height as number;
    const out = backend.makeOutput([height, size], "float32");
    const at = (info: typeof out): number => offsetOf(backend, info);
    backend.wasm.HEAPF32.fill(0, at(out) / 4, at(out) / 4 + height * size);
    const entries = sizeOf(row!.shape);
    simd().sparseProduct(at(values!), at(x!), at(row!), at(column!), at(out), entries, size, height, width);
    return out;
  };
}

/**
 * Make the kernel of dot products of pairs of rows.
 *
 * @param simd Gives the vector kernels.
 * @returns Kernel with inputs `a` `[N, D]`, `b` `[M, D]`, `row` and `column` `[E]`.
 */
export function sparseDotsKernel(simd: () => SparseKernels): WasmKernel {
  return ({ inputs, backend }) => {
    const { a, b, row, column } = inputs;
    const [height, size] = a!.shape as [number, number];
    const entries = sizeOf(row!.shape);
    const out = backend.makeOutput([entries], "float32");
    const at = (info: typeof out): number => offsetOf(backend, info);
    simd().sparseDots(at(a!), at(b!), at(row!), at(column!), at(out), entries, size, height, b!.shape[0]!);
    return out;
  };
}
