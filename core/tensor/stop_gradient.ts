import { runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

const stop_ = {
  name: "MorphogenStopGradient",
  saveInputs: [],
  saveOutputs: [false],
  forward: ({ x }: { readonly x?: Tensor }) => [tf.clone(x!)],
  gradient: (dy: Tensor) => ({ x: () => tf.zerosLike(dy) }),
};

/**
 * Pass values on and gradients not.
 *
 * @param x The tensor.
 * @returns A tensor of equal values that counts as a constant.
 */
export function stopGradient(x: Tensor): Tensor {
  return runFused(stop_, { x }, {});
}
