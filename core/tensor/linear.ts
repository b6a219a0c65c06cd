import { foldRows } from "./fold_rows.ts";
import { type FusedInputs, runFused } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

const linear_ = {
  name: "MorphogenLinear",
  saveInputs: ["x", "kernel"],
  saveOutputs: [false],
  forward: ({ x, kernel, bias }: FusedInputs) => [
    bias === undefined
      ? tf.matMul(x!, kernel!)
      : tf.fused.matMul({ a: x!, b: kernel!, transposeA: false, transposeB: false, bias }),
  ],
  gradient: (dy: Tensor, [x, kernel]: readonly Tensor[]) => ({
    x: () => tf.matMul(dy, kernel!, false, true),
    kernel: () => tf.matMul(x!, dy, true, false),
    bias: () => tf.sum(dy, 0),
  }),
};

/**
 * Affine map of the last axis.
 *
 * @param x Input `[..., in]`; leading axes are folded into the rows of one matrix product.
 * @param kernel Weights `[in, out]`.
 * @param bias Offsets `[out]`; absent means none.
 * @returns `x kernel + bias`, shape `[..., out]`.
 * @throws {TypeError} If the last axis of `x` does not match the kernel, or the bias does not.
 */
export function linear(x: Tensor, kernel: Tensor, bias?: Tensor): Tensor {
  const [inputs, outputs] = kernel.shape;
  if (kernel.rank !== 2 || x.shape.at(-1) !== inputs) {
    throw new TypeError(`Cannot apply a linear map with kernel [${kernel.shape}] to a tensor of shape [${x.shape}]`);
  }
  if (bias !== undefined && (bias.rank !== 1 || bias.size !== outputs)) {
    throw new TypeError(`Cannot add a bias of shape [${bias.shape}] to ${outputs} outputs: expected [${outputs}]`);
  }
  const rows = x.rank === 2 ? x : foldRows(x);
  const out = runFused(linear_, bias === undefined ? { x: rows, kernel } : { x: rows, kernel, bias }, {});
  return x.rank === 2 ? out : tf.reshape(out, [...x.shape.slice(0, -1), outputs!]);
}
