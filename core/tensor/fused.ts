import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Inputs of a fused operation by name; optional ones may be absent. */
export type FusedInputs = Readonly<Record<string, Tensor>>;

/** A shape, constant or function of a fused operation. */
export type FusedAttribute = number | boolean | readonly number[] | ((out: Float32Array) => void);

/** Shapes and constants of a fused operation. */
export type FusedAttributes = Readonly<Record<string, FusedAttribute>>;

/** A kernel composed of basic operations, for which a backend may register a faster version. */
export interface FusedKernel<A extends FusedAttributes> {
  /** Kernel name. */
  readonly name: string;
  /**
   * Compute the outputs from basic operations; intermediate tensors are freed.
   *
   * @param inputs Inputs by name.
   * @param attributes Shapes and constants.
   * @returns New tensors.
   */
  forward(inputs: FusedInputs, attributes: A): Tensor[];
}

/** An operation that is one node of the gradient tape and brings its own derivative. */
export interface FusedOp<A extends FusedAttributes> extends FusedKernel<A> {
  /** Inputs that the derivative needs; they must be present in each call. */
  readonly saveInputs: readonly string[];
  /** Which outputs the derivative needs, in order; the first output is the result, the others are for it alone. */
  readonly saveOutputs: readonly boolean[];
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

function registerGradient<A extends FusedAttributes>(op: FusedOp<A>): void {
  if (tf.getGradient(op.name) !== undefined) return;
  tf.registerGradient({
    kernelName: op.name,
    inputsToSave: [...op.saveInputs],
    outputsToSave: [...op.saveOutputs],
    gradFunc: (dy, saved, attrs) => op.gradient(Array.isArray(dy) ? dy[0]! : dy, saved, attrs as unknown as A),
  });
}

// A backend registers its own version when it starts; the rest use the composition.
function registerComposition<A extends FusedAttributes>(kernel: FusedKernel<A>): void {
  const backendName = tf.getBackend();
  if (tf.getKernel(kernel.name, backendName) !== undefined) return;
  tf.registerKernel({
    kernelName: kernel.name,
    backendName,
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => kernel.forward(inputs as unknown as FusedInputs, attrs as unknown as A)),
  });
}

/**
 * Evaluate a kernel without recording it on the gradient tape's behalf, for derivatives.
 *
 * @param kernel The kernel.
 * @param inputs Inputs by name; leave optional ones out.
 * @param attributes Shapes and constants.
 * @returns All outputs.
 */
export function runKernel<A extends FusedAttributes>(
  kernel: FusedKernel<A>,
  inputs: FusedInputs,
  attributes: A,
): readonly Tensor[] {
  // Starts the default backend if none runs yet: its name is needed to look up the kernel.
  tf.backend();
  registerComposition(kernel);
  const out: Tensor | Tensor[] = tf.engine().runKernel(
    kernel.name,
    inputs as tf.NamedTensorMap,
    attributes as unknown as tf.NamedAttrMap,
  );
  return Array.isArray(out) ? out : [out];
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
  registerGradient(op);
  return runKernel(op, inputs, attributes)[0]!;
}

/**
 * Make derivatives together, the first time one is asked for.
 *
 * @param names Names of the inputs, in the order of the tensors.
 * @param make Makes the derivatives.
 * @returns For each input a function that gives its derivative.
 */
export function together(
  names: readonly string[],
  make: () => readonly Tensor[],
): Readonly<Record<string, () => Tensor>> {
  let made: readonly Tensor[] | undefined;
  return Object.fromEntries(names.map((name, i) => [name, () => (made ??= make())[i]!]));
}
