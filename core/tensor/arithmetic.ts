import { type FusedInputs, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Operand, Tensor } from "./types.ts";

/**
 * Add element-wise, with broadcasting.
 *
 * @param a First summand.
 * @param b Second summand.
 * @returns `a + b`.
 */
export function add(a: Operand, b: Operand): Tensor {
  return tf.add(a, b);
}

/**
 * Subtract element-wise, with broadcasting.
 *
 * @param a Minuend.
 * @param b Subtrahend.
 * @returns `a - b`.
 */
export function sub(a: Operand, b: Operand): Tensor {
  return tf.sub(a, b);
}

/**
 * Multiply element-wise, with broadcasting.
 *
 * @param a First factor.
 * @param b Second factor.
 * @returns `a * b`.
 */
export function mul(a: Operand, b: Operand): Tensor {
  return tf.mul(a, b);
}

/**
 * Divide element-wise, with broadcasting.
 *
 * @param a Dividend.
 * @param b Divisor.
 * @returns `a / b`.
 */
export function div(a: Operand, b: Operand): Tensor {
  return tf.div(a, b);
}

/**
 * Change the sign.
 *
 * @param x The tensor.
 * @returns `-x`.
 */
export function neg(x: Tensor): Tensor {
  return tf.neg(x);
}

// The built-in derivative is -1 at 0.
const abs_ = {
  name: "MorphogenAbs",
  saveInputs: ["x"],
  saveOutputs: [false],
  forward: ({ x }: FusedInputs) => [tf.abs(x!)],
  gradient: (dy: Tensor, [x]: readonly Tensor[]) => ({ x: () => tf.mul(dy, tf.sign(x!)) }),
};

/**
 * Absolute value; its derivative at 0 is 0.
 *
 * @param x The tensor.
 * @returns `|x|`.
 */
export function abs(x: Tensor): Tensor {
  return runFused(abs_, { x }, {});
}

/**
 * Square.
 *
 * @param x The tensor.
 * @returns `x * x`.
 */
export function square(x: Tensor): Tensor {
  return tf.square(x);
}

/**
 * Square root; its derivative at 0 is not finite.
 *
 * @param x Values of at least 0.
 * @returns `x ** 0.5`.
 */
export function sqrt(x: Tensor): Tensor {
  return tf.sqrt(x);
}

/**
 * Raise to a constant power.
 *
 * @param x Values above 0, or any if `exponent` is a whole number.
 * @param exponent The power.
 * @returns `x ** exponent`.
 */
export function pow(x: Tensor, exponent: number): Tensor {
  return tf.pow(x, tf.scalar(exponent));
}

/**
 * Limit to a range; the derivative is 0 outside of it.
 *
 * @param x The tensor.
 * @param low Smallest result.
 * @param high Largest result.
 * @returns `min(max(x, low), high)`.
 */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return tf.clipByValue(x, low, high);
}
