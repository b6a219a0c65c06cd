import type { Frame } from "./figure.ts";
import { formatNumber } from "./format.ts";
import { dotLayer, dotPaths } from "./dots.ts";
import { dotLegend, type Legend, rampLegend } from "./legend.ts";
import { type Bounds, type Box, countPoints, placeMap, pointBounds, type Points, scaleBar } from "./map_frame.ts";
import { categoricalColors, sequentialColor } from "./palette.ts";
import { type Domain, extent } from "./scale.ts";
import { element, MISSING, MUTED, PANEL, SOFT, svgDocument, textLine } from "./svg.ts";
import { fitText, textWidth } from "./text_width.ts";

/** One map of a figure. */
export interface DotMapPanel {
  /** Heading, for example `"Generated"`. */
  readonly title: string;
  /** Positions, shape `[n, 2]`. */
  readonly points: Points;
  /** Category of each point, an index into `categories`; -1 where it is missing. */
  readonly category?: ArrayLike<number>;
  /** A number for each point, shown on a colour ramp; ignored where `category` is given. */
  readonly value?: ArrayLike<number>;
  /** Positions drawn in grey underneath, shape `[m, 2]`. */
  readonly background?: Points;
}

/** How maps are drawn. */
export interface DotMapStyle {
  /** Names of the categories; the colour of a category follows from its index. */
  readonly categories?: readonly string[];
  /** Maps per row; at most 3 unless given. */
  readonly columns?: number;
  /** Diameter of a dot in pixels; follows from the density unless given. */
  readonly pointSize?: number;
  /** Whether all maps show the same region. Default: true. */
  readonly shareAxes?: boolean;
  /** Region to show instead of the one that the points need. */
  readonly bounds?: Bounds;
  /** Unit of the positions, for the scale bar; no bar if absent. */
  readonly unit?: string;
  /** Unit of `value`, for the colour ramp. */
  readonly valueUnit?: string;
  /** Whether y grows upwards, as in a plot, or downwards, as in an image. Default: `"up"`. */
  readonly yAxis?: "up" | "down";
}

/** What is drawn and how. */
export interface DotMapOptions extends DotMapStyle {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Maps in reading order. */
  readonly panels: readonly DotMapPanel[];
}

/** Maps that follow each other. */
export interface DotMapFramesOptions extends DotMapStyle {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Maps of each step and its label; region, dot size and legend are the same in all. */
  readonly frames: readonly { readonly label: string; readonly panels: readonly DotMapPanel[] }[];
}

const WIDTH = 960;
const GAP = 18;
const HEAD = 26;
const BINS = 16;

/** Everything that is the same in all frames. */
interface Layout {
  readonly columns: number;
  readonly box: { readonly width: number; readonly height: number };
  readonly bounds: Bounds | undefined;
  readonly diameter: number;
  readonly range: Domain;
  /** Categories by falling frequency. */
  readonly order: readonly number[];
  readonly legend: Legend;
  readonly legendBeside: boolean;
}

/**
 * Draw cells or spots as small multiples: equal aspect ratio, one legend sorted by frequency, rare categories on top.
 *
 * Far outliers (see {@linkcode pointBounds}) fall outside the region shown; their number is stated in the heading.
 *
 * @example Usage
 * ```ts
 * import { dotMap, hostArray } from "@morphogen/morphogen";
 *
 * const points = hostArray(Float32Array.of(0, 0, 1, 0, 0, 2), [3, 2]);
 * const svg = dotMap({
 *   title: "Three cells",
 *   panels: [{ title: "Section", points, category: [0, 1, 1] }],
 *   categories: ["Neuron", "Glia"],
 *   unit: "µm",
 * });
 * if (!svg.startsWith("<svg")) throw new Error("not a drawing");
 * ```
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If positions are not `[n, 2]` or categories and positions differ in number.
 */
export function dotMap(options: DotMapOptions): string {
  return draw(options.title, options.panels, layoutOf(options.panels, options), options);
}

/**
 * Draw steps of one process, to be stepped through: see {@linkcode dotMap}.
 *
 * @param options What is drawn and how.
 * @returns One frame per step.
 * @throws {TypeError} If positions are not `[n, 2]` or categories and positions differ in number.
 */
export function dotMapFrames(options: DotMapFramesOptions): readonly Frame[] {
  const layout = layoutOf(options.frames.flatMap(({ panels }) => panels), options, options.frames[0]?.panels.length);
  return options.frames.map(({ label, panels }) => ({
    label,
    svg: draw(`${options.title}, ${label}`, panels, layout, options),
  }));
}

function layoutOf(panels: readonly DotMapPanel[], style: DotMapStyle, perFrame: number = panels.length): Layout {
  for (const { title, points, category, background } of panels) {
    const n = countPoints(points, `points of map "${title}"`);
    if (category !== undefined && category.length !== n) {
      throw new TypeError(`Cannot draw map "${title}": ${category.length} categories are given for ${n} points`);
    }
    if (background !== undefined) countPoints(background, `background of map "${title}"`);
  }
  const columns = Math.max(1, Math.min(style.columns ?? 3, perFrame));
  const order = frequencyOrder(panels, style.categories?.length ?? 0);
  const range = extent(panels.flatMap(({ value }) => value === undefined ? [] : [value]));
  const legend = legendOf(panels, style, order, range, columns === 1 ? 220 : WIDTH, columns === 1 ? 1 : Infinity);
  const beside = columns === 1 && legend.height > 0;
  const room = (WIDTH - (beside ? legend.width + GAP : 0) - (columns - 1) * GAP) / columns;
  const all = panels.flatMap(pointsOf);
  const shared = style.bounds ?? ((style.shareAxes ?? true) ? pointBounds(all) : undefined);
  const tallest = Math.max(...(shared ? [shared] : panels.map((p) => pointBounds(pointsOf(p)))).map(aspect));
  const height = Math.min(room * Math.max(tallest || 1, 0.4), columns === 1 ? 620 : room * 1.35);
  const width = columns === 1 ? Math.min(room, Math.max(360, height / (tallest || 1) * 1.1)) : room;
  const box = { width, height };
  const most = Math.max(1, ...panels.map(({ points }) => points.data.length / 2));
  const diameter = style.pointSize ?? dotSize(box, most, 0.8);
  return { columns, box, bounds: shared, diameter, range, order, legend, legendBeside: beside };
}

/** A diameter at which dots that fill a box evenly stay apart; tissue is denser than that, and just closes. */
function dotSize({ width, height }: { width: number; height: number }, n: number, factor: number): number {
  return Math.min(4.5, Math.max(1.3, factor * Math.sqrt(width * height * 0.6 / n)));
}

function pointsOf({ points, background }: DotMapPanel): readonly Points[] {
  return background === undefined ? [points] : [points, background];
}

function aspect({ x, y }: Bounds): number {
  return x[1] > x[0] ? (y[1] - y[0]) / (x[1] - x[0]) : 1;
}

function frequencyOrder(panels: readonly DotMapPanel[], categories: number): readonly number[] {
  const counts = new Float64Array(categories);
  for (const { category } of panels) {
    for (let i = 0; i < (category?.length ?? 0); i++) {
      const code = category![i]!;
      if (code >= 0 && code < categories) counts[code]!++;
    }
  }
  return Array.from(counts.keys()).filter((code) => counts[code]! > 0).sort((a, b) => counts[b]! - counts[a]!);
}

function legendOf(
  panels: readonly DotMapPanel[],
  style: DotMapStyle,
  order: readonly number[],
  range: Domain,
  width: number,
): Legend {
  const names = style.categories ?? [];
  if (!panels.some(({ category }) => category !== undefined)) {
    return panels.some(({ value }) => value !== undefined) ? rampLegend(range, style.valueUnit) : dotLegend([], width);
  }
  const colors = categoricalColors(names.length);
  const entries = order.map((group) => ({ label: names[group]!, paint: { stroke: colors[group]! }, group }));
  const known = (code: number): boolean => code >= 0 && code < names.length;
  const missing = panels.some(({ category }) => category !== undefined && !Array.prototype.every.call(category, known));
  return dotLegend(missing ? [...entries, { label: "no label", paint: MISSING, group: -1 }] : entries, width);
}

function draw(title: string, panels: readonly DotMapPanel[], layout: Layout, style: DotMapStyle): string {
  const { columns, box, legend, legendBeside } = layout;
  const foot = style.unit === undefined ? 0 : 24;
  const rows = Math.ceil(panels.length / columns);
  const pitch = HEAD + box.height + foot + GAP;
  const maps = panels.map((panel, i) =>
    drawPanel(
      panel,
      { x: (i % columns) * (box.width + GAP), y: Math.floor(i / columns) * pitch + HEAD, ...box },
      layout,
      style,
      i === 0 || layout.bounds === undefined,
    )
  );
  const below = rows * pitch - GAP + 14;
  const key = legend.height === 0 ? "" : legendBeside ? legend.draw(box.width + GAP + 6, HEAD) : legend.draw(0, below);
  const height = legendBeside
    ? Math.max(rows * pitch - GAP, HEAD + legend.height)
    : legend.height === 0
    ? rows * pitch - GAP
    : below + legend.height;
  return svgDocument(title, WIDTH, height + 2, ...maps, key);
}

function drawPanel(panel: DotMapPanel, box: Box, layout: Layout, style: DotMapStyle, bar: boolean): string {
  const { diameter } = layout;
  const bounds = layout.bounds ?? pointBounds(pointsOf(panel));
  const place = placeMap(bounds, box, diameter / 2 + 8, style.yAxis ?? "up");
  const back = panel.background === undefined ? "" : dotLayer(
    dotPaths(panel.background, place, box, 1).paths[0]!,
    dotSize(box, panel.background.data.length / 2, 0.55),
    MUTED,
  );
  const { layers, outside } = panel.category === undefined && panel.value !== undefined
    ? valueLayers(panel, place, box, layout)
    : categoryLayers(panel, place, box, layout, style.categories ?? []);
  const n = formatNumber(panel.points.data.length / 2);
  const note = outside > 0 ? `n = ${n}, ${formatNumber(outside)} outside` : `n = ${n}`;
  const room = box.width - textWidth(note, 11) - 12;
  return textLine(box.x, box.y - 10, fitText(panel.title, 13, room), { size: 13, weight: 600 }) +
    textLine(box.x + box.width, box.y - 10, note, { size: 11, paint: SOFT, anchor: "end" }) +
    element("rect", { ...box, rx: 5, ...PANEL }) + back + layers +
    (bar && style.unit !== undefined
      ? scaleBar(box.x + 1, box.y + box.height + 13, box.width * 0.3, place, style.unit)
      : "");
}

/** Dots of one map. */
interface Layers {
  readonly layers: string;
  readonly outside: number;
}

function categoryLayers(
  { points, category }: DotMapPanel,
  place: ReturnType<typeof placeMap>,
  box: Box,
  { diameter, order }: Layout,
  names: readonly string[],
): Layers {
  if (category === undefined) {
    const { paths, outside } = dotPaths(points, place, box, 1);
    return { layers: dotLayer(paths[0]!, diameter, { class: "mg-accent-line", stroke: "#235a92" }), outside };
  }
  const colors = categoricalColors(names.length);
  const { paths, counts, outside } = dotPaths(points, place, box, names.length, category);
  const layer = (group: number): string =>
    dotLayer(
      paths[group]!,
      diameter,
      { stroke: colors[group]!, "data-group": group },
      `${names[group]}: ${formatNumber(counts[group]!)}`,
    );
  const missing = dotLayer(paths[names.length]!, diameter, { ...MISSING, "data-group": -1 }, "no label");
  return { layers: missing + order.map(layer).join(""), outside };
}

function valueLayers(
  { points, value }: DotMapPanel,
  place: ReturnType<typeof placeMap>,
  box: Box,
  { diameter, range }: Layout,
): Layers {
  const width = (range[1] - range[0]) / BINS || 1;
  const bin = Int32Array.from(
    { length: points.data.length / 2 },
    (_, i) => Number.isFinite(value![i]) ? Math.min(BINS - 1, Math.floor((value![i]! - range[0]) / width)) : -1,
  );
  const { paths, outside } = dotPaths(points, place, box, BINS, bin);
  const layers = paths.map((path, i) =>
    dotLayer(path, diameter, i === BINS ? MISSING : { stroke: sequentialColor((i + 0.5) / BINS) })
  );
  return { layers: layers[BINS]! + layers.slice(0, BINS).join(""), outside };
}
