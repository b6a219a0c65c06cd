import type { SimdKernels } from "../simd/module.ts";
import { type KernelArguments, offsetOf, sizeOf, type WasmKernel } from "../wasm_heap.ts";

/** Addresses of inputs of one size, and that size. */
function sameSize(
  { inputs, backend }: KernelArguments,
  names: readonly string[],
): { readonly offsets: readonly number[]; readonly shape: number[]; readonly size: number } {
  const infos = names.map((name) => inputs[name]!);
  const { shape } = infos[0]!;
  if (infos.some((info) => info.shape.join() !== shape.join())) {
    const shapes = infos.map((info, i) => `${names[i]} has shape [${info.shape}]`);
    throw new TypeError(`Cannot update a parameter: ${shapes.join(", ")}; they must be equal`);
  }
  return { offsets: infos.map((info) => offsetOf(backend, info)), shape, size: sizeOf(shape) };
}

/**
 * Make the kernels that update parameters.
 *
 * @param simd Vector kernels of the heap.
 * @returns Kernels by name, with the inputs, attributes and outputs of `core/tensor/parameter_updates.ts`.
 */
export function adamKernels(simd: SimdKernels): Readonly<Record<string, WasmKernel>> {
  return {
    MorphogenAdam: (args) => {
      const { backend } = args;
      const { offsets, shape, size } = sameSize(args, ["gradient", "first", "second", "value"]);
      const { beta1, beta2, rootFactor, epsilon, moveFactor, decayFactor } = args.attrs as Record<string, number>;
      const outputs = [0, 1, 2].map(() => backend.makeOutput(shape, "float32"));
      const [gradient, first, second, value] = offsets as [number, number, number, number];
      const [move, mean, spread] = outputs.map((info) => offsetOf(backend, info)) as [number, number, number];
      simd.adam(
        gradient,
        first,
        second,
        value,
        move,
        mean,
        spread,
        size,
        beta1!,
        1 - beta1!,
        beta2!,
        1 - beta2!,
        rootFactor!,
        epsilon!,
        moveFactor!,
        decayFactor!,
      );
      return outputs;
    },
    MorphogenBlend: (args) => {
      const { backend, attrs } = args;
      const { offsets: [from, to], shape, size } = sameSize(args, ["from", "to"]);
      const out = backend.makeOutput(shape, "float32");
      simd.blend(from!, to!, offsetOf(backend, out), size, attrs.share as number);
      return out;
    },
    MorphogenSumOfSquares: ({ inputs, backend }) => {
      const x = inputs.x!;
      const out = backend.makeOutput([], "float32");
      simd.sumSquares(offsetOf(backend, x), offsetOf(backend, out), 1, sizeOf(x.shape));
      return out;
    },
  };
}
