import { dotLayer, dotPaths, dotSize } from "./dots.ts";
import { dotLegend } from "./legend.ts";
import {
  boundsAspect,
  type Box,
  countPoints,
  type Place,
  placeMap,
  type PlanePoints,
  pointBounds,
  scaleBar,
} from "./map_frame.ts";
import { categoricalColors } from "./palette.ts";
import { ACCENT_LINE, type Attributes, clipped, element, MISSING, MUTED, PANEL, svgDocument } from "./svg.ts";

/** What is drawn and how. */
export interface ArrowMapOptions {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Where the arrows start, for example centroids of source niches, shape `[n, 2]`. */
  readonly from: PlanePoints;
  /** Where they end, for example centroids of generated niches, shape `[n, 2]`. */
  readonly to: PlanePoints;
  /** Category of each arrow, an index into `categories`. */
  readonly category?: ArrayLike<number>;
  /** Names of the categories; the colour of a category follows from its index. */
  readonly categories?: readonly string[];
  /** Cells drawn in grey underneath, shape `[m, 2]`. */
  readonly background?: PlanePoints;
  /** Unit of the positions, for the scale bar; no bar if absent. */
  readonly unit?: string;
  /** Whether y grows upwards, as in a plot, or downwards, as in an image. Default: `"up"`. */
  readonly yAxis?: "up" | "down";
}

const WIDTH = 960;
const HEIGHT = 640;
const HEAD = 5;

/**
 * Draw displacements over the tissue.
 *
 * @example Usage
 * ```ts
 * import { arrowMap, hostArray } from "@morphogen/morphogen";
 *
 * const from = hostArray(Float32Array.of(0, 0, 1, 0), [2, 2]);
 * const to = hostArray(Float32Array.of(0, 1, 1, 1), [2, 2]);
 * const svg = arrowMap({ title: "Two niches move up", from, to, unit: "µm" });
 * if (!svg.includes("µm")) throw new Error("the scale bar is missing");
 * ```
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If positions are not `[n, 2]` or the two ends differ in number.
 */
export function arrowMap(options: ArrowMapOptions): string {
  const { from, to, category, categories = [], background } = options;
  const n = countPoints(from, "arrow starts");
  if (countPoints(to, "arrow ends") !== n) {
    throw new TypeError(`Cannot draw arrows: ${n} starts and ${to.shape[0]} ends are given`);
  }
  const paths = Array.from({ length: categories.length + 1 }, () => "");
  const colors = categoricalColors(categories.length);
  const used = [...new Set(Array.from(category ?? []))].filter((code) => code >= 0 && code < categories.length);
  const legend = dotLegend(
    used.sort((a, b) => a - b).map((group) => ({
      label: categories[group]!,
      paint: { stroke: colors[group]! },
      group,
    })),
    230,
    1,
  );
  const bounds = pointBounds(background === undefined ? [from, to] : [from, to, background]);
  const room = WIDTH - (used.length > 0 ? legend.width + 24 : 0);
  const width = Math.min(room, Math.max(360, HEIGHT / boundsAspect(bounds) * 1.1));
  const box: Box = { x: 0, y: 0, width, height: Math.min(HEIGHT, width * Math.max(0.4, boundsAspect(bounds))) };
  const place = placeMap(bounds, box, 12, options.yAxis ?? "up");
  for (let i = 0; i < n; i++) {
    const code = category?.[i] ?? -1;
    const arrow = arrowPath(place, from.data, to.data, i);
    paths[code >= 0 && code < categories.length ? code : categories.length] += arrow;
  }
  return svgDocument(
    options.title,
    WIDTH,
    Math.max(box.height, legend.height) + (options.unit === undefined ? 2 : 26),
    element("rect", { ...box, rx: 5, ...PANEL }),
    background === undefined ? "" : backdrop(background, place, box),
    clipped(
      box,
      ...paths.map((d, group) =>
        arrows(d, group < categories.length ? { stroke: colors[group]!, "data-group": group } : plain(category))
      ),
    ),
    options.unit === undefined ? "" : scaleBar(1, box.height + 13, 220, place, options.unit),
    legend.draw(box.width + 24, 4),
  );
}

function plain(category: ArrayLike<number> | undefined): Attributes {
  return category === undefined ? ACCENT_LINE : MISSING;
}

function backdrop(points: PlanePoints, place: Place, box: Box): string {
  const n = countPoints(points, "background");
  return dotLayer(dotPaths(points, place, box, 1).paths[0]!, dotSize(box, n, 0.55), MUTED);
}

function arrows(d: string, paint: Attributes): string {
  if (d === "") return "";
  const style = { fill: "none", "stroke-width": 1.4, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return element("path", { d, ...style, ...paint });
}

/** A line with two barbs; a displacement below a pixel is a dot. */
function arrowPath(place: Place, from: ArrayLike<number>, to: ArrayLike<number>, i: number): string {
  const [x0, y0] = [place.x(from[2 * i]!), place.y(from[2 * i + 1]!)];
  const [x1, y1] = [place.x(to[2 * i]!), place.y(to[2 * i + 1]!)];
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (!Number.isFinite(length)) return "";
  const at = (x: number, y: number): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
  if (length < 1) return `M${at(x0, y0)}h0`;
  const size = Math.min(HEAD, length / 2);
  const [ux, uy] = [(x1 - x0) / length * size, (y1 - y0) / length * size];
  const barb = (side: number): string => at(x1 - ux * 0.9 - uy * 0.5 * side, y1 - uy * 0.9 + ux * 0.5 * side);
  return `M${at(x0, y0)}L${at(x1, y1)}M${barb(1)}L${at(x1, y1)}L${barb(-1)}`;
}
