import { type Data, type HostArray, hostArray, type NumericArray } from "../../../core/mod.ts";
import type { SpatiaSection } from "../sections.ts";

/** Most sections that are drawn. */
export const SECTIONS = 6;
/** Colours end at this many standard deviations. */
const FAR = 2.5;

/**
 * The first two columns.
 *
 * @param positions Positions, `[N, D]`.
 * @returns Places in the plane, `[N, 2]`.
 */
export function planar({ data, shape }: HostArray<NumericArray>): HostArray {
  const [rows, width] = shape as [number, number];
  return hostArray(Float32Array.from({ length: 2 * rows }, (_, at) => data[(at >> 1) * width + at % 2]!), [rows, 2]);
}

/**
 * One column in standard deviations of its rows.
 *
 * @param values Values, `[N, C]`.
 * @param column The column.
 * @returns One number per row.
 */
export function pattern({ data, shape }: HostArray, column: number): Float32Array {
  const [rows, width] = shape as [number, number];
  const values = Float32Array.from({ length: rows }, (_, i) => data[i * width + column]!);
  const mean = values.reduce((sum, value) => sum + value, 0) / rows;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
  return values.map((value) => Math.max(-FAR, Math.min(FAR, spread > 0 ? (value - mean) / spread : 0)));
}

/** How maps of a data set are drawn. */
export interface MapStyle {
  readonly yAxis?: "down";
  readonly unit?: string;
}

/**
 * Decide how maps are drawn: places in pixels grow downwards.
 *
 * @param data The data set.
 * @returns The style.
 */
export function styleOf({ spec }: Data): MapStyle {
  const { unit } = spec.parts["pos"]!;
  return { ...(/\bpx\b/.test(unit) ? { yAxis: "down" as const } : {}), ...(unit === "µm" ? { unit } : {}) };
}

/**
 * Name of a section with what it was used for.
 *
 * @param section The section.
 * @returns Text.
 */
export function heading({ name, split }: SpatiaSection): string {
  return `${name} (${split === "test" ? "held out" : "fitted"})`;
}
