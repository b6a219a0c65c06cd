import { dispose } from "./memory.ts";
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

// A throw leaves what the tape had saved for the way back.
function freeTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return;
  for (const node of state.activeTape) dispose(node.saved ?? []);
  state.activeTape = [];
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
 * @throws Whatever `fn` throws; no tensor is left behind.
 */
export function valueAndGrads(fn: () => ValueAndAux, params: readonly Tensor[]): ValueAndGrads {
  const kept: Tensor[] = [];
  const forward = (): tf.Scalar => {
    const { value, aux = [] } = fn();
    for (const tensor of aux) kept.push(tf.keep(tf.clone(tensor)));
    return value as tf.Scalar;
  };
  try {
    const { value, grads } = tf.engine().gradients(forward, [...params], undefined, true);
    // Clones belong to the surrounding tidy, as the other results do; kept tensors would not.
    const aux = kept.map((tensor) => tf.clone(tensor));
    return { value, grads: grads.map((grad, i) => grad ?? tf.zerosLike(params[i]!)), aux };
  } finally {
    dispose(kept);
    freeTape();
  }
}
