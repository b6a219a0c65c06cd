/**
 * The smallest set of helpers for drawing.
 *
 * Every drawing of this folder is written as text by own code. `vega` and `vega-lite` would do the charts, and were
 * measured: 81 packages, 70 ms of start-up once cached, and 2.9 MB for a map of 10,000 dots (each dot an element)
 * against 80 KB here (each category one path). The maps need own code in any case, and what remains of axes and
 * legends is a few hundred lines, so there is no drawing dependency.
 *
 * Colours are written twice: as a literal attribute, so that a stand-alone file looks right on white in every viewer,
 * also those without style sheets, and as a class (`mg-ink`, `mg-rule`, ...) by which the report recolours it in the
 * dark.
 */

import { printable } from "../printable.ts";

/** Attributes of an element; undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Typefaces that are on the reader's machine; the report uses the same. */
export const FONT_STACK =
  "-apple-system, 'Segoe UI', Inter, 'Source Sans 3', Lato, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif";

/** Text. */
export const INK: Attributes = { class: "mg-ink", fill: "#1b1f24" };
/** Text that steps back. */
export const SOFT: Attributes = { class: "mg-soft", fill: "#5b6570" };
/** Grid and separators. */
export const RULE: Attributes = { class: "mg-rule", stroke: "#dfe3e8" };
/** Axes, tick marks, whiskers, scale bars. */
export const AXIS: Attributes = { class: "mg-axis", stroke: "#5b6570" };
/** Area behind a map. */
export const PANEL: Attributes = { class: "mg-panel", fill: "#f6f7f9" };
/** Emphasised area or dot. */
export const ACCENT: Attributes = { class: "mg-accent", fill: "#235a92" };
/** Emphasised line, or dots drawn as lines. */
export const ACCENT_LINE: Attributes = { class: "mg-accent-line", stroke: "#235a92" };
/** Dots that are there for orientation only. */
export const MUTED: Attributes = { class: "mg-muted", stroke: "#d3d8de" };
/** Dots of rows that have no category. */
export const MISSING: Attributes = { class: "mg-missing", stroke: "#9aa3ad" };

/**
 * Make text safe inside elements and quoted attributes; characters that XML cannot hold, or that turn the direction of
 * text around, become U+FFFD.
 *
 * @param text Any text.
 * @returns Text without markup.
 */
export function escapeText(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/**
 * Round a length in pixels to what the eye can tell.
 *
 * @param value Pixels.
 * @returns The shortest text of the value to a hundredth.
 */
export function px(value: number): number {
  return Math.round(value * 100) / 100 || 0;
}

/**
 * Write an element.
 *
 * @param name Tag.
 * @param attributes Attributes, escaped here; numbers are rounded to a hundredth.
 * @param children Markup inside; text must have gone through {@linkcode escapeText}.
 * @returns Markup.
 */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    open += ` ${key}="${typeof value === "number" ? px(value) : escapeText(value)}"`;
  }
  return children.length === 0 ? `${open}/>` : `${open}>${children.join("")}</${name}>`;
}

/** How a line of text is set. */
export interface TextStyle {
  /** Which end of the text is at `x`; the start unless given. */
  readonly anchor?: "start" | "middle" | "end";
  /** Size in pixels; 12 unless given. */
  readonly size?: number;
  /** Weight, 400 regular to 700 bold. */
  readonly weight?: number;
  /** {@linkcode INK} unless given. */
  readonly paint?: Attributes;
  /** Degrees, clockwise, around `(x, y)`. */
  readonly rotate?: number;
}

/**
 * Write one line of text.
 *
 * @param x Pixels from the left.
 * @param y Pixels from the top, of the baseline.
 * @param text The text, escaped here.
 * @param style Anchor, size, weight, colour, rotation.
 * @returns Markup.
 */
export function textLine(x: number, y: number, text: string, style: TextStyle = {}): string {
  return element("text", {
    x,
    y,
    ...(style.paint ?? INK),
    "font-size": style.size ?? 12,
    "font-weight": style.weight,
    "text-anchor": style.anchor === "start" ? undefined : style.anchor,
    transform: style.rotate === undefined ? undefined : `rotate(${px(style.rotate)} ${px(x)} ${px(y)})`,
  }, escapeText(text));
}

/**
 * Cut off what lies outside a rectangle; coordinates inside are those outside.
 *
 * @param box The rectangle in pixels.
 * @param children Markup inside.
 * @returns Markup; empty text if there is nothing inside.
 */
export function clipped(
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  ...children: readonly string[]
): string {
  const { x, y, width, height } = box;
  const viewBox = [x, y, width, height].map(px).join(" ");
  return children.join("") === ""
    ? ""
    : element("svg", { x, y, width, height, viewBox, overflow: "hidden" }, ...children);
}

/**
 * Write a document.
 *
 * @param title What is shown; read out by screen readers, shown on hover.
 * @param width Pixels.
 * @param height Pixels.
 * @param children Markup inside.
 * @returns An `<svg>` element that stands alone.
 */
export function svgDocument(title: string, width: number, height: number, ...children: readonly string[]): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${px(width)} ${px(height)}`,
      width,
      height,
      role: "img",
      "aria-label": title,
      "font-family": FONT_STACK,
    },
    element("title", {}, escapeText(title)),
    element("rect", { class: "mg-paper", width, height, fill: "#ffffff" }),
    ...children,
  );
}
