import { type FusedInputs, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface GatherAttributes {
  readonly [key: string]: readonly number[];
  readonly shape: readonly number[];
}

// The built-in derivative needs a segment sum, which the WebAssembly backend lacks; scattering adds up repeats too.
function scatterRows(dy: Tensor, index: Tensor, shape: readonly number[]): Tensor {
  const rows = tf.reshape(dy, [index.size, ...shape.slice(1)]);
  return tf.scatterND(tf.reshape(index, [index.size, 1]), rows, [...shape]);
}

const gather_ = {
  name: "MorphogenGatherRows",
  saveInputs: ["index"],
  saveOutputs: [false],
  // Rows of no values: tfjs' WebAssembly kernel gives them a wrong shape.
  forward: ({ x, index }: FusedInputs) => [
    x!.shape.slice(1).includes(0)
      ? tf.zeros([...index!.shape, ...x!.shape.slice(1)])
      : tf.gather(x!, index as tf.Tensor1D),
  ],
  gradient: (dy: Tensor, [index]: readonly Tensor[], { shape }: GatherAttributes) => ({
    x: () => scatterRows(dy, index!, shape),
  }),
};

/**
 * Take rows by index, for example neighbours of each cell.
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, gatherRows, intTensor, tensor } from "@morphogen/morphogen";
 *
 * const x = tensor([1, 2, 3], [3, 1]);
 * const index = intTensor([2, 2, 0], [3]);
 * const rows = gatherRows(x, index);
 * if ((await dataOf(rows)).join() !== "3,3,1") throw new Error("unexpected rows");
 * dispose([x, index, rows]);
 * ```
 *
 * @param x Rows, shape `[M, ...]`.
 * @param index Rows to take, int32 of any shape `[...]`, values from 0 to M - 1 (not checked); repeats allowed.
 * @returns A new tensor of shape `[...index.shape, ...x.shape.slice(1)]`.
 * @throws {TypeError} If `index` is not int32.
 */
export function gatherRows(x: Tensor, index: Tensor): Tensor {
  if (index.dtype !== "int32") {
    throw new TypeError(`Cannot gather rows by an index of type ${index.dtype}: make it with intTensor()`);
  }
  return runFused(gather_, { x, index }, { shape: [...x.shape] });
}
