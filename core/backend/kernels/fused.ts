import type { tf } from "../../tensor/tf.ts";
import type { SimdKernels } from "../simd/module.ts";
import { offsetOf, sizeOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";

function zeros(backend: WasmBackend, shape: number[]): tf.TensorInfo {
  const out = backend.makeOutput(shape, "float32");
  const at = offsetOf(backend, out) / 4;
  backend.wasm.HEAPF32.fill(0, at, at + sizeOf(shape));
  return out;
}

/**
 * Make the kernels that replace compositions of several passes by one.
 *
 * @param simd Vector kernels of the heap.
 * @returns Kernels by name, with the inputs, attributes and outputs of the compositions in `core/tensor/`.
 */
export function fusedKernels(simd: SimdKernels): Readonly<Record<string, WasmKernel>> {
  return {
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
      const size = y.shape.at(-1) ?? 1;
      const rows = size === 0 ? 0 : sizeOf(y.shape) / size;
      const dy = offsetOf(backend, inputs.dy!);
      simd.softmaxGradRows(dy, offsetOf(backend, y), 0, offsetOf(backend, out), rows, size, 1);
      return out;
    },
  };
}
