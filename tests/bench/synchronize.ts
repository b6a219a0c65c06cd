import { dataOf, dispose, reshape, slice, type Tensor, tidy } from "../../core/mod.ts";

/**
 * Wait until a tensor is computed, by reading one of its values: reading all would measure the copy too.
 *
 * @param tensor The tensor; borrowed. What was asked of the backend before it is done then as well.
 */
export async function synchronize(tensor: Tensor): Promise<void> {
  const first = tidy(() => slice(reshape(tensor, [tensor.size]), [0], [1]));
  await dataOf(first);
  dispose([first]);
}
