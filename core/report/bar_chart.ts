import { dotLegend, type Legend } from "./legend.ts";
import { categoricalColors } from "./palette.ts";
import { extent, linearScale, linearTicks, padDomain, type Scale } from "./scale.ts";
import { AXIS, element, px, RULE, SOFT, svgDocument, textLine } from "./svg.ts";
import { fitText, textWidth } from "./text_width.ts";

/** One value per group. */
export interface BarSeries {
  /** Name in the legend. */
  readonly name: string;
  /** Value of each group; one that is not finite is left out. */
  readonly values: ArrayLike<number>;
  /** Standard deviation of each value, drawn as a whisker to both sides. */
  readonly spread?: ArrayLike<number>;
}

/** A vertical line across all groups. */
export interface BarReference {
  /** What the line stands for. */
  readonly label: string;
  /** Where it stands. */
  readonly value: number;
}

/** What is drawn and how. */
export interface BarChartOptions {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Name and unit of the values. */
  readonly valueLabel: string;
  /** Names of the groups from top to bottom. */
  readonly groups: readonly string[];
  /** Values to compare within each group. */
  readonly series: readonly BarSeries[];
  /** Lines to compare with. */
  readonly references?: readonly BarReference[];
}

const WIDTH = 960;
const TOP = 30;

/** Where things are. */
interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly pitch: number;
  readonly bottom: number;
  readonly x: Scale;
}

/**
 * Draw grouped horizontal bars from zero, for shares and counts: names of groups can be long and many.
 *
 * @example Usage
 * ```ts
 * import { barChart } from "@morphogen/morphogen";
 *
 * const svg = barChart({
 *   title: "Composition",
 *   valueLabel: "share of cells",
 *   groups: ["Neuron", "Glia"],
 *   series: [{ name: "generated", values: [0.6, 0.4] }, { name: "real", values: [0.7, 0.3] }],
 * });
 * if (!svg.includes("Glia")) throw new Error("a group is missing");
 * ```
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If a series has not one value per group.
 */
export function barChart(options: BarChartOptions): string {
  return drawGroups(options, true, (series, frame, color, i, count) => {
    const thickness = (frame.pitch - 8) / count;
    return rows(series, frame, (value, middle) => {
      const y = middle - (frame.pitch - 8) / 2 + i * thickness;
      const [from, to] = [frame.x(0), frame.x(value)].sort((a, b) => a - b) as [number, number];
      return element("rect", { x: from, y, width: to - from, height: thickness - 1, fill: color });
    }, (middle) => middle - (frame.pitch - 8) / 2 + (i + 0.5) * thickness - 0.5);
  });
}

/**
 * Draw values as dots with whiskers; the axis need not include zero.
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If a series has not one value per group.
 */
export function dotChart(options: BarChartOptions): string {
  return drawGroups(options, false, (series, frame, color, i, count) => {
    const shift = (i - (count - 1) / 2) * Math.min(8, (frame.pitch - 10) / count);
    return rows(
      series,
      frame,
      (value, middle) => element("circle", { cx: frame.x(value), cy: middle + shift, r: 4.5, fill: color }),
      (middle) => middle + shift,
    );
  });
}

type DrawSeries = (series: BarSeries, frame: Frame, color: string, index: number, count: number) => string;

function drawGroups(options: BarChartOptions, zero: boolean, drawSeries: DrawSeries): string {
  const { groups, series, references = [] } = options;
  for (const { name, values } of series) {
    if (values.length !== groups.length) {
      throw new TypeError(
        `Cannot draw series "${name}": ${values.length} values are given for ${groups.length} groups`,
      );
    }
  }
  const colors = categoricalColors(series.length);
  const legend = series.length > 1
    ? dotLegend(series.map(({ name }, i) => ({ label: name, paint: { stroke: colors[i]! } })), WIDTH)
    : undefined;
  const frame = frameOf(options, zero, legend);
  const ticks = linearTicks(domainOf(options, zero), 7);
  const grid = ticks.map(({ value }) => `M${px(frame.x(value))} ${frame.top}V${frame.bottom}`).join("");
  const lines = references.map(({ label, value }) =>
    element("path", {
      d: `M${px(frame.x(value))} ${frame.top - 4}V${frame.bottom}`,
      ...AXIS,
      "stroke-dasharray": "4 3",
      "stroke-width": 1.5,
    }) + textLine(frame.x(value), frame.top - 9, label, { size: 11, paint: SOFT, anchor: "middle" })
  );
  return svgDocument(
    options.title,
    WIDTH,
    frame.bottom + 42,
    legend?.draw(0, 0) ?? "",
    element("path", { d: grid || "M0 0", ...RULE, fill: "none" }),
    ...groups.map((group, i) =>
      textLine(frame.left - 10, frame.top + (i + 0.5) * frame.pitch + 4, fitText(group, 12, frame.left - 12), {
        anchor: "end",
      })
    ),
    zero ? "" : element("path", {
      d: groups.map((_, i) => `M${px(frame.left)} ${px(frame.top + i * frame.pitch)}H${frame.right}`).join("") ||
        "M0 0",
      ...RULE,
    }),
    ...series.map((one, i) => drawSeries(one, frame, colors[i]!, i, series.length)),
    ...lines,
    element("path", { d: `M${px(frame.x(zero ? 0 : NaN) || frame.left)} ${frame.top}V${frame.bottom}`, ...AXIS }),
    ...ticks.map(({ value, label }) =>
      textLine(frame.x(value), frame.bottom + 17, label, { size: 11, paint: SOFT, anchor: "middle" })
    ),
    textLine(frame.right, frame.bottom + 36, options.valueLabel, { weight: 600, anchor: "end" }),
  );
}

function domainOf({ series, references = [] }: BarChartOptions, zero: boolean): readonly [number, number] {
  const ends = series.flatMap(({ values, spread }) =>
    Array.from(values, (v, i) => [v - (spread?.[i] ?? 0), v + (spread?.[i] ?? 0)]).flat()
  );
  const [low, high] = extent([ends, references.map(({ value }) => value)]);
  if (!zero) return padDomain([low, high], 0.05);
  return [Math.min(0, low * 1.04), Math.max(0, high * 1.04) || 1];
}

function frameOf(options: BarChartOptions, zero: boolean, legend: Legend | undefined): Frame {
  const { groups, series, references = [] } = options;
  const left = Math.min(280, Math.max(40, ...groups.map((group) => textWidth(group, 12) + 16)));
  const top = (legend === undefined ? 6 : legend.height + 12) + (references.length > 0 ? TOP - 6 : 0);
  const pitch = Math.max(22, series.length * (zero ? 8 : 7) + 8);
  const right = WIDTH - 16;
  const x = linearScale(domainOf(options, zero), [left, right]);
  return { left, right, top, pitch, bottom: top + groups.length * pitch, x };
}

function rows(
  { values, spread }: BarSeries,
  frame: Frame,
  draw: (value: number, middle: number) => string,
  center: (middle: number) => number,
): string {
  return Array.from(values, (value, i) => {
    if (!Number.isFinite(value)) return "";
    const middle = frame.top + (i + 0.5) * frame.pitch;
    const sd = spread?.[i];
    const whisker = sd === undefined || !Number.isFinite(sd) ? "" : element("path", {
      d: `M${px(frame.x(value - sd))} ${px(center(middle))}H${px(frame.x(value + sd))}`,
      ...AXIS,
      "stroke-width": 1.5,
    });
    return draw(value, middle) + whisker;
  }).join("");
}
