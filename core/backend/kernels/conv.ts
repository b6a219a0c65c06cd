import type { tf } from "../../tensor/tf.ts";
import { type KernelArguments, offsetOf, sizeOf, type WasmKernel } from "../wasm_heap.ts";
import { columnsFilterGrad, type columnsForward, columnsInputGrad } from "./conv_columns.ts";
import { type ConvSizes, convSizes, outputShape } from "./conv_sizes.ts";
import type { ConvTools } from "./conv_tools.ts";
import { suitsWinograd, winogradFilterGrad, winogradForward, winogradInputGrad } from "./winograd.ts";

function assertFloat(...tensors: readonly tf.TensorInfo[]): void {
  const odd = tensors.find(({ dtype }) => dtype !== "float32");
  if (odd !== undefined) throw new TypeError(`Cannot convolve values of type ${odd.dtype}: expected float32`);
}

/** Channels last, no dilation, and nothing after the bias. */
function isPlain({ inputs, attrs }: KernelArguments): boolean {
  const isLinear = attrs.activation === undefined || attrs.activation === "linear";
  const isDense = [attrs.dilations].flat().every((dilation) => dilation === 1);
  const isPerFilter = !inputs.bias || inputs.bias.shape.length === 1;
  return attrs.dataFormat === "NHWC" && isDense && isLinear && isPerFilter && !inputs.preluActivationWeights;
}

/**
 * Make the kernel of `Conv2D` and of `FusedConv2D`.
 *
 * @param tools What it runs on.
 * @param replaced Kernel for dilated filters and activations, and for all that is left if `direct` is absent.
 * @param direct How to convolve where minimal filtering does not pay.
 * @returns Kernel with inputs `x`, `filter` and an optional `bias`, and tfjs' attributes.
 */
export function convKernel(tools: ConvTools, replaced: WasmKernel, direct?: typeof columnsForward): WasmKernel {
  return (args) => {
    const { inputs: { x, filter, bias }, attrs, backend } = args;
    if (!isPlain(args)) return replaced(args);
    assertFloat(x!, filter!);
    const sizes = convSizes(x!.shape, filter!.shape, attrs);
    if (bias && bias.shape[0] !== sizes.filters) {
      throw new TypeError(
        `Cannot add a bias of shape [${bias.shape}] to the output of ${sizes.filters} filters: expected ` +
          `[${sizes.filters}]`,
      );
    }
    const isEmpty = sizeOf(outputShape(sizes)) === 0;
    const run = suitsWinograd(sizes) ? winogradForward : direct;
    if (run === undefined && !isEmpty) return replaced(args);
    const out = backend.makeOutput(outputShape(sizes), "float32");
    if (isEmpty) return out;
    const [from, by, to] = [x!, filter!, out].map((info) => offsetOf(backend, info)) as [number, number, number];
    run?.(tools, sizes, from, by, bias ? offsetOf(backend, bias) : undefined, to);
    return out;
  };
}

function assertDerivative(dy: tf.TensorInfo, sizes: ConvSizes): void {
  const expected = outputShape(sizes);
  if (dy.shape.join() !== expected.join()) {
    throw new TypeError(
      `Cannot differentiate a convolution: the derivative of its output has shape [${dy.shape}], expected [${expected}]`,
    );
  }
}

/**
 * Make the kernel of `Conv2DBackpropInput`.
 *
 * @param tools What it runs on.
 * @returns Kernel with inputs `dy` and `filter`, and tfjs' attributes.
 */
export function convInputGradKernel(tools: ConvTools): WasmKernel {
  return ({ inputs: { dy, filter }, attrs, backend }) => {
    assertFloat(dy!, filter!);
    const shape = [...attrs.inputShape as readonly number[]];
    const sizes = convSizes(shape, filter!.shape, attrs);
    assertDerivative(dy!, sizes);
    const dx = backend.makeOutput(shape, "float32");
    if (sizeOf(shape) === 0) return dx;
    const run = suitsWinograd(sizes) ? winogradInputGrad : columnsInputGrad;
    run(tools, sizes, offsetOf(backend, dy!), offsetOf(backend, filter!), offsetOf(backend, dx));
    return dx;
  };
}

/**
 * Make the kernel of `Conv2DBackpropFilter`.
 *
 * @param tools What it runs on.
 * @returns Kernel with inputs `x` and `dy`, and tfjs' attributes.
 */
export function convFilterGradKernel(tools: ConvTools): WasmKernel {
  return ({ inputs: { x, dy }, attrs, backend }) => {
    assertFloat(x!, dy!);
    const shape = [...attrs.filterShape as readonly number[]];
    const sizes = convSizes(x!.shape, shape, attrs);
    assertDerivative(dy!, sizes);
    const dFilter = backend.makeOutput(shape, "float32");
    const to = offsetOf(backend, dFilter);
    if (sizeOf(dy!.shape) === 0) {
      backend.wasm.HEAPF32.fill(0, to / 4, to / 4 + sizeOf(shape));
      return dFilter;
    }
    const run = suitsWinograd(sizes) ? winogradFilterGrad : columnsFilterGrad;
    run(tools, sizes, offsetOf(backend, x!), offsetOf(backend, dy!), to);
    return dFilter;
  };
}
