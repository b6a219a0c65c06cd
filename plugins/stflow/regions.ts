import { type HostArray, hostArray, kNearest, type NumericArray, type Rng } from "../../core/mod.ts";

/** How large regions are, as a law of the share of the slide. */
export type RegionLaw = "uniform" | "cosine" | "sqrt" | "square";

/**
 * A contiguous region of a slide: the spots nearest to a centre, as many as a share of the slide says.
 *
 * @param coords Places of the spots, `[N, 2]`.
 * @param centre The spot in the middle.
 * @param share Share of the spots; at least 2 are taken, and all in stored order if the share is everything.
 * @returns Spots of the region, nearest first, the centre included.
 */
export function regionOf(coords: HostArray<NumericArray>, centre: number, share: number): Int32Array {
  const spots = coords.shape[0]!;
  const size = Math.min(spots, Math.max(2, Math.floor(spots * share)));
  if (size === spots) return Int32Array.from({ length: spots }, (_, i) => i);
  const middle = hostArray(coords.data.slice(2 * centre, 2 * centre + 2), [1, 2]);
  return kNearest(coords, middle, size).index;
}

const SHARES: Readonly<Record<RegionLaw, (u: number) => number>> = {
  uniform: (u) => u,
  cosine: (u) => 1 - Math.cos(u * Math.PI / 2),
  sqrt: Math.sqrt,
  square: (u) => u * u,
};

/** Names of the laws. */
export const REGION_LAWS: readonly RegionLaw[] = Object.keys(SHARES) as RegionLaw[];

/**
 * Draw a region of a slide.
 *
 * @param coords Places of the spots, `[N, 2]`.
 * @param law Law of its size.
 * @param most Most spots of a region; larger ones are cut to their centre.
 * @param rng Stream of this region.
 * @returns Spots of the region.
 */
export function drawRegion(coords: HostArray<NumericArray>, law: RegionLaw, most: number, rng: Rng): Int32Array {
  const spots = coords.shape[0]!;
  const [place, size] = rng.host.uniform(2) as unknown as readonly [number, number];
  const share = Math.min(SHARES[law](size), most / spots);
  return regionOf(coords, Math.floor(place * spots), share);
}
