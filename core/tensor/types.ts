import type { tf } from "./tf.ts";

/** A tfjs tensor; the alias is the public name. */
export type Tensor = tf.Tensor;

/** An argument of an arithmetic operation: a tensor, or a number that stands for a float32 scalar. */
export type Operand = Tensor | number;

/** Axes of a reduction: one, several, or `undefined` for all; negative ones count from the last. */
export type Axes = number | readonly number[];
