import type { GradientTransform } from "../../../core/optim/mod.ts";
import { add, dataOf, type Tensor, tensor, tidy } from "../../../core/tensor/mod.ts";
import { disposeTree, leaves, mapTree, type Params, unflatten } from "../../../core/tree.ts";

/** Vectors by name, the parameters and gradients of the tests. */
export type Vectors = Readonly<Record<string, readonly number[]>>;

/** Upload vectors. */
export function uploaded(vectors: Vectors): Params {
  return Object.fromEntries(Object.entries(vectors).map(([name, values]) => [name, tensor(values)]));
}

/** Read a tree of vectors, leaves in the order of their sorted names. */
export async function readAll(tree: Params): Promise<number[]> {
  const values = await Promise.all(leaves<Tensor>(tree).map(dataOf));
  return values.flatMap((part) => [...part]);
}

/**
 * Apply a transform step by step, as the training loop does: updates are added to the parameters.
 *
 * @param transform The optimizer.
 * @param start Parameters.
 * @param gradients Gradients of each step.
 * @returns All parameters after each step; nothing stays on the device.
 */
export async function descend(
  transform: GradientTransform,
  start: Vectors,
  gradients: readonly Vectors[],
): Promise<number[][]> {
  let params = uploaded(start);
  let slots = tidy(() => transform.init(params));
  const out: number[][] = [];
  for (const [step, gradient] of gradients.entries()) {
    const grads = uploaded(gradient);
    const next = tidy(() => {
      const { updates, slots: moments } = transform.update(grads, slots, { params, step });
      const moves = leaves<Tensor>(updates);
      let at = 0;
      return { params: mapTree<Tensor, Tensor>((leaf) => add(leaf, moves[at++]!), params), slots: moments };
    });
    disposeTree([grads, params, slots]);
    params = unflatten<Tensor, Tensor>(params, leaves<Tensor>(next.params));
    slots = next.slots;
    out.push(await readAll(params));
  }
  disposeTree([params, slots]);
  return out;
}
