import { drawAxes } from "./axes.ts";
import { dotLayer, dotPaths } from "./dots.ts";
import { dotLegend } from "./legend.ts";
import { linePath } from "./line_path.ts";
import { type Box, countPoints, type MapBounds, type PlanePoints, pointBounds } from "./map_frame.ts";
import { categoricalColors } from "./palette.ts";
import { type Domain, padDomain } from "./scale.ts";
import { AXIS, clipped, element, px, SOFT, svgDocument, textLine } from "./svg.ts";

/** A cloud of points. */
export interface ScatterSeries {
  /** Name in the legend. */
  readonly name: string;
  /** Shape `[n, 2]`. */
  readonly points: PlanePoints;
}

/** What is drawn and how. */
export interface ScatterPlotOptions {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Name and unit of the horizontal axis. */
  readonly xLabel: string;
  /** Name and unit of the vertical axis. */
  readonly yLabel: string;
  /** Clouds, the first undermost. */
  readonly series: readonly ScatterSeries[];
  /** Diameter of a dot in pixels; follows from the number of points unless given. */
  readonly pointSize?: number;
  /** Whether both axes have the same scale, as in the plane. Default: false. */
  readonly equal?: boolean;
  /** Whether the line y = x is drawn, for predicted against true values. */
  readonly diagonal?: boolean;
  /** Lines through the plane, for example the ways of particles: each of shape `[steps, 2]`. */
  readonly trajectories?: readonly PlanePoints[];
}

const WIDTH = 960;
const BOX: Box = { x: 54, y: 34, width: WIDTH - 54 - 16, height: 520 };

/**
 * Draw clouds of points: two-dimensional toy distributions, predicted against true values, embeddings.
 *
 * @example Usage
 * ```ts
 * import { hostArray, scatterPlot } from "@morphogen/morphogen";
 *
 * const svg = scatterPlot({
 *   title: "Moons",
 *   xLabel: "x",
 *   yLabel: "y",
 *   series: [{ name: "data", points: hostArray(Float32Array.of(0, 0, 1, 1), [2, 2]) }],
 *   equal: true,
 * });
 * if (!svg.startsWith("<svg")) throw new Error("not a drawing");
 * ```
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If points are not `[n, 2]`.
 */
export function scatterPlot(options: ScatterPlotOptions): string {
  const { series, trajectories = [] } = options;
  const n = series.reduce((sum, { name, points }) => sum + countPoints(points, `series "${name}"`), 0);
  trajectories.forEach((line, i) => countPoints(line, `trajectory ${i}`));
  const bounds = pointBounds([...series.map(({ points }) => points), ...trajectories]);
  const shared = options.diagonal ? union(bounds.x, bounds.y) : undefined;
  const box = options.equal || options.diagonal ? { ...BOX, width: BOX.height } : BOX;
  const axes = drawAxes(box, {
    ...(options.equal
      ? square(bounds)
      : { x: padDomain(shared ?? bounds.x, 0.04), y: padDomain(shared ?? bounds.y, 0.04) }),
    xLabel: options.xLabel,
    yLabel: options.yLabel,
  });
  const diameter = options.pointSize ?? Math.min(7, Math.max(1.6, 0.5 * Math.sqrt(box.width * box.height / (n + 1))));
  const colors = categoricalColors(series.length);
  let outside = 0;
  const clouds = series.map(({ points }, i) => {
    const dots = dotPaths(points, { ...axes, factor: 1 }, box, 1);
    outside += dots.outside;
    return dotLayer(dots.paths[0]!, diameter, { stroke: colors[i]!, "data-group": i });
  });
  const beside = box.width < BOX.width;
  const entries = series.map(({ name }, group) => ({ label: name, paint: { stroke: colors[group]! }, group }));
  const legend = dotLegend(series.length > 1 ? entries : [], beside ? 240 : WIDTH, beside ? 1 : Infinity);
  const height = BOX.y + BOX.height + 44;
  return svgDocument(
    options.title,
    WIDTH,
    height + (beside ? 0 : legend.height),
    axes.svg,
    ...clouds,
    clipped(box, ...trajectories.map((line) => way(line, axes.x, axes.y))),
    options.diagonal ? diagonal(axes.x, axes.y, padDomain(shared!, 0.04)) : "",
    beside ? legend.draw(box.x + box.width + 32, box.y) : legend.draw(0, height + 2),
    outside > 0
      ? textLine(box.x + box.width, box.y - 14, `${outside} outside`, { size: 11, paint: SOFT, anchor: "end" })
      : "",
  );
}

function union(a: Domain, b: Domain): Domain {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

/** The square around a region, with some margin. */
function square({ x, y }: MapBounds): MapBounds {
  const half = Math.max(x[1] - x[0], y[1] - y[0], Number.MIN_VALUE) * 0.54;
  const around = ([low, high]: Domain): Domain => [(low + high) / 2 - half, (low + high) / 2 + half];
  return { x: around(x), y: around(y) };
}

function way({ data }: PlanePoints, x: (v: number) => number, y: (v: number) => number): string {
  const xs = data.filter((_: number, i: number) => i % 2 === 0);
  const ys = data.filter((_: number, i: number) => i % 2 === 1);
  const d = linePath(xs, ys, x, y);
  return d === "" ? "" : element("path", { d, ...AXIS, fill: "none", "stroke-width": 0.8, "stroke-opacity": "0.45" });
}

function diagonal(x: (v: number) => number, y: (v: number) => number, [low, high]: Domain): string {
  const d = `M${px(x(low))} ${px(y(low))}L${px(x(high))} ${px(y(high))}`;
  return element("path", { d, ...AXIS, "stroke-dasharray": "4 3" });
}
