import { type FusedInputs, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import { broadcastTo } from "./tile.ts";
import type { Tensor } from "./types.ts";

interface ResampleAttributes {
  readonly [key: string]: number;
  readonly factor: number;
}

type Images = [batch: number, height: number, width: number, channels: number];

function imageSizes(x: Tensor, factor: number): Images {
  if (x.rank !== 4) {
    throw new TypeError(`Cannot resample a tensor of shape [${x.shape}]: expected images [B, H, W, C]`);
  }
  if (!(Number.isInteger(factor) && factor >= 1)) {
    throw new RangeError(`Cannot resample images by a factor of ${factor}: expected 1, 2, ...`);
  }
  return x.shape as Images;
}

// Columns and rows one after the other: WebGPU repeats tensors of up to four axes only.
function repeatPlaces(x: Tensor, factor: number): Tensor {
  const [batch, height, width, channels] = x.shape as Images;
  const [places, lines, line] = [batch * height * width, batch * height, width * factor * channels];
  const wide = broadcastTo(tf.reshape(x, [places, 1, channels]), [places, factor, channels]);
  const tall = broadcastTo(tf.reshape(wide, [lines, 1, line]), [lines, factor, line]);
  return tf.reshape(tall, [batch, height * factor, width * factor, channels]);
}

function averagePlaces(x: Tensor, factor: number): Tensor {
  return tf.avgPool(x as tf.Tensor4D, factor, factor, "valid");
}

const upsample_ = {
  name: "MorphogenUpsampleNearest2d",
  saveInputs: [],
  saveOutputs: [false],
  forward: ({ x }: FusedInputs, { factor }: ResampleAttributes) => [repeatPlaces(x!, factor)],
  gradient: (dy: Tensor, _: readonly Tensor[], { factor }: ResampleAttributes) => ({
    x: () => tf.mul(averagePlaces(dy, factor), factor ** 2),
  }),
};

/**
 * Enlarge images by repeating each place (nearest-neighbour interpolation by a whole factor).
 *
 * @param x Images `[B, H, W, C]`.
 * @param factor How many times larger each side becomes.
 * @returns Images `[B, factor H, factor W, C]`.
 * @throws {TypeError} If `x` is not a batch of images.
 * @throws {RangeError} If the factor is not a positive whole number.
 */
export function upsampleNearest2d(x: Tensor, factor: number): Tensor {
  const [batch, height, width, channels] = imageSizes(x, factor);
  // Shaders cannot be run on nothing; what is empty depends on no input.
  if (x.size === 0) return tf.zeros([batch, height * factor, width * factor, channels]);
  return runFused(upsample_, { x }, { factor });
}

const averagePool_ = {
  name: "MorphogenAveragePool2d",
  saveInputs: [],
  saveOutputs: [false],
  forward: ({ x }: FusedInputs, { factor }: ResampleAttributes) => [averagePlaces(x!, factor)],
  gradient: (dy: Tensor, _: readonly Tensor[], { factor }: ResampleAttributes) => ({
    x: () => repeatPlaces(tf.mul(dy, factor ** -2), factor),
  }),
};

/**
 * Shrink images by averaging squares of places.
 *
 * @param x Images `[B, H, W, C]`.
 * @param factor Side of a square; divides H and W.
 * @returns Images `[B, H / factor, W / factor, C]`.
 * @throws {TypeError} If `x` is not a batch of images.
 * @throws {RangeError} If the factor is not a positive whole number that divides both sides.
 */
export function averagePool2d(x: Tensor, factor: number): Tensor {
  const [batch, height, width, channels] = imageSizes(x, factor);
  if (height % factor !== 0 || width % factor !== 0) {
    throw new RangeError(`Cannot average squares of ${factor} in images of ${height} x ${width}: expected a divisor`);
  }
  if (x.size === 0) return tf.zeros([batch, height / factor, width / factor, channels]);
  return runFused(averagePool_, { x }, { factor });
}
