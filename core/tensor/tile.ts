import { type FusedInputs, runFused } from "./fused.ts";
import { sumTo } from "./reduce.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface TileAttributes {
  readonly [key: string]: readonly number[];
  readonly shape: readonly number[];
  readonly repeats: readonly number[];
}

// The built-in derivative adds one slice per copy; summing over the repeated axes is one pass each.
function tileGradient(dy: Tensor, { shape, repeats }: TileAttributes): Tensor {
  let out = dy;
  for (let axis = 0; axis < shape.length; axis++) {
    if (repeats[axis] === 1) continue;
    const before = out.shape.slice(0, axis);
    const after = out.shape.slice(axis + 1);
    const folded = tf.reshape(out, [...before, repeats[axis]!, shape[axis]!, ...after]);
    out = tf.sum(folded, axis);
  }
  return tf.reshape(out, [...shape]);
}

const tile_ = {
  name: "MorphogenTile",
  saveInputs: [],
  saveOutputs: [false],
  forward: ({ x }: FusedInputs, { repeats }: TileAttributes) => [tf.tile(x!, [...repeats])],
  gradient: (dy: Tensor, _: readonly Tensor[], attributes: TileAttributes) => ({
    x: () => tileGradient(dy, attributes),
  }),
};

/**
 * Repeat along axes.
 *
 * @param x The tensor.
 * @param repeats Number of copies along each axis.
 * @returns A new tensor.
 * @throws {TypeError} If there is not one number per axis.
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.length !== x.shape.length) {
    throw new TypeError(`Cannot repeat a tensor of shape [${x.shape}] by [${repeats}]: expected one number per axis`);
  }
  return runFused(tile_, { x }, { shape: [...x.shape], repeats });
}

interface BroadcastAttributes {
  readonly [key: string]: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

const broadcast_ = {
  name: "MorphogenBroadcastTo",
  saveInputs: [],
  saveOutputs: [false],
  forward: ({ x }: FusedInputs, { to }: BroadcastAttributes) => [tf.broadcastTo(x!, [...to])],
  gradient: (dy: Tensor, _: readonly Tensor[], { from }: BroadcastAttributes) => ({ x: () => sumTo(dy, from) }),
};

/**
 * Repeat axes of length 1 (and missing leading axes) until a shape is reached.
 *
 * @param x The tensor.
 * @param shape Shape to reach.
 * @returns A new tensor.
 * @throws {Error} If the shapes are not compatible.
 */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  return runFused(broadcast_, { x }, { from: [...x.shape], to: shape });
}
