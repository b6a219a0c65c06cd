import type { HostArray, NumericArray } from "../host_array.ts";
import { type Domain, extent, linearScale, type Scale } from "./scale.ts";
import { AXIS, element, SOFT, textLine } from "./svg.ts";

/** PlanePoints in the plane: shape `[n, 2]`. */
export type PlanePoints = HostArray<NumericArray>;

/** The part of the plane that a map shows, in data units. */
export interface MapBounds {
  /** Left and right. */
  readonly x: readonly [number, number];
  /** Lower and upper. */
  readonly y: readonly [number, number];
}

/** A rectangle in pixels. */
export interface Box {
  /** Left edge. */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** Width. */
  readonly width: number;
  /** Height. */
  readonly height: number;
}

/** Where data land in a drawing, with one factor for both axes. */
export interface Place {
  /** Pixels from the left. */
  readonly x: Scale;
  /** Pixels from the top. */
  readonly y: Scale;
  /** Pixels per data unit. */
  readonly factor: number;
}

/**
 * Check that an array holds points in the plane.
 *
 * @param points The array.
 * @param what How to call it in the message.
 * @returns Number of points.
 * @throws {TypeError} If the shape is not `[n, 2]`.
 */
export function countPoints(points: PlanePoints, what: string): number {
  const [n, d] = points.shape;
  if (points.shape.length !== 2 || d !== 2) {
    throw new TypeError(`Cannot draw ${what}: shape [${points.shape.join(", ")}] is given, [n, 2] is needed`);
  }
  return n!;
}

/** One coordinate of all points, finite values only, sorted. */
function sortedAxis({ data }: PlanePoints, axis: 0 | 1): Float64Array {
  const values = new Float64Array(data.length / 2);
  let n = 0;
  for (let i = axis; i < data.length; i += 2) if (Number.isFinite(data[i])) values[n++] = data[i]!;
  return values.subarray(0, n).sort();
}

/** The range that holds the bulk: far outliers must not shrink the tissue to a speck. */
function bulk(sorted: Float64Array): Domain {
  const [low, high] = extent([sorted]);
  const at = (q: number): number => sorted[Math.round(q * (sorted.length - 1))] ?? 0;
  const [from, to] = [at(0.005), at(0.995)];
  const margin = (to - from) * 0.08;
  return margin > 0 ? [Math.max(low, from - margin), Math.min(high, to + margin)] : [low, high];
}

/**
 * The region that shows all points but far outliers: for each array what lies between the 0.5th and the 99.5th
 * percentile of each axis and 8 % of that width beyond, never more than the points span.
 *
 * @param all Arrays of shape `[n, 2]`.
 * @returns The region.
 */
export function pointBounds(all: readonly PlanePoints[]): MapBounds {
  const filled = all.filter(({ data }) => data.length > 0);
  const over = (axis: 0 | 1): Domain => extent(filled.map((points) => bulk(sortedAxis(points, axis))));
  return { x: over(0), y: over(1) };
}

/**
 * Height of a region relative to its width.
 *
 * @param bounds The region.
 * @returns The ratio; 1 for a region without extent.
 */
export function boundsAspect({ x, y }: MapBounds): number {
  const ratio = (y[1] - y[0]) / (x[1] - x[0]);
  return ratio > 0 && Number.isFinite(ratio) ? ratio : 1;
}

/**
 * Fit a region into a box, centred, with equal aspect ratio.
 *
 * @param bounds The region in data units.
 * @param box The box in pixels.
 * @param inset Pixels to keep free at each edge, for the radius of the dots.
 * @param yAxis Whether y grows upwards, as in a plot, or downwards, as in an image.
 * @returns Where data land.
 */
export function placeMap(bounds: MapBounds, box: Box, inset: number, yAxis: "up" | "down"): Place {
  const [w, h] = [bounds.x[1] - bounds.x[0], bounds.y[1] - bounds.y[0]];
  const fit = Math.min((box.width - 2 * inset) / w, (box.height - 2 * inset) / h);
  const factor = Number.isFinite(fit) && fit > 0 ? fit : 1;
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const [rx, ry] = [w * factor / 2, h * factor / 2 * (yAxis === "up" ? 1 : -1)];
  return {
    x: linearScale(bounds.x, [cx - rx, cx + rx]),
    y: linearScale(bounds.y, [cy + ry, cy - ry]),
    factor,
  };
}

/**
 * Draw a bar of round length.
 *
 * @param x Left end in pixels.
 * @param y Height of the line in pixels.
 * @param width Pixels that the bar may take at most.
 * @param place Scale of the map.
 * @param unit Unit of the data, written after the length.
 * @returns Markup.
 */
export function scaleBar(x: number, y: number, width: number, place: Place, unit: string): string {
  const most = width / place.factor;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((f) => f * power).find((v) => v <= most) ?? power;
  const end = x + length * place.factor;
  return element("path", { d: `M${x} ${y - 3}v6M${x} ${y}H${end.toFixed(1)}m0-3v6`, ...AXIS, fill: "none" }) +
    textLine(end + 7, y + 4, `${Number(length.toPrecision(3))} ${unit}`, { size: 11, paint: SOFT });
}
