import { dispose } from "./memory.ts";
import { backpropagate, freeTape, record } from "./tape.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** What a differentiated function returns: the scalar, and side outputs for the log or for state to carry on. */
export interface ValueAndAux {
  /** Scalar that is differentiated, shape `[]`. */
  readonly value: Tensor;
  /** Side outputs, not differentiated. */
  readonly aux?: readonly Tensor[];
}

/** A value with its gradient. */
export interface ValueAndGrads {
  /** The scalar. */
  readonly value: Tensor;
  /** One gradient per parameter, in order; zeros where the value does not depend on it. */
  readonly grads: readonly Tensor[];
  /** Side outputs. */
  readonly aux: readonly Tensor[];
}

/**
 * Evaluate a function and its gradient.
 *
 * @example Usage
 * ```ts
 * import { dataOf, scalar, square, tidy, valueAndGrads } from "@morphogen/morphogen";
 *
 * const x = scalar(3);
 * const { grads } = tidy(() => valueAndGrads(() => ({ value: square(x) }), [x]));
 * if ((await dataOf(grads[0]!))[0] !== 6) throw new Error("unexpected gradient");
 * ```
 *
 * @param fn Computes the scalar from the parameters; tensors that it makes on the way are freed.
 * @param params Parameters to differentiate for.
 * @returns New tensors: value, gradients and side outputs.
 * @throws {TypeError} If the value is not a scalar; and whatever `fn` throws. No tensor is left behind.
 */
export function valueAndGrads(fn: () => ValueAndAux, params: readonly Tensor[]): ValueAndGrads {
  const kept: Tensor[] = [];
  try {
    const { value, tape } = record(() => {
      const { value, aux = [] } = fn();
      for (const tensor of aux) kept.push(tf.keep(tf.clone(tensor)));
      return value;
    });
    if (value.size !== 1) {
      throw new TypeError(`Cannot differentiate a value of shape [${value.shape}]: expected a scalar`);
    }
    const grads = tf.tidy(() => backpropagate(tape, value, params).map((grad, i) => grad ?? tf.zerosLike(params[i]!)));
    // Clones belong to the surrounding tidy, as the other results do; kept tensors would not.
    return { value, grads, aux: kept.map((tensor) => tf.clone(tensor)) };
  } finally {
    dispose(kept);
    freeTape();
  }
}
