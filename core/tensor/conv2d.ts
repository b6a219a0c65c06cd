import { type FusedInputs, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Settings of {@linkcode conv2d}. */
export interface Conv2dOptions {
  /**
   * Rows and columns between neighbouring patches.
   *
   * @default {1}
   */
  readonly stride?: number;
  /**
   * Zeros around each image: none (`"valid"`); as many as make the output `ceil(size / stride)` long, an odd one behind
   * (`"same"`, as in TensorFlow); or a number of rows and columns on every side (as in PyTorch).
   *
   * @default {"valid"}
   */
  readonly padding?: "valid" | "same" | number;
}

interface ConvAttributes {
  readonly [key: string]: number | readonly number[];
  readonly stride: number;
  /** Rows of zeros above and below. */
  readonly rows: readonly number[];
  /** Columns of zeros on the left and on the right. */
  readonly columns: readonly number[];
}

type Shape4 = [number, number, number, number];
type Pair = [number, number];

function explicitPadding({ rows, columns }: ConvAttributes): [Pair, Pair, Pair, Pair] {
  return [[0, 0], [...rows] as Pair, [...columns] as Pair, [0, 0]];
}

/** Run one of tfjs' kernels for the derivative, which it does not export as functions. */
function derivative(
  name: string,
  inputs: FusedInputs,
  attributes: ConvAttributes,
  shape: Readonly<Record<string, readonly number[]>>,
): Tensor {
  return tf.engine().runKernel(name, { ...inputs }, {
    strides: attributes.stride,
    pad: explicitPadding(attributes),
    dataFormat: "NHWC",
    ...Object.fromEntries(Object.entries(shape).map(([key, sizes]) => [key, [...sizes]])),
  });
}

const conv_ = {
  name: "MorphogenConv2d",
  saveInputs: ["x", "kernel"],
  saveOutputs: [false],
  forward: ({ x, kernel, bias }: FusedInputs, attributes: ConvAttributes) => {
    const { stride } = attributes;
    const pad = explicitPadding(attributes);
    const [images, filter] = [x as tf.Tensor4D, kernel as tf.Tensor4D];
    return [
      bias === undefined
        ? tf.conv2d(images, filter, stride, pad)
        : tf.fused.conv2d({ x: images, filter, strides: stride, pad, bias }),
    ];
  },
  gradient: (dy: Tensor, [x, kernel]: readonly Tensor[], attributes: ConvAttributes) => ({
    x: () => derivative(tf.Conv2DBackpropInput, { dy, filter: kernel! }, attributes, { inputShape: x!.shape }),
    kernel: () => derivative(tf.Conv2DBackpropFilter, { x: x!, dy }, attributes, { filterShape: kernel!.shape }),
    bias: () => tf.sum(dy, [0, 1, 2]),
  }),
};

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

function zerosAround(size: number, window: number, stride: number, padding: "valid" | "same" | number): Pair {
  if (padding === "valid") return [0, 0];
  if (typeof padding === "number") return [padding, padding];
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + window - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * Convolve images with filters; strictly a cross-correlation, as everywhere in deep learning.
 *
 * @example Usage
 * ```ts
 * import { conv2d, dataOf, dispose, ones } from "@morphogen/morphogen";
 *
 * const image = ones([1, 3, 3, 1]);
 * const kernel = ones([3, 3, 1, 1]);
 * const counts = conv2d(image, kernel, undefined, { padding: "same" });
 * if ((await dataOf(counts)).join() !== "4,6,4,6,9,6,4,6,4") throw new Error("unexpected counts");
 * dispose([image, kernel, counts]);
 * ```
 *
 * @param x Images `[B, H, W, C]`, channels last.
 * @param kernel Filters `[h, w, C, F]`; PyTorch's `[F, C, h, w]` with axes in the order 2, 3, 1, 0.
 * @param bias Offsets `[F]`; absent means none.
 * @param options Stride and padding.
 * @returns Images `[B, H', W', F]` with `H' = floor((H + rows of zeros - h) / stride) + 1`.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If the stride or the padding is not a count, or the filters do not fit into the padded images.
 */
export function conv2d(x: Tensor, kernel: Tensor, bias?: Tensor, options: Conv2dOptions = {}): Tensor {
  const { stride = 1, padding = "valid" } = options;
  if (x.rank !== 4 || kernel.rank !== 4 || x.shape[3] !== kernel.shape[2] || kernel.size === 0) {
    throw new TypeError(
      `Cannot convolve images [${x.shape}] with filters [${kernel.shape}]: expected [B, H, W, C] and [h, w, C, F]`,
    );
  }
  const [batch, height, width] = x.shape as Shape4;
  const [filterHeight, filterWidth, , filters] = kernel.shape as Shape4;
  if (bias !== undefined && (bias.rank !== 1 || bias.size !== filters)) {
    throw new TypeError(`Cannot add a bias of shape [${bias.shape}] to ${filters} filters: expected [${filters}]`);
  }
  if (!isCount(stride, 1)) throw new RangeError(`Cannot convolve with a stride of ${stride}: expected 1, 2, ...`);
  if (typeof padding === "number" && !isCount(padding, 0)) {
    throw new RangeError(`Cannot pad images by ${padding}: expected 0, 1, ..., "same" or "valid"`);
  }
  const rows = zerosAround(height, filterHeight, stride, padding);
  const columns = zerosAround(width, filterWidth, stride, padding);
  const outHeight = Math.floor((height + rows[0] + rows[1] - filterHeight) / stride) + 1;
  const outWidth = Math.floor((width + columns[0] + columns[1] - filterWidth) / stride) + 1;
  if (height * width === 0 || outHeight < 1 || outWidth < 1) {
    throw new RangeError(
      `Cannot convolve images of ${height} x ${width} with filters of ${filterHeight} x ${filterWidth} and padding ` +
        `${padding}: expected filters that fit into the padded images`,
    );
  }
  // Shaders cannot be run on nothing; what is empty depends on no input.
  if (batch === 0) return tf.zeros([batch, outHeight, outWidth, filters]);
  const inputs = bias === undefined ? { x, kernel } : { x, kernel, bias };
  return runFused(conv_, inputs, { stride, rows, columns });
}
