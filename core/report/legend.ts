import { formatNumber } from "./format.ts";
import { sequentialColor } from "./palette.ts";
import type { Domain } from "./scale.ts";
import { type Attributes, element, SOFT, textLine } from "./svg.ts";
import { fitText, textWidth } from "./text_width.ts";

/** One line of a legend. */
export interface LegendEntry {
  /** What the colour stands for. */
  readonly label: string;
  /** Stroke and class of the dot. */
  readonly paint: Attributes;
  /** Group of the drawing that the entry belongs to; the report lets the reader single it out. */
  readonly group?: number;
}

/** A legend that can be placed. */
export interface Legend {
  /** Pixels it takes. */
  readonly width: number;
  /** Pixels it takes. */
  readonly height: number;
  /**
   * Draw it.
   *
   * @param x Left edge in pixels.
   * @param y Upper edge in pixels.
   * @returns Markup.
   */
  draw(x: number, y: number): string;
}

const LINE = 18;
const SIZE = 11.5;
const LONGEST = 30;

/**
 * Set entries in columns, read downwards.
 *
 * @param entries What to show; beyond 30 the rest is counted, not shown.
 * @param width Pixels that there are.
 * @param most Columns at most.
 * @returns The legend.
 */
export function dotLegend(entries: readonly LegendEntry[], width: number, most: number = Infinity): Legend {
  const shown = entries.slice(0, LONGEST);
  const rest = entries.length - shown.length;
  const widest = Math.max(0, ...shown.map(({ label }) => textWidth(label, SIZE)));
  const column = Math.min(Math.max(widest + 32, 84), Math.min(width, 260));
  const fitting = Math.max(1, Math.min(most, Math.floor((width + 14) / column)));
  const lines = Math.ceil(shown.length / fitting);
  const columns = Math.max(1, Math.ceil(shown.length / Math.max(1, lines)));
  const pitch = columns > 1 ? Math.min(width / columns, column + 24) : column;
  return Object.freeze({
    width: columns * pitch,
    height: lines * LINE + (rest > 0 ? LINE : 0),
    draw: (x: number, y: number): string =>
      shown.map(({ label, paint, group }, i) => {
        const [left, base] = [x + Math.floor(i / lines) * pitch, y + (i % lines) * LINE + 12];
        return element(
          "g",
          group === undefined ? {} : { class: "mg-key", "data-group": group },
          element("path", {
            d: `M${(left + 5).toFixed(1)} ${base - 4}h0`,
            ...paint,
            "stroke-width": 9,
            "stroke-linecap": "round",
          }),
          textLine(left + 16, base, fitText(label, SIZE, pitch - 18), { size: SIZE }),
        );
      }).join("") +
      (rest > 0 ? textLine(x + 16, y + lines * LINE + 12, `and ${rest} rarer`, { size: SIZE, paint: SOFT }) : ""),
  });
}

/**
 * A bar of the sequential ramp with its ends labelled.
 *
 * @param domain Values at both ends.
 * @param unit Unit, written below; absent for none.
 * @returns The legend.
 */
export function rampLegend(domain: Domain, unit?: string): Legend {
  const [width, steps] = [200, 40];
  return Object.freeze({
    width,
    height: unit === undefined ? 36 : 54,
    draw: (x: number, y: number): string =>
      Array.from({ length: steps }, (_, i) =>
        element("rect", {
          x: x + i * width / steps,
          y: y + 4,
          width: width / steps + 0.5,
          height: 9,
          fill: sequentialColor((i + 0.5) / steps),
        })).join("") +
      textLine(x, y + 29, formatNumber(domain[0]), { size: 11, paint: SOFT }) +
      textLine(x + width, y + 29, formatNumber(domain[1]), { size: 11, paint: SOFT, anchor: "end" }) +
      (unit === undefined ? "" : textLine(x, y + 47, unit, { size: SIZE })),
  });
}
