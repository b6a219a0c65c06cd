import { type Rng, takeRows } from "../../core/mod.ts";
import { nichesAt } from "./generate.ts";
import type { Journey } from "./journeys.ts";
import type { Cells, Scored, TypeOf } from "./score.ts";
import type { Slide } from "./slides.ts";

/** Real cells of niches, each centre's `size` nearest cells, with repeats where niches overlap. */
function nicheCells(slide: Slide, centres: Int32Array, size: number): Cells {
  const { cells } = nichesAt(slide, centres, size);
  return { x: takeRows(slide.x, cells), pos: takeRows(slide.pos, cells) };
}

/** A reference that is scored exactly like the model. */
export interface Anchor {
  /** Targets with the reference's cells in place of generated ones. */
  readonly scored: readonly Scored[];
  /** How its cells are typed; absent means as the model's are. */
  readonly typeOf?: TypeOf;
}

/**
 * The references that make the numbers readable (section 8.4): each gives as many cells per target as the model.
 *
 * `oracle`: the target's own niches. `replicate`: niches of another section of the same day. `copy-source`: the source
 * niches unchanged. `shuffled-labels`: the oracle with its types permuted.
 *
 * @param journeys Steps in time.
 * @param targetOf Section that is scored against; journeys without one are left out.
 * @param centres Evaluation centres by section.
 * @param rng Stream of the permutation.
 * @param typeOf Types cells by their features.
 * @returns Anchors by name; `replicate` is absent unless every target has another section of its day.
 */
export function anchors(
  journeys: readonly Journey[],
  targetOf: (journey: Journey) => Slide | undefined,
  centres: ReadonlyMap<Slide, Int32Array>,
  rng: Rng,
  typeOf: TypeOf | undefined,
): Readonly<Record<string, Anchor>> {
  const rows = journeys.flatMap((journey) => {
    const target = targetOf(journey);
    return target === undefined ? [] : [{ journey, target }];
  });
  const of = (slideOf: (row: (typeof rows)[number]) => Slide): Anchor => ({
    scored: rows.map((row) => {
      const slide = slideOf(row);
      return { target: row.target, items: [nicheCells(slide, centres.get(slide)!, row.journey.seen.size)] };
    }),
  });
  const other = ({ journey, target }: (typeof rows)[number]): Slide | undefined =>
    target === journey.seen ? journey.replicate : journey.seen;
  const oracle = of(({ target }) => target);
  const shuffled: TypeOf | undefined = typeOf === undefined ? undefined : (cells) => {
    const types = typeOf(cells);
    return rng.host.permutation(types.length).map((row) => types[row]!);
  };
  return {
    oracle,
    ...(rows.every((row) => other(row) !== undefined) ? { replicate: of((row) => other(row)!) } : {}),
    "copy-source": of(({ journey }) => journey.source),
    ...(shuffled === undefined ? {} : { "shuffled-labels": { scored: oracle.scored, typeOf: shuffled } }),
  };
}
