import { valueAndGrads } from "./gradient.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/**
 * Evaluate a function without keeping what it computes on the way; its derivative computes it again (Chen et al. 2016).
 *
 * Memory of a step then grows with the inputs of such pieces instead of with all their intermediate values, at the price
 * of a second evaluation. The function must give the same result both times: streams are functions of their tags, so
 * dropout does.
 *
 * @example Usage
 * ```ts
 * import { checkpoint, dataOf, mul, sin, sum, tensor, tidy, valueAndGrads } from "@morphogen/morphogen";
 *
 * const x = tensor([0, 1]);
 * const { grads } = tidy(() => valueAndGrads(() => ({ value: sum(checkpoint(([a]) => sin(mul(a!, 2)), [x])) }), [x]));
 * if ((await dataOf(grads[0]!))[0] !== 2) throw new Error("d sin(2 x) / dx is 2 at 0");
 * ```
 *
 * @param fn Makes one tensor of the inputs; what else it reads counts as a constant.
 * @param inputs Tensors to differentiate for.
 * @returns What `fn` returned.
 */
export function checkpoint(fn: (inputs: readonly Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  const run = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const given = args as Tensor[];
    save(given);
    return {
      value: fn(given),
      gradFunc: (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const { state } = tf.engine();
        const outer = state.activeTape;
        try {
          return [...valueAndGrads(() => ({ value: tf.sum(tf.mul(fn(saved), dy)) }), saved).grads];
        } finally {
          // Recording replaced the tape that is being walked; whoever walks it still has to free it.
          state.activeTape = outer;
        }
      },
    };
  });
  return run(...inputs);
}
