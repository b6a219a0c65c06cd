import { mapParts } from "../parts.ts";
import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";
import { tensor } from "../tensor/mod.ts";
import type { Prior } from "./mod.ts";
import { countAt, zinbDistribution, type ZinbLaw } from "./zinb_law.ts";

/** Uniform draws are multiples of 2^-24: what is rarer than half of that is never drawn. */
const TAIL = 2 ** -25;

/**
 * Zero-inflated negative binomial counts y, independent in every entry, as ln(1 + y): what expression looks like before
 * anything is known of the tissue (STFlow, Huang et al. 2025).
 *
 * Counts are drawn by inverting the distribution function, which takes one uniform number per entry and is exact up to
 * the resolution of these.
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, rng, zeros, zinbFromMean, zinbPrior } from "@morphogen/morphogen";
 *
 * const like = { y: zeros([2, 3]) };
 * const drawn = zinbPrior<typeof like>([zinbFromMean(1, 1, 0.5)]).sample(like, undefined, rng(1));
 * if ((await dataOf(drawn.y)).length !== 6) throw new Error("one value per entry");
 * dispose([like.y, drawn.y]);
 * ```
 *
 * @typeParam S State type.
 * @param laws One law for all entries, or one for each place of the last axis (gene).
 * @returns The prior; `sample` throws a `TypeError` if there is not one law per gene.
 * @throws {RangeError} If there is no law, or a law's counts are too large for a table.
 */
export function zinbPrior<S extends State = State>(laws: readonly ZinbLaw[]): Prior<S> {
  if (laws.length === 0) throw new RangeError("Cannot draw counts without a law: give one, or one per gene");
  const tables = laws.map((law) => zinbDistribution(law, TAIL));
  return Object.freeze({
    sample: (like: S, _source: S | undefined, rng: Rng): S =>
      mapParts(({ 0: { shape, size } }, part) => {
        const genes = shape.at(-1) ?? 1;
        if (tables.length !== 1 && tables.length !== genes) {
          throw new TypeError(
            `Cannot draw part "${part}" of ${genes} genes from ${tables.length} laws: expected 1 or ${genes}`,
          );
        }
        const counts = rng.fold(part).host.uniform(size);
        for (let i = 0; i < size; i++) counts[i] = Math.log1p(countAt(tables[i % tables.length]!, counts[i]!));
        return tensor(counts, shape);
      }, like),
  });
}
