/**
 * Pictures and pages: drawings as text of stand-alone SVG, the self-contained report of a run, the comparison of runs.
 *
 * @module
 */
export * from "./anchor_plot.ts";
export * from "./arrow_map.ts";
export * from "./bar_chart.ts";
export * from "./comparison.ts";
export * from "./dot_map.ts";
export * from "./figure.ts";
export * from "./format.ts";
export * from "./heat_map.ts";
export * from "./image_grid.ts";
export * from "./line_chart.ts";
export type { MapBounds, PlanePoints } from "./map_frame.ts";
export { pointBounds } from "./map_frame.ts";
export * from "./palette.ts";
export * from "./png.ts";
export * from "./report.ts";
export * from "./scatter_plot.ts";
export * from "./smooth.ts";
export * from "./text_table.ts";
