import { dotLegend } from "./legend.ts";
import { categoricalColors } from "./palette.ts";
import { type Domain, extent, linearScale, linearTicks, padDomain, type Scale } from "./scale.ts";
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

/** Where things are, in pixels. */
interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Height of a group. */
  readonly pitch: number;
  readonly x: Scale;
}

/** One value to be drawn. */
interface Spot {
  readonly value: number;
  /** Middle of the mark in pixels from the top. */
  readonly y: number;
  /** Height that belongs to the mark. */
  readonly height: number;
  readonly color: string;
  readonly whisker: string;
}

/** How values are shown. */
interface Mark {
  /** Whether the axis starts at zero. */
  readonly fromZero: boolean;
  /** Pixels per series within a group. */
  readonly lane: number;
  draw(spot: Spot, x: Scale): string;
}

const BAR: Mark = {
  fromZero: true,
  lane: 8,
  draw({ value, y, height, color, whisker }, x): string {
    const [from, to] = value < 0 ? [x(value), x(0)] : [x(0), x(value)];
    return element("rect", { x: from, y: y - height / 2, width: to - from, height: height - 1, fill: color }) + whisker;
  },
};

const DOT: Mark = {
  fromZero: false,
  lane: 7,
  draw: ({ value, y, color, whisker }, x): string =>
    whisker + element("circle", { cx: x(value), cy: y, r: 4.5, fill: color }),
};

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
  return drawGroups(options, BAR);
}

/**
 * Draw values as dots with whiskers; the axis need not include zero.
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If a series has not one value per group.
 */
export function dotChart(options: BarChartOptions): string {
  return drawGroups(options, DOT);
}

function drawGroups(options: BarChartOptions, mark: Mark): string {
  const { groups, series, references = [] } = options;
  for (const { name, values } of series) {
    if (values.length !== groups.length) {
      const given = `${values.length} values are given for ${groups.length} groups`;
      throw new TypeError(`Cannot draw series "${name}": ${given}`);
    }
  }
  const colors = categoricalColors(series.length);
  const entries = series.map(({ name }, i) => ({ label: name, paint: { stroke: colors[i]! } }));
  const legend = dotLegend(series.length > 1 ? entries : [], WIDTH);
  const domain = domainOf(options, mark.fromZero);
  const frame = frameOf(options, mark.lane, legend.height, domain);
  const { left, right, top, bottom, x } = frame;
  const ticks = linearTicks(domain, 7);
  const down = ticks.map(({ value }) => `M${px(x(value))} ${top}V${bottom}`).join("");
  const across = groups.map((_, i) => `M${px(left)} ${px(top + i * frame.pitch)}H${right}`).join("");
  const base = mark.fromZero ? x(0) : left;
  return svgDocument(
    options.title,
    WIDTH,
    bottom + 42,
    legend.draw(0, 0),
    element("path", { d: `M0 0${down}${mark.fromZero ? "" : across}`, ...RULE, fill: "none" }),
    ...groups.map((group, i) =>
      textLine(left - 10, top + (i + 0.5) * frame.pitch + 4, fitText(group, 12, left - 12), { anchor: "end" })
    ),
    ...series.map((one, i) => drawSeries(one, i, series.length, colors[i]!, frame, mark)),
    ...references.map((one) => drawReference(one, frame)),
    element("path", { d: `M${px(base)} ${top}V${bottom}`, ...AXIS }),
    ...ticks.map(({ value, label }) =>
      textLine(x(value), bottom + 17, label, { size: 11, paint: SOFT, anchor: "middle" })
    ),
    textLine(right, bottom + 36, options.valueLabel, { weight: 600, anchor: "end" }),
  );
}

function drawReference({ label, value }: BarReference, { x, top, bottom }: Frame): string {
  const d = `M${px(x(value))} ${top - 4}V${bottom}`;
  return element("path", { d, ...AXIS, "stroke-dasharray": "4 3", "stroke-width": 1.5 }) +
    textLine(x(value), top - 9, label, { size: 11, paint: SOFT, anchor: "middle" });
}

function domainOf({ series, references = [] }: BarChartOptions, fromZero: boolean): Domain {
  const ends = series.flatMap(({ values, spread }) =>
    Array.from(values, (v, i) => [v - (spread?.[i] ?? 0), v + (spread?.[i] ?? 0)]).flat()
  );
  const [low, high] = extent([ends, references.map(({ value }) => value)]);
  if (!fromZero) return padDomain([low, high], 0.05);
  return [Math.min(0, low * 1.04), Math.max(0, high * 1.04) || 1];
}

function frameOf(
  { groups, series, references = [] }: BarChartOptions,
  lane: number,
  above: number,
  domain: Domain,
): Frame {
  const left = Math.min(280, Math.max(40, ...groups.map((group) => textWidth(group, 12) + 16)));
  const right = WIDTH - 16;
  const top = (above === 0 ? 6 : above + 12) + (references.length > 0 ? 24 : 0);
  const pitch = Math.max(22, series.length * lane + 8);
  return { left, right, top, bottom: top + groups.length * pitch, pitch, x: linearScale(domain, [left, right]) };
}

function drawSeries(
  { values, spread }: BarSeries,
  index: number,
  count: number,
  color: string,
  { top, pitch, x }: Frame,
  mark: Mark,
): string {
  const height = (pitch - 8) / count;
  return Array.from(values, (value, i) => {
    if (!Number.isFinite(value)) return "";
    const y = top + (i + 0.5) * pitch + (index - (count - 1) / 2) * height;
    const sd = spread?.[i];
    const whisker = sd === undefined || !Number.isFinite(sd)
      ? ""
      : element("path", { d: `M${px(x(value - sd))} ${px(y)}H${px(x(value + sd))}`, ...AXIS, "stroke-width": 1.5 });
    return mark.draw({ value, y, height, color, whisker }, x);
  }).join("");
}
