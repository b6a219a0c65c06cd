import { tf } from "../../tensor/tf.ts";
import type { SimdKernels } from "../simd/module.ts";
import { offsetOf, shareValues, sizeOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";

/** Sum one run of axes: the values as `[outer, rows, inner]`, summed over the middle. */
function sumMiddle(
  simd: SimdKernels,
  backend: WasmBackend,
  x: tf.TensorInfo,
  [outer, rows, inner]: readonly [number, number, number],
): tf.TensorInfo {
  const out = backend.makeOutput([outer, inner], "float32");
  if (outer * inner === 0) return out;
  const from = offsetOf(backend, x);
  const to = offsetOf(backend, out);
  if (inner === 1) {
    simd.sumRows(from, to, outer, rows);
  } else {
    backend.wasm.HEAPF32.fill(0, to / 4, to / 4 + outer * inner);
    simd.sumColumns(from, to, outer, rows, inner);
  }
  return out;
}

function sumAxes(simd: SimdKernels, backend: WasmBackend, x: tf.TensorInfo, axes: readonly number[]): tf.TensorInfo {
  const isSummed = x.shape.map((size, axis) => size !== 1 && axes.includes(axis));
  const shape = [...x.shape];
  let out = shareValues(backend, x);
  // From the last run of summed axes to the first; what has been summed counts as length 1.
  for (let end = shape.length; end > 0; end--) {
    if (!isSummed[end - 1]) continue;
    let start = end - 1;
    while (start > 0 && isSummed[start - 1]) start--;
    const sizes = [sizeOf(shape, 0, start), sizeOf(shape, start, end), sizeOf(shape, end)] as const;
    const next = sumMiddle(simd, backend, out, sizes);
    backend.disposeData(out.dataId);
    out = next;
    shape.fill(1, start, end);
    end = start + 1;
  }
  return out;
}

/**
 * Make the kernel of `Sum`; whole numbers go to the kernel it replaces.
 *
 * @param simd Vector kernels of the heap.
 * @param replaced Kernel for other types.
 * @returns Kernel with input `x` and attributes `axis`, `keepDims`.
 */
export function sumKernel(simd: SimdKernels, replaced: WasmKernel): WasmKernel {
  return (args) => {
    const { inputs, attrs, backend } = args;
    const x = inputs.x!;
    if (x.dtype !== "float32") return replaced(args);
    const axes = tf.util.parseAxisParam(attrs.axis as number | number[], x.shape);
    const kept = x.shape.flatMap((size, axis) => axes.includes(axis) ? (attrs.keepDims === true ? [1] : []) : [size]);
    return { ...sumAxes(simd, backend, x, axes), shape: kept };
  };
}
