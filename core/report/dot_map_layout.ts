import { dotSize } from "./dots.ts";
import { dotLegend, type Legend, type LegendEntry, rampLegend } from "./legend.ts";
import { boundsAspect, countPoints, type MapBounds, type PlanePoints, pointBounds } from "./map_frame.ts";
import { categoricalColors } from "./palette.ts";
import { type Domain, extent } from "./scale.ts";
import { MISSING } from "./svg.ts";

/** One map of a figure. */
export interface DotMapPanel {
  /** Heading, for example `"Generated"`. */
  readonly title: string;
  /** Positions, shape `[n, 2]`. */
  readonly points: PlanePoints;
  /** Category of each point, an index into `categories`; -1 where it is missing. */
  readonly category?: ArrayLike<number>;
  /** A number for each point, shown on a colour ramp; ignored where `category` is given. */
  readonly value?: ArrayLike<number>;
  /** Positions drawn in grey underneath, shape `[m, 2]`. */
  readonly background?: PlanePoints;
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
  readonly bounds?: MapBounds;
  /** Unit of the positions, for the scale bar; no bar if absent. */
  readonly unit?: string;
  /** Unit of `value`, for the colour ramp. */
  readonly valueUnit?: string;
  /** Whether y grows upwards, as in a plot, or downwards, as in an image. Default: `"up"`. */
  readonly yAxis?: "up" | "down";
}

/** Width of a figure of maps in pixels. */
export const MAP_WIDTH = 960;

/** Pixels between maps. */
export const MAP_GAP = 18;

/** Everything that is the same in all frames. */
export interface DotMapLayout {
  readonly columns: number;
  readonly box: { readonly width: number; readonly height: number };
  readonly bounds: MapBounds | undefined;
  readonly diameter: number;
  readonly range: Domain;
  /** Categories by falling frequency. */
  readonly order: readonly number[];
  readonly legend: Legend;
  readonly legendBeside: boolean;
}

/**
 * Decide what all maps of a figure, and all its frames, have in common.
 *
 * @param panels All maps of all frames.
 * @param style How maps are drawn.
 * @param perFrame Maps of one frame.
 * @returns Region, sizes, order of the categories, legend.
 * @throws {TypeError} If positions are not `[n, 2]` or categories and positions differ in number.
 */
export function layoutOf(panels: readonly DotMapPanel[], style: DotMapStyle, perFrame: number): DotMapLayout {
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
  const legend = legendOf(panels, style, order, range, columns === 1);
  const beside = columns === 1 && legend.height > 0;
  const room = (MAP_WIDTH - (beside ? legend.width + MAP_GAP : 0) - (columns - 1) * MAP_GAP) / columns;
  const all = panels.flatMap(pointsOf);
  const shared = style.bounds ?? ((style.shareAxes ?? true) ? pointBounds(all) : undefined);
  const tallest = Math.max(...(shared ? [shared] : panels.map((p) => pointBounds(pointsOf(p)))).map(boundsAspect));
  const height = Math.min(room * Math.max(tallest || 1, 0.4), columns === 1 ? 620 : room * 1.35);
  const width = columns === 1 ? Math.min(room, Math.max(360, height / (tallest || 1) * 1.1)) : room;
  const box = { width, height };
  const most = Math.max(1, ...panels.map(({ points }) => points.data.length / 2));
  const diameter = style.pointSize ?? dotSize(box, most, 0.8);
  return { columns, box, bounds: shared, diameter, range, order, legend, legendBeside: beside };
}

/**
 * All points of a map.
 *
 * @param panel The map.
 * @returns Its dots, and those underneath.
 */
export function pointsOf({ points, background }: DotMapPanel): readonly PlanePoints[] {
  return background === undefined ? [points] : [points, background];
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
  beside: boolean,
): Legend {
  const names = style.categories ?? [];
  const list = (entries: readonly LegendEntry[]): Legend =>
    dotLegend(entries, beside ? 220 : MAP_WIDTH, beside ? 1 : Infinity);
  if (!panels.some(({ category }) => category !== undefined)) {
    return panels.some(({ value }) => value !== undefined) ? rampLegend(range, style.valueUnit) : list([]);
  }
  const colors = categoricalColors(names.length);
  const entries = order.map((group) => ({ label: names[group]!, paint: { stroke: colors[group]! }, group }));
  const known = (code: number): boolean => code >= 0 && code < names.length;
  const missing = panels.some(({ category }) => category !== undefined && !Array.prototype.every.call(category, known));
  return list(missing ? [...entries, { label: "no label", paint: MISSING, group: -1 }] : entries);
}
