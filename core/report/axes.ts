import type { Box } from "./map_frame.ts";
import { type Domain, linearScale, linearTicks, logScale, logTicks, type Scale } from "./scale.ts";
import { AXIS, element, px, RULE, SOFT, textLine } from "./svg.ts";

/** What the two axes of a chart show. */
export interface AxesOptions {
  /** Data range from left to right. */
  readonly x: Domain;
  /** Data range from bottom to top. */
  readonly y: Domain;
  /** Name and unit below. */
  readonly xLabel: string;
  /** Name and unit, above the upper left corner. */
  readonly yLabel: string;
  /** Whether y is logarithmic. */
  readonly logY?: boolean;
}

/** Drawn axes, and where data land between them. */
export interface Axes {
  /** Grid, ticks and labels, to be drawn first. */
  readonly svg: string;
  /** Pixels from the left. */
  readonly x: Scale;
  /** Pixels from the top. */
  readonly y: Scale;
}

/**
 * Draw a pair of axes around a box: horizontal grid lines, ticks, names. The name of y stands upright above the axis,
 * where it can be read without turning the head.
 *
 * @param box The plotting area in pixels; about 52 to the left, 22 above and 40 below are written on.
 * @param options Ranges and names.
 * @returns Markup and scales.
 */
export function drawAxes(box: Box, options: AxesOptions): Axes {
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const x = linearScale(options.x, [box.x, right]);
  const y = (options.logY ? logScale : linearScale)(options.y, [bottom, box.y]);
  const xTicks = linearTicks(options.x, Math.max(3, Math.round(box.width / 130)));
  const yTicks = (options.logY ? logTicks : linearTicks)(options.y, Math.max(3, Math.round(box.height / 60)));
  const grid = yTicks.map(({ value }) => `M${px(box.x)} ${px(y(value))}H${px(right)}`).join("");
  const marks = xTicks.map(({ value }) => `M${px(x(value))} ${px(bottom)}v5`).join("");
  return {
    x,
    y,
    svg: element("path", { d: grid || "M0 0", ...RULE, fill: "none" }) +
      element("path", { d: `M${px(box.x)} ${px(bottom)}H${px(right)}${marks}`, ...AXIS, fill: "none" }) +
      yTicks.map(({ value, label }) =>
        textLine(box.x - 8, y(value) + 4, label, { size: 11, paint: SOFT, anchor: "end" })
      ).join("") +
      xTicks.map(({ value, label }) =>
        textLine(x(value), bottom + 18, label, { size: 11, paint: SOFT, anchor: "middle" })
      ).join("") +
      textLine(0, box.y - 14, options.yLabel, { weight: 600 }) +
      textLine(right, bottom + 36, options.xLabel, { weight: 600, anchor: "end" }),
  };
}
