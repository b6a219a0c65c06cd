import { coverage, DataError, farthestPoints, fillCentres, gridCentres, type Rng } from "../../core/mod.ts";
import type { NicheFlowConfig } from "./config.ts";
import type { Slide } from "./slides.ts";

/** One step in time that is evaluated: from a training section to the sections of the next time point. */
export interface Journey {
  /** Training section that conditions the flow. */
  readonly source: Slide;
  /** Training section of the later time; it gives the number of cells per generated niche. */
  readonly seen: Slide;
  /** Another training section of the later time: the replicate that the anchors use; absent if there is none. */
  readonly replicate?: Slide;
  /** Section of the later time that was never used to fit anything; absent if there is none. */
  readonly unseen?: Slide;
}

/**
 * List the steps in time with the sections that take part.
 *
 * @param slides All slides.
 * @returns One journey per pair of consecutive time points with training sections.
 * @throws {DataError} If fewer than two time points have training sections.
 */
export function journeys(slides: readonly Slide[]): readonly Journey[] {
  const of = (time: number, split: Slide["split"]): Slide[] =>
    slides.filter((slide) => slide.time === time && slide.split === split);
  const times = [...new Set(slides.filter(({ split }) => split === "train").map(({ time }) => time))]
    .sort((a, b) => a - b);
  if (times.length < 2) {
    throw new DataError(`Cannot evaluate: ${times.length} time point has training sections, expected at least 2`);
  }
  return times.slice(1).map((time, i) => {
    const [seen, replicate] = of(time, "train");
    const unseen = of(time, "test")[0];
    return {
      source: of(times[i]!, "train")[0]!,
      seen: seen!,
      ...(replicate === undefined ? {} : { replicate }),
      ...(unseen === undefined ? {} : { unseen }),
    };
  });
}

/** Cells of a section per evaluation centre for coordinates that are not planar, as dense as the grid rule in two dimensions. */
const OVERLAP = 2.5;

/**
 * Centres of evaluation niches (section 2.6): a grid in the plane, farthest points in other dimensions.
 *
 * @param slide The section.
 * @param config Grid steps.
 * @returns Cells, sorted.
 */
export function evaluationCentres(slide: Slide, config: NicheFlowConfig["niche"]): Int32Array {
  if (slide.pos.shape[1] === 2) return gridCentres(slide.pos, config.dx, config.dy);
  const count = Math.min(slide.pos.shape[0]!, Math.ceil((OVERLAP * slide.pos.shape[0]!) / slide.size));
  return farthestPoints(slide.pos, count).sort();
}

/**
 * Bring every section to the same number of centres: the largest over training sections, filled up with random cells.
 *
 * @param slides Sections that need centres.
 * @param config Grid steps.
 * @param rng Stream of the filling.
 * @param warn Told how many cells no niche covers, where it is more than the five that the reference accepts.
 * @returns Centres by section.
 */
export function allCentres(
  slides: readonly Slide[],
  config: NicheFlowConfig["niche"],
  rng: Rng,
  warn: (message: string) => void,
): ReadonlyMap<Slide, Int32Array> {
  const grids = slides.map((slide) => evaluationCentres(slide, config));
  const total = Math.max(...grids.filter((_, i) => slides[i]!.split === "train").map(({ length }) => length));
  return new Map(slides.map((slide, i) => {
    const cells = slide.pos.shape[0]!;
    const grid = grids[i]!.length > total ? grids[i]!.slice(0, total) : grids[i]!;
    const filled = fillCentres(grid, Math.min(total, cells), cells, rng.fold(slide.name).host);
    const { missed } = coverage(filled, slide.members, slide.size);
    if (missed.length > 5) warn(`${missed.length} of ${cells} cells of "${slide.name}" lie in no evaluation niche`);
    return [slide, filled];
  }));
}
