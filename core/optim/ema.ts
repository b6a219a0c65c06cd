import { add, mul, type Tensor } from "../tensor/mod.ts";
import { leaves, mapTree, type Params } from "../tree.ts";

/**
 * One step of an exponential moving average of parameters, with the warm-up min(decay, (1 + n) / (10 + n)): the decay starts small and
 * rises to its value, so that early averages are not dominated by the initial weights.
 *
 * @param average Average so far; borrowed.
 * @param params Current parameters; borrowed.
 * @param decay Decay per update in [0, 1).
 * @param step Number of updates made before this one.
 * @returns The new average.
 */
export function emaStep(average: Params, params: Params, decay: number, step: number): Params {
  const now = leaves<Tensor>(params);
  const effective = Math.min(decay, (1 + step) / (10 + step));
  let next = 0;
  return mapTree<Tensor, Tensor>((leaf) => add(mul(leaf, effective), mul(now[next++]!, 1 - effective)), average);
}
