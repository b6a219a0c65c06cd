import { mapParts } from "../parts.ts";
import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";
import type { Prior } from "./mod.ts";

/**
 * Independent standard normal noise in every entry of every part.
 *
 * @typeParam S State type.
 * @returns The prior; each part draws from a stream of its own, so adding a part leaves the others' noise unchanged.
 */
export function gaussianPrior<S extends State = State>(): Prior<S> {
  return Object.freeze({
    sample: (like: S, _source: S | undefined, rng: Rng): S =>
      mapParts(([tensor], part) => rng.fold(part).normal(tensor.shape), like),
  });
}
