import type { tf } from "../../tensor/tf.ts";
import type { SimdKernels } from "../simd/module.ts";
import { adamKernels } from "./adam.ts";
import { groupNormKernels } from "./group_norm.ts";
import { kernelOf, offsetOf, sizeOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";

function zeros(backend: WasmBackend, shape: number[]): tf.TensorInfo {
  const out = backend.makeOutput(shape, "float32");
  const at = offsetOf(backend, out) / 4;
  backend.wasm.HEAPF32.fill(0, at, at + sizeOf(shape));
  return out;
}

/** Number and length of the rows of a tensor. */
function rowsOf(shape: readonly number[]): readonly [rows: number, size: number] {
  const size = shape.at(-1) ?? 1;
  return [size === 0 ? 0 : sizeOf(shape) / size, size];
}

function sumOf(a: tf.TensorInfo, b: tf.TensorInfo, backend: WasmBackend): tf.TensorInfo {
  const [out] = [kernelOf("wasm", "Add")({ inputs: { a, b }, attrs: {}, backend })].flat();
  return out!;
}

/**
 * Make the kernels that replace compositions of several passes by one.
 *
 * @param simd Vector kernels of the heap.
 * @returns Kernels by name, with the inputs, attributes and outputs of the compositions in `core/tensor/`.
 */
export function fusedKernels(simd: SimdKernels): Readonly<Record<string, WasmKernel>> {
  return {
    ...adamKernels(simd),
    ...groupNormKernels(simd),
    MorphogenFilled: ({ attrs, backend }) => {
      const shape = [...attrs.shape as readonly number[]];
      const out = backend.makeOutput(shape, "float32");
      const at = offsetOf(backend, out) / 4;
      const write = attrs.write as (out: Float32Array) => void;
      write(backend.wasm.HEAPF32.subarray(at, at + sizeOf(shape)));
      return out;
    },
    MorphogenLeakyRelu: ({ inputs, attrs, backend }) => {
      const x = inputs.x!;
      const out = backend.makeOutput(x.shape, "float32");
      simd.leakyRelu(offsetOf(backend, x), offsetOf(backend, out), sizeOf(x.shape), attrs.slope as number);
      return out;
    },
    MorphogenLeakyReluGrad: ({ inputs, attrs, backend }) => {
      const x = inputs.x!;
      const out = backend.makeOutput(x.shape, "float32");
      const dy = offsetOf(backend, inputs.dy!);
      simd.leakyReluGrad(dy, offsetOf(backend, x), offsetOf(backend, out), sizeOf(x.shape), attrs.slope as number);
      return out;
    },
    MorphogenGelu: ({ inputs, backend }) => {
      const x = inputs.x!;
      const out = backend.makeOutput(x.shape, "float32");
      simd.gelu(offsetOf(backend, x), offsetOf(backend, out), sizeOf(x.shape));
      return out;
    },
    MorphogenGeluGrad: ({ inputs, backend }) => {
      const x = inputs.x!;
      const out = backend.makeOutput(x.shape, "float32");
      simd.geluGrad(offsetOf(backend, inputs.dy!), offsetOf(backend, x), offsetOf(backend, out), sizeOf(x.shape));
      return out;
    },
    MorphogenSilu: ({ inputs, backend }) => {
      const x = inputs.x!;
      const out = backend.makeOutput(x.shape, "float32");
      simd.silu(offsetOf(backend, x), offsetOf(backend, out), sizeOf(x.shape));
      return out;
    },
    MorphogenSiluGrad: ({ inputs, backend }) => {
      const x = inputs.x!;
      const out = backend.makeOutput(x.shape, "float32");
      simd.siluGrad(offsetOf(backend, inputs.dy!), offsetOf(backend, x), offsetOf(backend, out), sizeOf(x.shape));
      return out;
    },
    MorphogenSquaredDistance: ({ inputs, backend }) => {
      const { points, x } = inputs;
      const [rows, count, size] = points!.shape as [number, number, number];
      const out = backend.makeOutput([rows, count], "float32");
      const [from, to] = [offsetOf(backend, points!), offsetOf(backend, out)];
      simd.squaredDistances(from, offsetOf(backend, x!), to, rows, count, size);
      return out;
    },
    MorphogenSquaredDistanceGrad: ({ inputs, backend }) => {
      const { dy, points, x } = inputs;
      const [rows, count, size] = points!.shape as [number, number, number];
      const out = backend.makeOutput(points!.shape, "float32");
      const given = offsetOf(backend, dy!);
      const [from, to] = [offsetOf(backend, points!), offsetOf(backend, out)];
      simd.squaredDistancesGrad(given, from, offsetOf(backend, x!), to, rows, count, size);
      return out;
    },
    MorphogenLogSumExp: ({ inputs, backend }) => {
      const x = inputs.x!;
      const [rows, size] = rowsOf(x.shape);
      const weights = backend.makeOutput(x.shape, "float32");
      const stats = backend.makeOutput([rows, 2], "float32");
      const out = backend.makeOutput(x.shape.slice(0, -1), "float32");
      const [from, to, about] = [x, weights, stats].map((each) => offsetOf(backend, each)) as [number, number, number];
      simd.softmaxRows(from, 0, 0, 0, to, about, rows, size, 1);
      const heap = backend.wasm.HEAPF32;
      const [written, read] = [offsetOf(backend, out) / 4, about / 4];
      heap.fill(-Infinity, written, written + sizeOf(out.shape));
      // Of each row its largest entry, and 1 over the sum of exponentials.
      for (let row = 0; row < rows; row++) {
        heap[written + row] = heap[read + 2 * row]! - Math.log(heap[read + 2 * row + 1]!);
      }
      backend.disposeData(stats.dataId);
      return [out, weights];
    },
    MorphogenSoftmax: ({ inputs, backend }) => {
      const { mask } = inputs;
      const x = mask === undefined ? inputs.x! : sumOf(inputs.x!, mask, backend);
      const out = backend.makeOutput(x.shape, "float32");
      const [rows, size] = rowsOf(x.shape);
      simd.softmaxRows(offsetOf(backend, x), 0, 0, 0, offsetOf(backend, out), 0, rows, size, 1);
      if (mask !== undefined) backend.disposeData(x.dataId);
      return out;
    },
    MorphogenLayerNorm: ({ inputs, attrs, backend }) => {
      const x = inputs.x!;
      const [rows, size] = x.shape as [number, number];
      const out = backend.makeOutput(x.shape, "float32");
      const stats = backend.makeOutput([rows, 2], "float32");
      simd.layerNorm(
        offsetOf(backend, x),
        offsetOf(backend, inputs.gamma!),
        offsetOf(backend, inputs.beta!),
        offsetOf(backend, out),
        offsetOf(backend, stats),
        rows,
        size,
        attrs.epsilon as number,
      );
      return [out, stats];
    },
    MorphogenLayerNormGrad: ({ inputs, backend }) => {
      const x = inputs.x!;
      const [rows, size] = x.shape as [number, number];
      const dx = backend.makeOutput(x.shape, "float32");
      const dGamma = zeros(backend, [size]);
      const dBeta = zeros(backend, [size]);
      simd.layerNormGrad(
        offsetOf(backend, inputs.dy!),
        offsetOf(backend, x),
        offsetOf(backend, inputs.gamma!),
        offsetOf(backend, inputs.stats!),
        offsetOf(backend, dx),
        offsetOf(backend, dGamma),
        offsetOf(backend, dBeta),
        rows,
        size,
      );
      return [dx, dGamma, dBeta];
    },
    MorphogenSoftmaxGrad: ({ inputs, backend }) => {
      const y = inputs.y!;
      const out = backend.makeOutput(y.shape, "float32");
      const [rows, size] = rowsOf(y.shape);
      simd.softmaxGradRows(offsetOf(backend, inputs.dy!), offsetOf(backend, y), offsetOf(backend, out), rows, size);
      return out;
    },
  };
}
