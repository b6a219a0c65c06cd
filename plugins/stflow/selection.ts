import type { Rng } from "../../core/mod.ts";
import { partOfSlide } from "./baselines/folds.ts";
import type { Selection } from "./config.ts";
import { regionOf } from "./regions.ts";
import type { Slide } from "./slides.ts";

/** What is trained on, and what chooses among saved parameters. */
export interface Divided {
  /** Trained on. */
  readonly training: readonly Slide[];
  /** Chooses; empty if the last parameters are used. */
  readonly validation: readonly Slide[];
}

/** Share of each slide that is kept out where there are too few slides to spare one. */
const BLOCK = 0.1;
/** From this many donors (or slides, if donors are unknown) on, one is kept out whole. */
const ENOUGH = 4;

/** A contiguous block of a slide, and the rest. */
function withoutBlock(slide: Slide, rng: Rng): { readonly block: Slide; readonly rest: Slide } {
  const spots = slide.coords.shape[0]!;
  const inside = regionOf(slide.coords, rng.host.choice(spots, 1)[0]!, BLOCK).slice().sort();
  const taken = new Set(inside);
  const outside = Int32Array.from({ length: spots }, (_, i) => i).filter((row) => !taken.has(row));
  return {
    block: partOfSlide(slide, inside, `${slide.name}, block`),
    rest: partOfSlide(slide, outside, slide.name),
  };
}

/**
 * Divide slides into those that are trained on and those that choose the parameters.
 *
 * For validation a donor is kept out whole where there are at least four; else a contiguous tenth of the spots of every
 * training slide.
 *
 * @param slides All slides.
 * @param on What chooses.
 * @param rng Stream.
 * @returns The division; slides of the test split are never trained on.
 */
export function divideSlides(slides: readonly Slide[], on: Selection, rng: Rng): Divided {
  const training = slides.filter(({ split }) => split === "train");
  if (on === "none") return { training, validation: [] };
  if (on === "test") return { training, validation: slides.filter(({ split }) => split === "test") };
  const owner = ({ donor, name }: Slide): string => donor ?? name;
  const owners = [...new Set(training.map(owner))];
  if (owners.length >= ENOUGH) {
    const kept = owners[rng.host.choice(owners.length, 1)[0]!]!;
    return {
      training: training.filter((slide) => owner(slide) !== kept),
      validation: training.filter((slide) => owner(slide) === kept),
    };
  }
  const parts = training.map((slide, i) =>
    slide.coords.shape[0]! * BLOCK < 2 ? { rest: slide } : withoutBlock(slide, rng.fold(i))
  );
  return {
    training: parts.map(({ rest }) => rest),
    validation: parts.flatMap((part) => "block" in part ? [part.block] : []),
  };
}
