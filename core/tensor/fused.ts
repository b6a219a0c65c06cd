import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Inputs of a fused operation by name; optional ones may be absent. */
export type FusedInputs = Readonly<Record<string, Tensor>>;

/** Shapes and constants of a fused operation. */
export type FusedAttributes = Readonly<Record<string, number | boolean | readonly number[]>>;

/** An operation that is one node of the gradient tape and brings its own derivative. */
export interface FusedOp<A extends FusedAttributes> {
  /** Kernel name; a backend may register a faster kernel under it. */
  readonly name: string;
  /** Inputs that the derivative needs; they must be present in each call. */
  readonly saveInputs: readonly string[];
  /** Which outputs the derivative needs, in order. */
  readonly saveOutputs: readonly boolean[];
  /**
   * Compute the outputs from basic operations; intermediate tensors are freed.
   *
   * @param inputs Inputs by name.
   * @param attributes Shapes and constants.
   * @returns New tensors; only the first is seen by callers of the operation.
   */
  forward(inputs: FusedInputs, attributes: A): Tensor[];
  /**
   * Compute derivatives.
   *
   * @param dy Derivative with respect to the first output.
   * @param saved Saved inputs, then saved outputs.
   * @param attributes Shapes and constants.
   * @returns For each input a function that makes its derivative; only those that are needed are called.
   */
  gradient(dy: Tensor, saved: readonly Tensor[], attributes: A): Readonly<Record<string, () => Tensor>>;
}

function register<A extends FusedAttributes>(op: FusedOp<A>): void {
  const kernelName = op.name;
  if (tf.getGradient(kernelName) === undefined) {
    tf.registerGradient({
      kernelName,
      inputsToSave: [...op.saveInputs],
      outputsToSave: [...op.saveOutputs],
      gradFunc: (dy, saved, attrs) => op.gradient(Array.isArray(dy) ? dy[0]! : dy, saved, attrs as unknown as A),
    });
  }
  // A backend registers its own version before the first call; the rest use the composition.
  if (tf.getKernel(kernelName, tf.getBackend()) === undefined) {
    tf.registerKernel({
      kernelName,
      backendName: tf.getBackend(),
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => op.forward(inputs as unknown as FusedInputs, attrs as unknown as A)),
    });
  }
}

/**
 * Evaluate a fused operation.
 *
 * @param op The operation.
 * @param inputs Inputs by name; leave optional ones out.
 * @param attributes Shapes and constants.
 * @returns The first output.
 */
export function runFused<A extends FusedAttributes>(op: FusedOp<A>, inputs: FusedInputs, attributes: A): Tensor {
  // Starts the default backend if none runs yet: its name is needed to look up the kernel.
  tf.backend();
  register(op);
  const out: Tensor | Tensor[] = tf.engine().runKernel(
    op.name,
    inputs as tf.NamedTensorMap,
    attributes as unknown as tf.NamedAttrMap,
  );
  return Array.isArray(out) ? out[0]! : out;
}
