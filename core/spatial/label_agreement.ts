import { type HostArray, hostArray, type NumericArray, takeRows } from "../host_array.ts";
import { kNearest } from "./knn.ts";
import { applyRigid, rotationOf } from "./rigid_map.ts";

/** Cells of one section that carry a category each. */
export interface LabelledPoints {
  /** Coordinates of shape `[N, 2]`, any unit. */
  readonly points: HostArray<NumericArray>;
  /** Category of each cell, `[N]`, numbered alike in all sections; -1 where it is missing. */
  readonly label: ArrayLike<number>;
}

/** Another orientation that fits two sections clearly better than the one they have. */
export interface Misalignment {
  /** Share of nearest cells with the same label as the sections lie. */
  readonly asGiven: number;
  /** The same share in the better orientation. */
  readonly better: number;
  /** Counter-clockwise turn of the better orientation, in degrees. */
  readonly degrees: number;
  /** Whether the better orientation mirrors x before the turn. */
  readonly mirrored: boolean;
}

/** Points of which the means and spreads were taken. */
export interface CentredPoints {
  /** Coordinates with mean 0 and spread 1, `[N, 2]`. */
  readonly points: HostArray;
  /** What was subtracted. */
  readonly mean: readonly [number, number];
  /** What was divided by. */
  readonly spread: readonly [number, number];
}

/**
 * Centre on 0 and divide each axis, or both alike, by the spread.
 *
 * @param points Coordinates `[N, 2]`.
 * @param axes Whether each axis has its own spread.
 * @returns The new points, and what was subtracted and divided by.
 */
export function centred(points: HostArray<NumericArray>, axes: "each" | "alike"): CentredPoints {
  const [data, rows] = [points.data, points.shape[0]!];
  const [mean, square] = [[0, 0] as [number, number], [0, 0] as [number, number]];
  for (let i = 0; i < data.length; i++) mean[i % 2]! += data[i]! / rows;
  for (let i = 0; i < data.length; i++) square[i % 2]! += (data[i]! - mean[i % 2]!) ** 2 / rows;
  const both = Math.sqrt((square[0] + square[1]) / 2) || 1;
  const spread: [number, number] = axes === "alike"
    ? [both, both]
    : [Math.sqrt(square[0]) || 1, Math.sqrt(square[1]) || 1];
  const scaled = Float32Array.from(data, (value, i) => (value - mean[i % 2]!) / spread[i % 2]!);
  return { points: hostArray(scaled, [rows, 2]), mean, spread };
}

/**
 * Share of labelled queries whose nearest point has their label.
 *
 * @param fixed Points to search.
 * @param query Points to search for, `[M, 2]`.
 * @param label Their labels; -1 where missing.
 * @returns Share in [0, 1]; 0 if no query has a label.
 */
export function agreementOf(fixed: LabelledPoints, query: HostArray, label: ArrayLike<number>): number {
  const { index } = kNearest(fixed.points, query, 1);
  let [same, all] = [0, 0];
  for (let i = 0; i < label.length; i++) {
    if (label[i]! < 0) continue;
    all++;
    if (fixed.label[index[i]!] === label[i]) same++;
  }
  return all === 0 ? 0 : same / all;
}

/**
 * How well two sections agree: the share of cells whose nearest cell of the other section has the same label, averaged
 * over both directions, in coordinates z-scored per section and axis.
 *
 * @param a One section.
 * @param b The other one.
 * @returns Share in [0, 1]; cells without a label do not count.
 */
export function alignmentScore(a: LabelledPoints, b: LabelledPoints): number {
  const [pa, pb] = [centred(a.points, "each").points, centred(b.points, "each").points];
  const forth = agreementOf({ points: pb, label: b.label }, pa, a.label);
  const back = agreementOf({ points: pa, label: a.label }, pb, b.label);
  return (forth + back) / 2;
}

/**
 * Every n-th labelled cell, so that about `size` remain; deterministic.
 *
 * @param section The section.
 * @param size Cells to keep.
 * @returns The cells that are kept.
 */
export function thin(section: LabelledPoints, size: number): {
  readonly points: HostArray<NumericArray>;
  readonly label: Int32Array;
} {
  const labelled: number[] = [];
  for (let i = 0; i < section.label.length; i++) if (section.label[i]! >= 0) labelled.push(i);
  const step = Math.max(1, labelled.length / size);
  const index: number[] = [];
  for (let at = 0; at < labelled.length; at += step) index.push(labelled[Math.floor(at)]!);
  return { points: takeRows(section.points, index), label: Int32Array.from(index, (row) => section.label[row]!) };
}

/** A turn by an angle in radians, after a mirror of x if `reflected`. */
export interface Orientation {
  /** Counter-clockwise turn, in radians. */
  readonly angle: number;
  /** Whether x is mirrored first. */
  readonly reflected: boolean;
}

/**
 * Evenly spaced orientations, those without a mirror first.
 *
 * @param turns Number of turns of a full circle.
 * @returns Twice as many orientations.
 */
export function orientations(turns: number): readonly Orientation[] {
  return [false, true].flatMap((reflected) =>
    Array.from({ length: turns }, (_, i) => ({ angle: (2 * Math.PI * i) / turns, reflected }))
  );
}

/**
 * Tell whether one section should be turned or mirrored to lie like another one: compares the label agreement as given
 * with that of 24 orientations (twelve turns, with and without a mirror).
 *
 * @param a The section that is turned.
 * @param b The section that stays.
 * @returns The better orientation if it raises the agreement by more than a quarter and by 0.03, otherwise undefined.
 */
export function looksUnaligned(a: LabelledPoints, b: LabelledPoints): Misalignment | undefined {
  const sample = thin(a, 2000);
  const fixed = { points: centred(b.points, "each").points, label: b.label };
  const turned = orientations(12).map(({ angle, reflected }) => {
    const map = { rotation: rotationOf(angle, reflected), translation: [0, 0], reflected } as const;
    const score = agreementOf(fixed, centred(applyRigid(map, sample.points), "each").points, sample.label);
    return { score, degrees: Math.round((angle * 180) / Math.PI), mirrored: reflected };
  });
  const asGiven = turned[0]!.score;
  const best = turned.reduce((top, next) => next.score > top.score ? next : top);
  if (best.score <= Math.max(1.25 * asGiven, asGiven + 0.03)) return undefined;
  return Object.freeze({ asGiven, better: best.score, degrees: best.degrees, mirrored: best.mirrored });
}
