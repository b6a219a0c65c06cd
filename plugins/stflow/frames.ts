import {
  type HostArray,
  hostArray,
  kNearest,
  type LocalFrames,
  localFrames,
  type NumericArray,
} from "../../core/mod.ts";
import type { StFlowConfig } from "./config.ts";
import type { Region } from "./slide.ts";

/** How neighbourhoods are described. */
export interface FrameSetting {
  /** Neighbours per spot (k). */
  readonly neighbours: number;
  /** What is done about directions. */
  readonly frames: StFlowConfig["frames"];
}

/**
 * Find the neighbourhoods of a region; of k neighbours as many as there are others.
 *
 * @param coords Places of the spots, `[N, 2]`, N >= 2.
 * @param setting Number of neighbours, and what is done about directions.
 * @returns The region.
 * @throws {RangeError} If there are fewer than 2 spots.
 */
export function regionFrames(coords: HostArray<NumericArray>, { neighbours, frames }: FrameSetting): Region {
  const spots = coords.shape[0]!;
  const found = localFrames(coords, Math.min(neighbours, spots - 1), frames === "pca-safe" ? "zero" : "keep");
  return { spots, frames: frames === "none" ? withoutGeometry(found) : found };
}

/** The same neighbours, all at one place: the features of all pairs are then one constant. */
function withoutGeometry(found: LocalFrames): LocalFrames {
  const { shape } = found.edges;
  return { ...found, edges: hostArray(new Float32Array(found.edges.data.length), shape) };
}

/**
 * Typical distance between spots: the median distance to the nearest other place.
 *
 * @param coords Places, `[N, 2]`.
 * @returns The distance, in the unit of the places; 1 if all spots lie at one place.
 */
export function spacingOf(coords: HostArray<NumericArray>): number {
  const spots = coords.shape[0]!;
  const k = Math.min(2, spots);
  const { distance } = kNearest(coords, coords, k);
  const away = Float64Array.from({ length: spots }, (_, i) => distance[i * k + k - 1]!).filter((d) => d > 0).sort();
  return away[away.length >> 1] ?? 1;
}

/**
 * Places as the network sees them.
 *
 * @param coords Places in the unit of the data, `[N, 2]`.
 * @param unit Whether they are divided by the typical distance between spots.
 * @returns Places, `[N, 2]`.
 */
export function scaledPlaces(coords: HostArray, unit: StFlowConfig["coordinates"]): HostArray {
  if (unit === "data") return coords;
  const spacing = spacingOf(coords);
  return hostArray(coords.data.map((value) => value / spacing), coords.shape);
}
