import { add, div, minimum, mul, sqrt, type Tensor } from "../tensor/mod.ts";
import { sumOfSquares } from "../tensor/parameter_updates.ts";
import { leaves, mapTree, type Params } from "../tree.ts";
import type { GradientTransform, Slots, Update } from "./mod.ts";

/**
 * Euclidean norm over all entries of all leaves.
 *
 * @param tree Tree of tensors.
 * @returns Scalar, shape `[]`.
 */
export function globalNorm(tree: Params): Tensor {
  return sqrt(leaves<Tensor>(tree).map(sumOfSquares).reduce((a, b) => add(a, b)));
}

/**
 * Scale gradients down to a global norm of at most `maxNorm`; the divisor has the 1e-6 of PyTorch's `clip_grad_norm_`.
 *
 * @param maxNorm Largest norm; 0 switches clipping off.
 * @returns The transform, without slots.
 * @throws {RangeError} If `maxNorm` is negative.
 */
export function clipByGlobalNorm(maxNorm: number): GradientTransform {
  if (!(maxNorm >= 0)) throw new RangeError(`Cannot clip to norm ${maxNorm}: it must be at least 0`);
  return Object.freeze({
    init: (): Slots => [],
    update(updates: Params): Update {
      if (maxNorm === 0) return { updates, slots: [] };
      const scale = minimum(div(maxNorm, add(globalNorm(updates), 1e-6)), 1);
      return { updates: mapTree<Tensor, Tensor>((leaf) => mul(leaf, scale), updates), slots: [] };
    },
  });
}
