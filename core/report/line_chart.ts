import { drawAxes } from "./axes.ts";
import { linePath } from "./line_path.ts";
import { categoricalColors } from "./palette.ts";
import { type Domain, extent, padDomain, roundEnds } from "./scale.ts";
import { AXIS, element, px, SOFT, svgDocument, textLine } from "./svg.ts";
import { fitText, textWidth } from "./text_width.ts";

/** One curve. */
export interface LineSeries {
  /** Name, written at the end of the curve. */
  readonly name: string;
  /** Positions, rising. */
  readonly x: ArrayLike<number>;
  /** Values, as many; the line is interrupted where one is not finite. */
  readonly y: ArrayLike<number>;
  /** Whether the line is dashed. */
  readonly dashed?: boolean;
  /** Whether the curve steps back and goes unnamed, for raw values behind their running mean; keeps the next colour. */
  readonly faint?: boolean;
}

/** A vertical mark. */
export interface LineMarker {
  /** Position. */
  readonly x: number;
  /** What happened there, for example `"warm-up ends"`. */
  readonly label: string;
}

/** What is drawn and how. */
export interface LineChartOptions {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Name and unit of the horizontal axis. */
  readonly xLabel: string;
  /** Name and unit of the vertical axis. */
  readonly yLabel: string;
  /** Curves in order of their colours; a faint one has the colour of the next that is not. */
  readonly series: readonly LineSeries[];
  /** Whether the vertical axis is logarithmic; values that are not positive are left out. */
  readonly logY?: boolean;
  /** Vertical marks. */
  readonly markers?: readonly LineMarker[];
}

const WIDTH = 960;
const HEIGHT = 400;

/** A curve with its colour and place. */
interface Painted {
  readonly series: LineSeries;
  readonly color: string;
}

/**
 * Draw curves, named at their ends.
 *
 * @example Usage
 * ```ts
 * import { lineChart } from "@morphogen/morphogen";
 *
 * const svg = lineChart({
 *   title: "Training loss",
 *   xLabel: "step",
 *   yLabel: "loss",
 *   series: [{ name: "train", x: [0, 100, 200], y: [1, 0.3, 0.2] }],
 *   logY: true,
 * });
 * if (!svg.includes("train")) throw new Error("the curve has no name");
 * ```
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If a curve has not as many values as positions.
 */
export function lineChart(options: LineChartOptions): string {
  for (const { name, x, y } of options.series) {
    if (x.length !== y.length) {
      throw new TypeError(`Cannot draw curve "${name}": ${x.length} positions and ${y.length} values are given`);
    }
  }
  const painted = paint(options.series);
  const named = painted.filter(({ series }) => !series.faint);
  const room = Math.min(240, Math.max(24, ...named.map(({ series }) => textWidth(series.name, 12) + 34)));
  const box = { x: 54, y: 34, width: WIDTH - 54 - room, height: HEIGHT - 34 - 44 };
  const axes = drawAxes(box, {
    x: roundEnds(extent([...options.series.map(({ x }) => x), (options.markers ?? []).map(({ x }) => x)])),
    y: valueDomain(options),
    xLabel: options.xLabel,
    yLabel: options.yLabel,
    ...(options.logY === undefined ? {} : { logY: options.logY }),
  });
  const curves = painted.map(({ series, color }) => {
    const d = linePath(series.x, series.y, axes.x, axes.y);
    return d === "" ? "" : element("path", {
      d,
      fill: "none",
      stroke: color,
      "stroke-width": series.faint ? 1 : 2,
      "stroke-opacity": series.faint ? "0.35" : undefined,
      "stroke-linejoin": "round",
      "stroke-linecap": "round",
      "stroke-dasharray": series.dashed ? "5 5" : undefined,
    }) + (series.x.length <= 30 && !series.faint ? dots(series, color, axes.x, axes.y) : "");
  });
  const marks = (options.markers ?? []).map(({ x, label }) => {
    const at = axes.x(x);
    const late = at > box.x + box.width - textWidth(label, 11) - 8;
    return element("path", {
      d: `M${px(at)} ${box.y}V${box.y + box.height}`,
      ...AXIS,
      fill: "none",
      "stroke-dasharray": "2 3",
    }) + textLine(at + (late ? -5 : 5), box.y + 10, label, { size: 11, paint: SOFT, anchor: late ? "end" : "start" });
  });
  return svgDocument(
    options.title,
    WIDTH,
    HEIGHT,
    axes.svg,
    ...marks,
    ...curves,
    endLabels(named, box.x + box.width + 10, room - 12, axes.y, box.y + 4, box.y + box.height),
  );
}

function paint(series: readonly LineSeries[]): readonly Painted[] {
  const colors = categoricalColors(series.length + 1);
  let next = 0;
  return series.map((one) => ({ series: one, color: one.faint ? colors[next]! : colors[next++]! }));
}

function valueDomain({ series, logY }: LineChartOptions): Domain {
  if (!logY) return padDomain(extent(series.map(({ y }) => y)), 0.04);
  const positive = extent(series.map(({ y }) => Array.from(y, (v) => v > 0 ? v : NaN)));
  const [low, high] = positive[0] > 0 ? positive : [0.1, 1];
  const factor = high > low ? (high / low) ** 0.04 : 1.5;
  return [low / factor, high * factor];
}

function dots({ x: xs, y: ys }: LineSeries, color: string, x: (v: number) => number, y: (v: number) => number): string {
  let d = "";
  for (let i = 0; i < xs.length; i++) {
    const [a, b] = [x(xs[i]!), y(ys[i]!)];
    if (Number.isFinite(a) && Number.isFinite(b)) d += `M${px(a)} ${px(b)}h0`;
  }
  return d === ""
    ? ""
    : element("path", { d, fill: "none", stroke: color, "stroke-width": 6, "stroke-linecap": "round" });
}

/** Names beside the last finite value of each curve, pushed apart where they would touch. */
function endLabels(
  painted: readonly Painted[],
  x: number,
  width: number,
  y: (v: number) => number,
  top: number,
  bottom: number,
): string {
  const labels = painted.map(({ series, color }) => {
    const last = Array.from(series.y, (v) => y(v)).findLast(Number.isFinite);
    return { name: series.name, color, at: last ?? bottom };
  }).sort((a, b) => a.at - b.at);
  const pitch = Math.min(17, (bottom - top) / Math.max(1, labels.length));
  for (let i = 0; i < labels.length; i++) {
    labels[i]!.at = Math.max(labels[i]!.at, i === 0 ? top : labels[i - 1]!.at + pitch);
  }
  for (let i = labels.length - 1, limit = bottom; i >= 0; i--, limit = labels[i + 1]!.at - pitch) {
    labels[i]!.at = Math.min(labels[i]!.at, limit);
  }
  return labels.map(({ name, color, at }) =>
    element("path", { d: `M${px(x)} ${px(at)}h0`, stroke: color, "stroke-width": 8, "stroke-linecap": "round" }) +
    textLine(x + 9, at + 4, fitText(name, 12, width - 9))
  ).join("");
}
