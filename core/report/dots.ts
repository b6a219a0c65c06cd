import type { Box, Place, PlanePoints } from "./map_frame.ts";
import { type Attributes, element, escapeText } from "./svg.ts";

/** Path units per pixel: coordinates are whole tenths of a pixel. */
const QUANTUM = 10;

/** Room of one packed coordinate; no drawing is larger than this many path units. */
const SPAN = 1 << 20;

/** Dots of one drawing, by group. */
export interface DotPaths {
  /** Path data of each group in tenths of a pixel; empty text for a group without dots. */
  readonly paths: readonly string[];
  /** Rows of each group, also those outside. */
  readonly counts: readonly number[];
  /** Rows that are not drawn: outside the box or not finite. */
  readonly outside: number;
}

/**
 * Write dots as one path per group: a zero-length segment with a round cap is a dot, the cheapest that SVG has.
 *
 * Dots of a group are visited in strips, forwards and backwards, so that the steps between them stay short: about
 * seven bytes a dot. Two dots of a group on the same tenth of a pixel are written once.
 *
 * @param points Shape `[n, 2]`, data units.
 * @param place Where data land.
 * @param box Dots outside are counted, not drawn.
 * @param groups Number of groups; rows of no group form one more, the last.
 * @param group Group of each row; absent puts all rows into group 0.
 * @returns Path data and counts.
 */
export function dotPaths(
  points: PlanePoints,
  place: Place,
  box: Box,
  groups: number,
  group?: ArrayLike<number>,
): DotPaths {
  const n = points.data.length / 2;
  const keys: number[][] = Array.from({ length: groups + 1 }, () => []);
  const counts: number[] = keys.map(() => 0);
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  let outside = 0;
  for (let i = 0; i < n; i++) {
    const code = group === undefined ? 0 : group[i]!;
    const g = code >= 0 && code < groups ? code : groups;
    counts[g]!++;
    const [x, y] = [place.x(points.data[2 * i]!), place.y(points.data[2 * i + 1]!)];
    if (!(x >= box.x && x <= right && y >= box.y && y <= bottom)) outside++;
    else keys[g]!.push(Math.round(y * QUANTUM) * SPAN + Math.round(x * QUANTUM));
  }
  return { paths: keys.map(tour), counts, outside };
}

/** Path through packed coordinates. */
function tour(packed: readonly number[]): string {
  if (packed.length === 0) return "";
  const xs = packed.map((key) => key % SPAN);
  const ys = packed.map((key) => Math.floor(key / SPAN));
  const area = spread(xs) * spread(ys);
  const strip = Math.max(8, Math.round(Math.sqrt(2 * area / packed.length)));
  const order = new Float64Array(packed.length);
  for (let i = 0; i < packed.length; i++) {
    const row = Math.floor(ys[i]! / strip);
    const along = row % 2 === 0 ? xs[i]! : SPAN - 1 - xs[i]!;
    order[i] = (row * SPAN + along) * strip + (ys[i]! - row * strip);
  }
  order.sort();
  let [path, px, py] = ["", 0, 0];
  for (let i = 0; i < order.length; i++) {
    if (i > 0 && order[i] === order[i - 1]) continue;
    const head = Math.floor(order[i]! / strip);
    const row = Math.floor(head / SPAN);
    const along = head - row * SPAN;
    const x = row % 2 === 0 ? along : SPAN - 1 - along;
    const y = row * strip + (order[i]! - head * strip);
    const dy = y - py;
    path += `m${x - px}${dy < 0 ? "" : " "}${dy}h0`;
    [px, py] = [x, y];
  }
  return path;
}

function spread(values: readonly number[]): number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low + 1;
}

/**
 * Choose a diameter so that dots that fill a box evenly stay apart, and those of tissue, which is denser, just close.
 *
 * @param box Size of the map in pixels.
 * @param n Number of dots.
 * @param factor Share of the distance between dots that a dot fills.
 * @returns Pixels, 1.3 to 4.5.
 */
export function dotSize(box: Pick<Box, "width" | "height">, n: number, factor: number): number {
  return Math.min(4.5, Math.max(1.3, factor * Math.sqrt(box.width * box.height * 0.6 / Math.max(1, n))));
}

/**
 * Draw path data of {@linkcode dotPaths}.
 *
 * @param path Path data in tenths of a pixel.
 * @param diameter Pixels.
 * @param paint Stroke and class.
 * @param title Text on hover; absent for none.
 * @returns Markup; empty text if there are no dots.
 */
export function dotLayer(path: string, diameter: number, paint: Attributes, title?: string): string {
  if (path === "") return "";
  return element(
    "g",
    {
      ...paint,
      fill: "none",
      "stroke-linecap": "round",
      "stroke-width": Math.round(diameter * QUANTUM),
      transform: `scale(${1 / QUANTUM})`,
    },
    ...(title === undefined ? [] : [element("title", {}, escapeText(title))]),
    element("path", { d: path }),
  );
}
