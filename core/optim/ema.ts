import type { Tensor } from "../tensor/mod.ts";
import { blend } from "../tensor/parameter_updates.ts";
import { leaves, mapTree, type Params } from "../tree.ts";

/**
 * Decay of a moving average, in [0, 1), as a function of the number of updates made before.
 *
 * A constant is `() => 0.999`; the power function of Karras et al. (2024) with gamma 7 is
 * `(step) => (1 - 1 / (step + 1)) ** 8`.
 */
export type DecayLaw = (step: number) => number;

/**
 * The warm-up min(decay, (1 + n) / (10 + n)): the decay starts small and rises to its value, so that early averages are
 * not dominated by the initial weights.
 *
 * @param decay Decay per update in [0, 1) in the end.
 * @returns The law.
 */
export function warmedDecay(decay: number): DecayLaw {
  return (step) => Math.min(decay, (1 + step) / (10 + step));
}

/**
 * One step of an exponential moving average of parameters, a + (1 - d) (p - a): parameters that do not change keep their
 * average bit for bit.
 *
 * @param average Average so far (a); borrowed.
 * @param params Current parameters (p); borrowed.
 * @param law Decay (d) by step, for example {@linkcode warmedDecay}.
 * @param step Number of updates made before this one.
 * @returns The new average.
 */
export function emaStep(average: Params, params: Params, law: DecayLaw, step: number): Params {
  const now = leaves<Tensor>(params);
  const share = 1 - law(step);
  let next = 0;
  return mapTree<Tensor, Tensor>((leaf) => blend(leaf, now[next++]!, share), average);
}
