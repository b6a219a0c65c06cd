import { mapParts } from "../parts.ts";
import type { State } from "../state.ts";
import { add, mul, sub, type Tensor } from "../tensor/mod.ts";
import type { Field } from "./mod.ts";

/**
 * Classifier-free guidance (Ho and Salimans 2022): null + scale * (conditional - null).
 *
 * @typeParam S State type.
 * @param conditional Field under the condition.
 * @param unconditional Field under the null condition.
 * @param scale 0 ignores the condition, 1 is plain sampling, larger values overstate it.
 * @returns The guided field.
 */
export function classifierFree<S extends State>(
  conditional: Field<S>,
  unconditional: Field<S>,
  scale: number,
): Field<S> {
  return (x: S, t: Tensor): S =>
    mapParts(
      ([without, given]) => add(without, mul(sub(given!, without), scale)),
      unconditional(x, t),
      conditional(x, t),
    );
}
