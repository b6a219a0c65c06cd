import type { HostArray, NumericArray } from "../host_array.ts";
import { formatNumber } from "./format.ts";
import { ACCENT, element, escapeText, INK, PANEL, px, RULE, SOFT, svgDocument, textLine } from "./svg.ts";
import { fitText, textWidth } from "./text_width.ts";

/** What is drawn and how. */
export interface HeatMapOptions {
  /** What the figure shows, for screen readers. */
  readonly title: string;
  /** Names of the rows from top to bottom. */
  readonly rows: readonly string[];
  /** Names of the columns from left to right. */
  readonly columns: readonly string[];
  /** Values, none negative, shape `[rows, columns]`. */
  readonly values: HostArray<NumericArray>;
  /** What the rows are. */
  readonly rowLabel: string;
  /** What the columns are. */
  readonly columnLabel: string;
  /** What each value is divided by: the sum of its row or column, or nothing. Default: `"none"`. */
  readonly normalise?: "row" | "column" | "none";
}

const WIDTH = 960;
const SIZE = 11.5;

/**
 * Draw a table of values as tinted cells: confusion of cell types, expression by type. Zero is the colour of the
 * page, so that what matters stands out in light and dark; each cell tells its value on hover, and in print where it
 * has room for it.
 *
 * @example Usage
 * ```ts
 * import { heatMap, hostArray } from "@morphogen/morphogen";
 *
 * const svg = heatMap({
 *   title: "Confusion",
 *   rows: ["A", "B"],
 *   columns: ["A", "B"],
 *   values: hostArray(Float32Array.of(9, 1, 2, 8), [2, 2]),
 *   rowLabel: "real",
 *   columnLabel: "predicted",
 *   normalise: "row",
 * });
 * if (!svg.includes("0.9")) throw new Error("rows are not divided by their sums");
 * ```
 *
 * @param options What is drawn and how.
 * @returns An `<svg>` element.
 * @throws {TypeError} If the values are not `[rows, columns]`.
 */
export function heatMap(options: HeatMapOptions): string {
  const { rows, columns, rowLabel, columnLabel, normalise = "none" } = options;
  if (options.values.shape.join() !== [rows.length, columns.length].join()) {
    const shape = options.values.shape.join(", ");
    throw new TypeError(`Cannot draw a heat map of ${rows.length} x ${columns.length} names: values are [${shape}]`);
  }
  const values = normalised(options);
  const most = values.reduce((max, v) => v > max ? v : max, 0);
  const left = Math.min(210, Math.max(...rows.map((name) => textWidth(name, SIZE)), 40) + 14);
  const turned = columns.some((name) => textWidth(name, SIZE) > (WIDTH - left) / columns.length - 8) ||
    columns.length > 12;
  const widest = Math.min(190, Math.max(...columns.map((name) => textWidth(name, SIZE)), 20));
  const top = 30 + (turned ? widest * 0.87 + 10 : 22);
  const overhang = turned ? widest * 0.5 : 0;
  const cell = {
    width: Math.min(64, (WIDTH - left - overhang - 4) / Math.max(1, columns.length)),
    height: Math.min(32, Math.max(19, 560 / Math.max(1, rows.length))),
  };
  const bottom = top + rows.length * cell.height;
  const names = rows.map((name, i) =>
    textLine(left - 8, top + (i + 0.5) * cell.height + 4, fitText(name, SIZE, left - 10), { size: SIZE, anchor: "end" })
  );
  const heads = columns.map((name, j) => {
    const x = left + (j + 0.5) * cell.width;
    const style = turned ? { size: SIZE, rotate: -60 } : { size: SIZE, anchor: "middle" as const };
    return textLine(x + (turned ? 4 : 0), top - 8, fitText(name, SIZE, turned ? widest : cell.width), style);
  });
  return svgDocument(
    options.title,
    WIDTH,
    bottom + 54,
    textLine(0, 13, `${rowLabel} ↓`, { weight: 600 }) +
      textLine(left, 13, `${columnLabel} →`, { weight: 600 }),
    element("rect", {
      x: left,
      y: top,
      width: columns.length * cell.width,
      height: rows.length * cell.height,
      ...PANEL,
    }),
    ...names,
    ...heads,
    ...cells(values, most, options, { left, top, ...cell }),
    ramp(left, bottom + 20, write(most, normalise), legendText(normalise, rowLabel, columnLabel)),
  );
}

function normalised({ values, rows, columns, normalise }: HeatMapOptions): Float64Array {
  const width = columns.length;
  const out = Float64Array.from(values.data);
  if (normalise === undefined || normalise === "none") return out;
  const sums = new Float64Array(normalise === "row" ? rows.length : width);
  const of = (i: number): number => normalise === "row" ? Math.floor(i / width) : i % width;
  for (let i = 0; i < out.length; i++) sums[of(i)]! += out[i]!;
  for (let i = 0; i < out.length; i++) out[i] = sums[of(i)]! > 0 ? out[i]! / sums[of(i)]! : 0;
  return out;
}

function legendText(normalise: "row" | "column" | "none", rowLabel: string, columnLabel: string): string {
  return normalise === "none" ? "value" : `share of the ${normalise} (${normalise === "row" ? rowLabel : columnLabel})`;
}

function write(value: number, normalise: HeatMapOptions["normalise"]): string {
  return normalise === undefined || normalise === "none" ? formatNumber(value, 2) : value.toFixed(2);
}

function cells(
  values: Float64Array,
  most: number,
  { rows, columns, normalise }: HeatMapOptions,
  grid: { left: number; top: number; width: number; height: number },
): readonly string[] {
  const width = columns.length;
  const written = grid.width >= 34 && grid.height >= 17;
  return Array.from(values, (value, i) => {
    if (!(value > 0)) return "";
    const [row, column] = [Math.floor(i / width), i % width];
    const [x, y] = [grid.left + column * grid.width, grid.top + row * grid.height];
    const share = value / most;
    const rect = element(
      "rect",
      { x: x + 0.5, y: y + 0.5, width: grid.width - 1, height: grid.height - 1, "fill-opacity": share, ...ACCENT },
      element("title", {}, escapeText(`${rows[row]} / ${columns[column]}: ${write(value, normalise)}`)),
    );
    if (!written) return rect;
    const paint = share > 0.55 ? { class: "mg-on-accent", fill: "#ffffff" } : INK;
    return rect + textLine(x + grid.width / 2, y + grid.height / 2 + 4, write(value, normalise), {
      size: 11,
      anchor: "middle",
      paint,
    });
  });
}

function ramp(x: number, y: number, most: string, text: string): string {
  const [width, steps] = [180, 30];
  return element("rect", { x, y, width, height: 9, ...PANEL }) +
    Array.from({ length: steps }, (_, i) =>
      element("rect", {
        x: x + i * width / steps,
        y,
        width: width / steps,
        height: 9,
        "fill-opacity": (i + 0.5) / steps,
        "shape-rendering": "crispEdges",
        ...ACCENT,
      })).join("") +
    element("path", { d: `M${px(x)} ${px(y + 9.5)}h${width}`, ...RULE }) +
    textLine(x, y + 26, "0", { size: 11, paint: SOFT }) +
    textLine(x + width, y + 26, most, { size: 11, paint: SOFT, anchor: "end" }) +
    textLine(x + width + 14, y + 9, text, { size: 11, paint: SOFT });
}
