import { type FusedInputs, runFused } from "./fused.ts";
import { sumTo } from "./reduce.ts";
import { tf } from "./tf.ts";
import type { Operand, Tensor } from "./types.ts";

// The built-in derivatives forget to sum over axes that were broadcast.
function extremum(
  name: string,
  pick: (a: Tensor, b: Tensor) => Tensor,
  firstWins: (a: Tensor, b: Tensor) => Tensor,
): (a: Operand, b: Operand) => Tensor {
  const op = {
    name,
    saveInputs: ["a", "b"],
    saveOutputs: [false],
    forward: ({ a, b }: FusedInputs) => [pick(a!, b!)],
    gradient: (dy: Tensor, [a, b]: readonly Tensor[]) => {
      const wins = (): Tensor => tf.cast(firstWins(a!, b!), "float32");
      return {
        a: () => sumTo(tf.mul(dy, wins()), a!.shape),
        b: () => sumTo(tf.mul(dy, tf.sub(1, wins())), b!.shape),
      };
    },
  };
  const toTensor = (x: Operand): Tensor => typeof x === "number" ? tf.scalar(x) : x;
  return (a, b) => runFused(op, { a: toTensor(a), b: toTensor(b) }, {});
}

const larger = extremum("MorphogenMaximum", (a, b) => tf.maximum(a, b), (a, b) => tf.greaterEqual(a, b));
const smaller = extremum("MorphogenMinimum", (a, b) => tf.minimum(a, b), (a, b) => tf.lessEqual(a, b));

/**
 * Larger of two values element-wise, with broadcasting.
 *
 * @param a First value; receives the derivative where both are equal.
 * @param b Second value.
 * @returns `max(a, b)`.
 */
export function maximum(a: Operand, b: Operand): Tensor {
  return larger(a, b);
}

/**
 * Smaller of two values element-wise, with broadcasting.
 *
 * @param a First value; receives the derivative where both are equal.
 * @param b Second value.
 * @returns `min(a, b)`.
 */
export function minimum(a: Operand, b: Operand): Tensor {
  return smaller(a, b);
}
