import {
  type Batch,
  type Batches,
  cast,
  concatRows,
  fromHost,
  type HostArray,
  intTensor,
  minimum,
  type NumericArray,
  ownBatch,
  type Rng,
  type RowCut,
  slice,
  takeRows,
  type Tensor,
} from "../../core/mod.ts";
import type { StFlowConfig } from "./config.ts";
import { regionFrames, scaledPlaces } from "./frames.ts";
import { drawRegion } from "./regions.ts";
import { type Expression, type SpotCond, spotCond, type SpotImages } from "./slide.ts";
import type { Slide } from "./slides.ts";

/** Batches of whole regions. */
export type SpotBatch = Batch<Expression, SpotCond>;

/** What of the configuration batches need. */
export type BatchSetting = Pick<StFlowConfig, "regions" | "coordinates" | "frames" | "network">;

function joined<T extends NumericArray>(
  parts: readonly { readonly slide: Slide; readonly rows: Int32Array }[],
  of: (slide: Slide) => HostArray<T> | undefined,
): HostArray<T> | undefined {
  const taken = parts.flatMap(({ slide, rows }) => {
    const array = of(slide);
    return array === undefined ? [] : [takeRows(array, rows)];
  });
  return taken.length === 0 ? undefined : concatRows(taken);
}

/**
 * Images of some spots of some slides, one after the other.
 *
 * @param parts Slides and their spots.
 * @returns Features and patches, as far as the slides have them.
 */
export function imagesOf(parts: readonly { readonly slide: Slide; readonly rows: Int32Array }[]): SpotImages {
  const features = joined(parts, (slide) => slide.features);
  const patches = joined(parts, (slide) => slide.patches);
  return { ...(features === undefined ? {} : { features }), ...(patches === undefined ? {} : { patches }) };
}

/**
 * Training batches: contiguous regions of random slides side by side, each with neighbours of its own.
 *
 * A pass draws `perSlide` regions of every slide, in random order unless `shuffle` is off.
 *
 * @param slides Slides that may be trained on, at least one.
 * @param setting Regions, neighbourhoods and coordinates.
 * @param rng Stream of the batches.
 * @returns Random access to batches.
 */
export function regionBatches(slides: readonly Slide[], setting: BatchSetting, rng: Rng): Batches<SpotBatch> {
  const { regions: { perStep, perSlide, law, most, shuffle }, network: { neighbours }, frames } = setting;
  const places = slides.map(({ coords }) => scaledPlaces(coords, setting.coordinates));
  const pass = slides.length * perSlide;
  const slideAt = (epoch: number, item: number): number => {
    if (!shuffle) return Math.floor(item / perSlide);
    return rng.fold("order").fold(epoch).host.permutation(pass)[item]! % slides.length;
  };
  return {
    at(step: number): Promise<SpotBatch> {
      const parts = Array.from({ length: perStep }, (_, i) => {
        const number = step * perStep + i;
        const which = slideAt(Math.floor(number / pass), number % pass);
        const rows = drawRegion(places[which]!, law, most, rng.fold("region").fold(number));
        return { slide: slides[which]!, rows, place: takeRows(places[which]!, rows) };
      });
      const regions = parts.map(({ place }) => regionFrames(place, { neighbours, frames }));
      const group = Int32Array.from(parts.flatMap(({ rows }, i) => Array<number>(rows.length).fill(i)));
      return Promise.resolve(ownBatch<Expression, SpotCond>({
        target: { y: fromHost(concatRows(parts.map(({ slide, rows }) => takeRows(slide.y, rows)))) },
        cond: spotCond(imagesOf(parts), regions, neighbours),
        group: intTensor(group),
      }));
    },
  };
}

function head(x: Tensor, rows: number): Tensor {
  return slice(x, x.shape.map(() => 0), [rows, ...x.shape.slice(1)]);
}

/**
 * How batches of regions are cut to foresee memory: spots that are cut off as neighbours give way to the last one left, and
 * the number of regions stays, so that a part costs what its share of the spots does.
 */
export const SPOT_ROWS: RowCut<SpotBatch> = Object.freeze({
  count: ({ target }: SpotBatch): number => target.y.shape[0]!,
  first({ target, cond, group }: SpotBatch, rows: number): SpotBatch {
    const k = cond.neighbours.shape[1]!;
    const within = (x: Tensor): Tensor => cast(minimum(x, rows - 1), "int32");
    const { neighbours, pairRows, edges, region, firstSpot, ...rest } = cond;
    return ownBatch<Expression, SpotCond>({
      target: { y: head(target.y, rows) },
      cond: {
        ...Object.fromEntries(Object.entries(rest).map(([name, x]) => [name, head(x, rows)])),
        neighbours: within(head(neighbours, rows)),
        pairRows: head(pairRows, rows),
        edges: head(edges, rows * k),
        region: head(region, rows),
        firstSpot: within(firstSpot),
      },
      group: head(group!, rows),
    });
  },
});
