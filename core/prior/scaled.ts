import { mapParts } from "../parts.ts";
import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";
import { mul } from "../tensor/mod.ts";
import type { Prior } from "./mod.ts";

/**
 * Stretch what a prior draws, part by part.
 *
 * A part whose data spread less than the others appears late on the path: with noise of their own spread, all parts take
 * shape together.
 *
 * @typeParam S State type.
 * @param prior Prior to wrap.
 * @param factors Factor of each part; absent means 1.
 * @returns The prior.
 */
export function scaledPrior<S extends State>(prior: Prior<S>, factors: { readonly [K in keyof S]?: number }): Prior<S> {
  return Object.freeze({
    sample: (like: S, source: S | undefined, rng: Rng): S =>
      mapParts(([tensor], part) => mul(tensor, factors[part] ?? 1), prior.sample(like, source, rng)),
  });
}
