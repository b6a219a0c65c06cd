import { mapParts } from "../parts.ts";
import type { State } from "../state.ts";
import { zerosLike } from "../tensor/mod.ts";
import type { Prior } from "./mod.ts";

/**
 * Zeros: a flow that starts from one point, for ablations.
 *
 * @typeParam S State type.
 * @returns The prior.
 */
export function zeroPrior<S extends State = State>(): Prior<S> {
  return Object.freeze({ sample: (like: S): S => mapParts(([tensor]) => zerosLike(tensor), like) });
}
