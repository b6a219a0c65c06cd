import {
  type DotMapLayout,
  type DotMapPanel,
  type DotMapStyle,
  layoutOf,
  MAP_GAP,
  MAP_WIDTH,
  pointsOf,
} from "./dot_map_layout.ts";
import { dotLayer, dotPaths, dotSize } from "./dots.ts";
import type { Frame } from "./figure.ts";
import { formatNumber } from "./format.ts";
import { type Box, type Place, placeMap, pointBounds, scaleBar } from "./map_frame.ts";
import { categoricalColors, sequentialColor } from "./palette.ts";
import { ACCENT_LINE, element, MISSING, MUTED, PANEL, SOFT, svgDocument, textLine } from "./svg.ts";
import { fitText, textWidth } from "./text_width.ts";

export type { DotMapPanel, DotMapStyle } from "./dot_map_layout.ts";

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

const HEAD = 26;
const BINS = 16;

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
  return draw(options.title, options.panels, layoutOf(options.panels, options, options.panels.length), options);
}

/**
 * Draw steps of one process, to be stepped through: see {@linkcode dotMap}.
 *
 * @param options What is drawn and how.
 * @returns One frame per step.
 * @throws {TypeError} If positions are not `[n, 2]` or categories and positions differ in number.
 */
export function dotMapFrames(options: DotMapFramesOptions): readonly Frame[] {
  const layout = layoutOf(
    options.frames.flatMap(({ panels }) => panels),
    options,
    options.frames[0]?.panels.length ?? 0,
  );
  return options.frames.map(({ label, panels }) => ({
    label,
    svg: draw(`${options.title}, ${label}`, panels, layout, options),
  }));
}

function draw(title: string, panels: readonly DotMapPanel[], layout: DotMapLayout, style: DotMapStyle): string {
  const { columns, box, legend, legendBeside } = layout;
  const foot = style.unit === undefined ? 0 : 24;
  const rows = Math.ceil(panels.length / columns);
  const pitch = HEAD + box.height + foot + MAP_GAP;
  const maps = panels.map((panel, i) =>
    drawPanel(
      panel,
      { x: (i % columns) * (box.width + MAP_GAP), y: Math.floor(i / columns) * pitch + HEAD, ...box },
      layout,
      style,
      i === 0 || layout.bounds === undefined,
    )
  );
  const below = rows * pitch - MAP_GAP + 14;
  const key = legend.height === 0
    ? ""
    : legendBeside
    ? legend.draw(box.width + MAP_GAP + 6, HEAD)
    : legend.draw(0, below);
  const height = legendBeside
    ? Math.max(rows * pitch - MAP_GAP, HEAD + legend.height)
    : legend.height === 0
    ? rows * pitch - MAP_GAP
    : below + legend.height;
  return svgDocument(title, MAP_WIDTH, height + 2, ...maps, key);
}

function drawPanel(panel: DotMapPanel, box: Box, layout: DotMapLayout, style: DotMapStyle, bar: boolean): string {
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
  place: Place,
  box: Box,
  { diameter, order }: DotMapLayout,
  names: readonly string[],
): Layers {
  if (category === undefined) {
    const { paths, outside } = dotPaths(points, place, box, 1);
    return { layers: dotLayer(paths[0]!, diameter, ACCENT_LINE), outside };
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
  place: Place,
  box: Box,
  { diameter, range }: DotMapLayout,
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
