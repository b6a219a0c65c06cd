import { DataError, type HostArray } from "../core/mod.ts";

/** A strip of a section that is never used to fit anything: neighbours are alike, so that rows cannot be drawn at random. */
export interface Strip {
  /** Axis across the strip, `"x"`, `"y"` or `"z"`. */
  readonly axis: string;
  /** Where it begins, as a share of the extent along the axis. */
  readonly from: number;
  /** Where it ends, as a share of the extent along the axis. */
  readonly to: number;
  /** Width on both sides of the strip that is left out altogether, in units of the coordinates. */
  readonly gap: number;
}

const AXES: readonly string[] = ["x", "y", "z"];

/** Rows of a section on both sides of a split. */
export interface StripSplit {
  /** Rows to fit on. */
  readonly train: Int32Array;
  /** Rows in the strip. */
  readonly test: Int32Array;
}

/**
 * Check a strip.
 *
 * @param strip The strip.
 * @param dims Number of coordinates.
 * @returns One message per problem, empty if fine.
 */
export function checkStrip({ axis, from, to, gap }: Strip, dims: number): readonly string[] {
  const known = AXES.slice(0, dims);
  return [
    ...(known.includes(axis) ? [] : [`strip.axis is "${axis}", expected "${known.join('" or "')}"`]),
    ...(from >= 0 && from < to && to <= 1
      ? []
      : [`strip.from is ${from} and strip.to ${to}, expected 0 <= from < to <= 1`]),
    ...(gap >= 0 && gap < Infinity ? [] : [`strip.gap is ${gap}, expected a distance of at least 0`]),
  ];
}

/**
 * Split a section by a strip.
 *
 * @param points Coordinates `[N, D]`.
 * @param strip The strip.
 * @param rows Rows to split; absent means all.
 * @returns Rows in and outside the strip; those in the gaps are in neither.
 * @throws {DataError} If one side is empty.
 */
export function splitByStrip(points: HostArray, strip: Strip, rows?: ArrayLike<number>): StripSplit {
  const dims = points.shape[1]!;
  const axis = AXES.indexOf(strip.axis);
  const all = rows === undefined ? Array.from({ length: points.shape[0]! }, (_, i) => i) : Array.from(rows);
  const place = (row: number): number => points.data[row * dims + axis]!;
  const [low, high] = all.reduce(([a, b], row) => [Math.min(a, place(row)), Math.max(b, place(row))], [
    Infinity,
    -Infinity,
  ]);
  const [begin, end] = [low + strip.from * (high - low), low + strip.to * (high - low)];
  const test = all.filter((row) => place(row) >= begin && place(row) <= end);
  const train = all.filter((row) => place(row) < begin - strip.gap || place(row) > end + strip.gap);
  if (test.length === 0 || train.length === 0) {
    throw new DataError(
      `Cannot split by a strip from ${strip.from} to ${strip.to} along ${strip.axis}: it has ${test.length} rows, and ` +
        `${train.length} lie outside it and its gaps; change strip.from, strip.to or strip.gap`,
    );
  }
  return { train: Int32Array.from(train), test: Int32Array.from(test) };
}
