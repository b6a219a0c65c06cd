import { formatNumber, formatSpread } from "./format.ts";
import { linearScale, logScale, type Scale } from "./scale.ts";
import { ACCENT, ACCENT_LINE, AXIS, element, INK, px, RULE, SOFT, svgDocument, textLine } from "./svg.ts";
import { fitText, textWidth } from "./text_width.ts";

/** One quantity with its references. */
export interface AnchorRow {
  /** Name of the quantity. */
  readonly name: string;
  /** Value of the model. */
  readonly value: number;
  /** Standard deviation of the value. */
  readonly spread?: number;
  /** Whether larger or smaller is better. */
  readonly better: "higher" | "lower";
  /** The same quantity for references, by name. */
  readonly anchors: Readonly<Record<string, number>>;
}

/** What is drawn. */
export interface AnchorPlotOptions {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Quantities from top to bottom. */
  readonly rows: readonly AnchorRow[];
}

const WIDTH = 960;
const TRACK = { from: 262, to: 806 };
const LEVEL = 15;

/** A reference on its track, with the lane that keeps its label clear of the others. */
interface Placed {
  readonly label: string;
  readonly at: number;
  readonly lane: number;
}

/**
 * Draw values among their anchors: one track per quantity, the value as a dot with its spread, the references as
 * labelled ticks. Every track has its own range and is turned so that **right is better**; a track that spans more
 * than a factor of 50 is logarithmic and says so.
 *
 * @example Usage
 * ```ts
 * import { anchorPlot } from "@morphogen/morphogen";
 *
 * const svg = anchorPlot({
 *   title: "Model among its anchors",
 *   rows: [{ name: "1nn-f1", value: 0.61, spread: 0.01, better: "higher", anchors: { oracle: 0.82, shuffled: 0.08 } }],
 * });
 * if (!svg.includes("oracle")) throw new Error("the reference has no label");
 * ```
 *
 * @param options What is drawn.
 * @returns An `<svg>` element.
 */
export function anchorPlot(options: AnchorPlotOptions): string {
  let top = 24;
  const rows: string[] = [];
  for (const row of options.rows) {
    const { svg, height } = drawRow(row, top);
    rows.push((rows.length === 0 ? "" : element("path", { d: `M0 ${top - 0.5}H${WIDTH}`, ...RULE })) + svg);
    top += height;
  }
  const head = textLine(TRACK.to, 12, "better →", { size: 11, paint: SOFT, anchor: "end" }) +
    textLine(TRACK.from, 12, "← worse", { size: 11, paint: SOFT });
  return svgDocument(options.title, WIDTH, top, head, ...rows);
}

function drawRow(row: AnchorRow, top: number): { svg: string; height: number } {
  const { x, log } = trackScale(row);
  const placed = place(row, x);
  const lanes = Math.max(0, ...placed.map(({ lane }) => lane + 1));
  const height = 50 + Math.max(1, lanes) * LEVEL + 8;
  const y = top + 38;
  const note = `${row.better} is better${log ? ", log scale" : ""}`;
  const name = textLine(0, y - 3, fitText(row.name, 13.5, TRACK.from - 24), { size: 13.5, weight: 600 }) +
    textLine(0, y + 14, note, { size: 11, paint: SOFT });
  const track = element("path", { d: `M${TRACK.from} ${y}H${TRACK.to}`, ...RULE, "stroke-width": 2 });
  const ticks = placed.map(({ at, lane, label }) =>
    element("path", { d: `M${px(at)} ${y - 6}V${y + 21 + lane * LEVEL}`, ...AXIS }) +
    textLine(at + 5, y + 20 + lane * LEVEL, label, { size: 11, paint: SOFT })
  );
  return { svg: name + track + ticks.join("") + drawValue(row, x, y), height };
}

function drawValue({ value, spread }: AnchorRow, x: Scale, y: number): string {
  const at = x(value);
  const label = formatSpread(value, spread);
  if (!Number.isFinite(at)) return textLine(TRACK.from, y - 12, label, { weight: 600, paint: INK });
  const half = textWidth(label, 12.5) / 2;
  const middle = Math.min(Math.max(at, TRACK.from + half), TRACK.to - half);
  const ends = spread === undefined ? [] : [x(value - spread), x(value + spread)].filter(Number.isFinite);
  const whisker = ends.length < 2 ? "" : element("path", {
    d: `M${px(ends[0]!)} ${y}H${px(ends[1]!)}`,
    ...ACCENT_LINE,
    "stroke-width": 4,
  });
  return whisker + element("circle", { cx: at, cy: y, r: 6, ...ACCENT }) +
    textLine(middle, y - 13, label, { size: 12.5, weight: 700, anchor: "middle" });
}

function trackScale(row: AnchorRow): { x: Scale; log: boolean } {
  const { value, spread = 0 } = row;
  const all = [value - spread, value, value + spread, ...Object.values(row.anchors)].filter(Number.isFinite);
  const [low, high] = all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)];
  const log = low > 0 && high / low > 50;
  const ends: [number, number] = row.better === "higher"
    ? [TRACK.from + 14, TRACK.to - 14]
    : [TRACK.to - 14, TRACK.from + 14];
  return { x: (log ? logScale : linearScale)([low, high], ends), log };
}

/**
 * Labels start at their ticks and run to the right; one whose text passes under later ticks hangs lower than theirs.
 * So no leader line ever crosses a label.
 */
function place({ anchors }: AnchorRow, x: Scale): readonly Placed[] {
  const placed: Placed[] = [];
  const sorted = Object.entries(anchors)
    .filter(([, value]) => Number.isFinite(x(value)))
    .sort(([, a], [, b]) => x(b) - x(a));
  for (const [name, value] of sorted) {
    const at = x(value);
    const label = fitText(`${name} ${formatNumber(value)}`, 11, WIDTH - at - 6);
    const end = at + textWidth(label, 11) + 10;
    const under = placed.filter((other) => other.at < end);
    placed.push({ label, at, lane: 1 + Math.max(-1, ...under.map(({ lane }) => lane)) });
  }
  return placed;
}
