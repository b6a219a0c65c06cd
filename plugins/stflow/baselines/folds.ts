import { takeRows } from "../../../core/mod.ts";
import { compactGroups } from "../tiles.ts";
import type { Slide } from "../slides.ts";

/** Slides to fit on, and slides to choose settings by. */
export interface Fold<S extends Slide = Slide> {
  /** Fitted on. */
  readonly training: readonly S[];
  /** Looked at to choose. */
  readonly validation: readonly S[];
}

/** Most folds. */
const FOLDS = 3;
/** Parts that a single slide is cut into. */
const PARTS = 4;

/**
 * Some spots of a slide as a slide.
 *
 * @param slide The slide.
 * @param rows Its spots.
 * @param name Name of the part.
 * @returns The part.
 */
export function partOfSlide<S extends Slide>(slide: S, rows: Int32Array, name: string): S {
  const { features, patches } = slide;
  return {
    ...slide,
    name,
    coords: takeRows(slide.coords, rows),
    y: takeRows(slide.y, rows),
    ...(features === undefined ? {} : { features: takeRows(features, rows) }),
    ...(patches === undefined ? {} : { patches: takeRows(patches, rows) }),
  };
}

/**
 * Divide training slides into folds for the choice of settings: by donor where there are several, else by slide; a single
 * slide is cut into compact parts.
 *
 * @param slides Slides that may be trained on.
 * @returns At most three folds; together their validation slides are all.
 */
export function foldsOf<S extends Slide>(slides: readonly S[]): readonly Fold<S>[] {
  if (slides.length === 1) {
    const [slide] = slides as readonly [S];
    const groups = compactGroups(slide.coords, Math.ceil(slide.coords.shape[0]! / PARTS)).filter((rows) =>
      rows.length > 1
    );
    const parts = groups.map((rows, i) => partOfSlide(slide, rows, `${slide.name}, part ${i + 1}`));
    return foldsOf(parts.length > 1 ? parts : [slide, slide]);
  }
  const donors = [...new Set(slides.map(({ donor, name }) => donor ?? name))];
  const keys = donors.length > 1 ? donors : slides.map(({ name }) => name);
  const count = Math.min(FOLDS, keys.length);
  const foldOf = ({ donor, name }: S): number => keys.indexOf(donors.length > 1 ? donor ?? name : name) % count;
  return Array.from({ length: count }, (_, fold) => ({
    training: slides.filter((slide) => foldOf(slide) !== fold),
    validation: slides.filter((slide) => foldOf(slide) === fold),
  }));
}
