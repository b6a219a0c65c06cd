import { mapParts, requireSameShapes } from "../parts.ts";
import type { State } from "../state.ts";
import { clone } from "../tensor/mod.ts";
import type { Prior } from "./mod.ts";

/**
 * The source data themselves, for flows from data to data (control to perturbed, stage to stage).
 *
 * @typeParam S State type.
 * @returns The prior; it throws a `TypeError` where the batch has no source or its shapes differ from the target's.
 */
export function sourcePrior<S extends State = State>(): Prior<S> {
  return Object.freeze({
    sample(like: S, source: S | undefined): S {
      if (source === undefined) {
        throw new TypeError("Cannot start from data: the batch has no source; use a noise prior or pair the data");
      }
      requireSameShapes(source, like, "start from data", ["source", "target"]);
      return mapParts(([tensor]) => clone(tensor), source);
    },
  });
}
