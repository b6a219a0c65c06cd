import { type HostArray, hostArray, type NumericArray, takeRows } from "../host_array.ts";
import { kNearest } from "./knn.ts";

/** Cells of one section that carry a category each. */
export interface LabelledPoints {
  /** Coordinates of shape `[N, 2]`, any unit. */
  readonly points: HostArray<NumericArray>;
  /** Category of each cell, `[N]`, numbered alike in all sections; -1 where it is missing. */
  readonly label: ArrayLike<number>;
}

/** A map that keeps distances: turn or mirror, then shift. */
export interface RigidMap {
  /** Orthogonal matrix `[2, 2]` in row-major order; it acts on column vectors. */
  readonly rotation: readonly [number, number, number, number];
  /** Shift after the turn, `[2]`, in units of the target. */
  readonly translation: readonly [number, number];
  /** Whether the map mirrors (determinant -1). */
  readonly reflected: boolean;
}

/** A section laid onto another one. */
export interface Registration {
  /** Map from the moving section's frame to the fixed section's. */
  readonly map: RigidMap;
  /** Share of moving cells whose nearest fixed cell has their label, after the map, at equal spread. */
  readonly agreement: number;
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

function rotationOf(angle: number, reflected: boolean): RigidMap["rotation"] {
  const [cos, sin, mirror] = [Math.cos(angle), Math.sin(angle), reflected ? -1 : 1];
  return [mirror * cos, -sin, mirror * sin, cos];
}

function checkPlanar(points: HostArray<NumericArray>, name: string): void {
  if (points.shape.length === 2 && points.shape[1] === 2) return;
  throw new TypeError(`Cannot register ${name} of shape [${points.shape}]: expected [N, 2]`);
}

/** Best turn and shift of given handedness, and the summed inner product it reaches; the larger, the better the fit. */
function fitHanded(
  from: HostArray<NumericArray>,
  to: HostArray<NumericArray>,
  weight: ArrayLike<number> | undefined,
  reflected: boolean,
): { readonly map: RigidMap; readonly gain: number } {
  const [a, b, rows] = [from.data, to.data, from.shape[0]!];
  const sum = new Float64Array(5);
  for (let i = 0; i < rows; i++) {
    const w = weight === undefined ? 1 : weight[i]!;
    sum[0]! += w;
    for (let d = 0; d < 2; d++) {
      sum[1 + d]! += w * a[2 * i + d]!;
      sum[3 + d]! += w * b[2 * i + d]!;
    }
  }
  const [ax, ay, bx, by] = [sum[1]! / sum[0]!, sum[2]! / sum[0]!, sum[3]! / sum[0]!, sum[4]! / sum[0]!];
  const mirror = reflected ? -1 : 1;
  let [along, across] = [0, 0];
  for (let i = 0; i < rows; i++) {
    const w = weight === undefined ? 1 : weight[i]!;
    const [px, py] = [mirror * (a[2 * i]! - ax), a[2 * i + 1]! - ay];
    const [qx, qy] = [b[2 * i]! - bx, b[2 * i + 1]! - by];
    along += w * (px * qx + py * qy);
    across += w * (px * qy - py * qx);
  }
  const rotation = rotationOf(Math.atan2(across, along), reflected);
  const translation = [
    bx - rotation[0] * ax - rotation[1] * ay,
    by - rotation[2] * ax - rotation[3] * ay,
  ] as const;
  return { map: Object.freeze({ rotation, translation, reflected }), gain: Math.hypot(along, across) };
}

/**
 * Rigid map, mirroring allowed, that brings landmarks closest to their counterparts: weighted orthogonal Procrustes
 * without scale, in the closed form that two dimensions have.
 *
 * @example Usage
 * ```ts
 * import { applyRigid, hostArray, rigidMap } from "@morphogen/morphogen";
 *
 * const corners = hostArray(Float32Array.of(0, 0, 2, 0, 0, 1), [3, 2]);
 * const mirrored = hostArray(Float32Array.of(5, 1, 3, 1, 5, 2), [3, 2]);
 * const map = rigidMap(corners, mirrored);
 * if (!map.reflected) throw new Error("the mirror was not seen");
 * if (Math.abs(applyRigid(map, corners).data[2]! - 3) > 1e-6) throw new Error("off");
 * ```
 *
 * @param from Landmarks `[N, 2]` in the frame to leave.
 * @param to The same landmarks `[N, 2]` in the frame to reach.
 * @param weight Weight of each landmark (>= 0), `[N]`; absent means 1.
 * @returns The map with the smallest weighted sum of squared distances; without a mirror where both fit equally well.
 * @throws {TypeError} If the shapes differ or are not `[N, 2]`.
 * @throws {RangeError} If no landmark has positive weight.
 */
export function rigidMap(
  from: HostArray<NumericArray>,
  to: HostArray<NumericArray>,
  weight?: ArrayLike<number>,
): RigidMap {
  checkPlanar(from, "landmarks");
  checkPlanar(to, "landmarks");
  if (from.shape[0] !== to.shape[0] || (weight !== undefined && weight.length !== from.shape[0])) {
    const weights = weight === undefined ? "" : ` and ${weight.length} weights`;
    throw new TypeError(`Cannot register ${from.shape[0]} landmarks to ${to.shape[0]} landmarks${weights}`);
  }
  let total = 0;
  for (let i = 0; i < from.shape[0]!; i++) total += weight === undefined ? 1 : weight[i]!;
  if (!(total > 0)) throw new RangeError("Cannot register: no landmark has positive weight");
  const plain = fitHanded(from, to, weight, false);
  const mirrored = fitHanded(from, to, weight, true);
  return mirrored.gain > plain.gain * (1 + 1e-9) ? mirrored.map : plain.map;
}

/**
 * Move points by a rigid map.
 *
 * @param map The map.
 * @param points Coordinates `[N, 2]` in the frame that the map leaves.
 * @returns New coordinates `[N, 2]`.
 * @throws {TypeError} If the shape is not `[N, 2]`.
 */
export function applyRigid(map: RigidMap, points: HostArray<NumericArray>): HostArray {
  checkPlanar(points, "points");
  const [r, t, data] = [map.rotation, map.translation, points.data];
  const moved = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 2) {
    moved[i] = r[0] * data[i]! + r[1] * data[i + 1]! + t[0];
    moved[i + 1] = r[2] * data[i]! + r[3] * data[i + 1]! + t[1];
  }
  return hostArray(moved, [points.shape[0]!, 2]);
}

/** Centre on 0 and divide each axis, or both alike, by the spread. */
function centred(points: HostArray<NumericArray>, axes: "each" | "alike"): {
  readonly points: HostArray;
  readonly mean: readonly [number, number];
  readonly spread: readonly [number, number];
} {
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

/** Share of labelled queries whose nearest point has their label. */
function agreementOf(fixed: LabelledPoints, query: HostArray, label: ArrayLike<number>): number {
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

/** Every n-th labelled cell, so that about `size` remain; deterministic. */
function thin(section: LabelledPoints, size: number): { points: HostArray<NumericArray>; label: Int32Array } {
  const labelled: number[] = [];
  for (let i = 0; i < section.label.length; i++) if (section.label[i]! >= 0) labelled.push(i);
  const step = Math.max(1, labelled.length / size);
  const index: number[] = [];
  for (let at = 0; at < labelled.length; at += step) index.push(labelled[Math.floor(at)]!);
  return { points: takeRows(section.points, index), label: Int32Array.from(index, (row) => section.label[row]!) };
}

function orientations(turns: number): readonly { readonly angle: number; readonly reflected: boolean }[] {
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

/** An orientation with a shift, in units of the spread. */
interface Pose {
  readonly angle: number;
  readonly reflected: boolean;
  readonly shift: readonly [number, number];
}

/** Neighbours over which agreement is averaged while searching; one alone makes a rugged score. */
const SEARCH_NEIGHBOURS = 8;

/** Mean share of nearby fixed cells that have the moving cell's label, for several poses of the moving section. */
function scorePoses(poses: readonly Pose[], moving: LabelledPoints, fixed: LabelledPoints): readonly number[] {
  const rows = moving.label.length;
  const placed = new Float32Array(2 * rows * poses.length);
  poses.forEach(({ angle, reflected, shift }, i) => {
    const map = { rotation: rotationOf(angle, reflected), translation: shift, reflected };
    placed.set(applyRigid(map, moving.points).data, 2 * rows * i);
  });
  const k = Math.min(SEARCH_NEIGHBOURS, fixed.label.length);
  const { index } = kNearest(fixed.points, hostArray(placed, [rows * poses.length, 2]), k);
  return poses.map((_, pose) => {
    let same = 0;
    for (let at = pose * rows * k; at < (pose + 1) * rows * k; at++) {
      if (fixed.label[index[at]!] === moving.label[Math.floor(at / k) % rows]) same++;
    }
    return same / (rows * k);
  });
}

/** Walk to a nearby pose that agrees best: try steps in turn and shift, halve them where none helps. */
function climb(start: Pose, moving: LabelledPoints, fixed: LabelledPoints): { pose: Pose; score: number } {
  let pose = start;
  let score = scorePoses([pose], moving, fixed)[0]!;
  for (let step = 1; step > 1 / 40;) {
    const { angle, reflected, shift: [x, y] } = pose;
    const [turn, slide] = [step * Math.PI / 24, step * 0.15];
    const around: Pose[] = [-1, 1].flatMap((sign) => [
      { angle: angle + sign * turn, reflected, shift: [x, y] as const },
      { angle, reflected, shift: [x + sign * slide, y] as const },
      { angle, reflected, shift: [x, y + sign * slide] as const },
    ]);
    const scores = scorePoses(around, moving, fixed);
    const best = scores.reduce((top, value, i) => value > scores[top]! ? i : top, 0);
    if (scores[best]! > score) [pose, score] = [around[best]!, scores[best]!];
    else step /= 2;
  }
  return { pose, score };
}

/**
 * Lay one section onto another by the labels of their cells: scores 48 orientations (24 turns, with and without a
 * mirror) by the share of nearby cells that have the same label, then turns and shifts the best ones in shrinking steps
 * until that share grows no more.
 *
 * Sections may differ in size: they are compared at equal spread, yet the map that comes out does not scale. No random
 * numbers are used.
 *
 * @param moving The section to move.
 * @param fixed The section that stays.
 * @returns The map and the agreement it reaches.
 * @throws {TypeError} If points are not `[N, 2]`.
 * @throws {RangeError} If the sections share no label.
 */
export function registerByLabels(moving: LabelledPoints, fixed: LabelledPoints): Registration {
  checkPlanar(moving.points, "points");
  checkPlanar(fixed.points, "points");
  const known = new Set(Array.from(fixed.label));
  if (!Array.from(moving.label).some((label) => label >= 0 && known.has(label))) {
    throw new RangeError("Cannot register sections by labels: they share no label");
  }
  const [from, to] = [centred(moving.points, "alike"), centred(fixed.points, "alike")];
  const target = { points: to.points, label: fixed.label };
  const sample = thin({ points: from.points, label: moving.label }, 2000);
  const starts = orientations(24).map((start): Pose => ({ ...start, shift: [0, 0] }));
  const scores = scorePoses(starts, sample, target);
  const tried = starts.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!).slice(0, 4)
    .map((i) => climb(starts[i]!, sample, target));
  const { pose } = tried.reduce((top, next) => next.score > top.score ? next : top);
  const { angle, reflected, shift } = pose;
  const rotation = rotationOf(angle, reflected);
  const agreement = agreementOf(
    target,
    applyRigid({ rotation, translation: shift, reflected }, sample.points),
    sample.label,
  );
  const translation = [0, 1].map((d) =>
    to.mean[d]! + to.spread[0] * shift[d]! - rotation[2 * d]! * from.mean[0] - rotation[2 * d + 1]! * from.mean[1]
  ) as [number, number];
  return Object.freeze({ map: Object.freeze({ rotation, translation, reflected }), agreement });
}

/** What {@linkcode dropFragments} measures by. */
export interface FragmentOptions {
  /**
   * Longest gap inside the tissue, in medians of the nearest-neighbour distance.
   *
   * @default {10}
   */
  readonly gap?: number;
  /**
   * Smallest piece to keep, as a share of the largest piece.
   *
   * @default {0.02}
   */
  readonly share?: number;
}

/** Median distance to the nearest other point that does not coincide; 0 if all points coincide. */
function medianSpacing(points: HostArray<NumericArray>): number {
  if (points.shape[0]! < 2) return 0;
  const { distance } = kNearest(points, points, 2);
  const apart = distance.filter((value, i) => i % 2 === 1 && value > 0).sort();
  return apart[apart.length >> 1] ?? 0;
}

/** Number of each point's connected piece, for points linked where they lie within `reach` of each other. */
function pieces(points: HostArray<NumericArray>, reach: number): Int32Array {
  const [rows, dims, data] = [points.shape[0]!, points.shape[1]!, points.data];
  const parent = Int32Array.from({ length: rows }, (_, i) => i);
  const find = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  // Bins whose diagonal is the reach: all points of a bin belong together.
  const side = reach / Math.sqrt(dims);
  const bins = new Map<string, number[]>();
  for (let i = 0; i < rows; i++) {
    const key = Array.from({ length: dims }, (_, d) => Math.floor(data[i * dims + d]! / side)).join();
    const bin = bins.get(key);
    if (bin === undefined) bins.set(key, [i]);
    else {
      bin.push(i);
      parent[i] = bin[0]!;
    }
  }
  const linked = (a: number, b: number): boolean => {
    let square = 0;
    for (let d = 0; d < dims; d++) square += (data[a * dims + d]! - data[b * dims + d]!) ** 2;
    return square <= reach * reach;
  };
  const span = Math.ceil(Math.sqrt(dims));
  let offsets: number[][] = [[]];
  for (let d = 0; d < dims; d++) {
    offsets = offsets.flatMap((head) => Array.from({ length: 2 * span + 1 }, (_, i) => [...head, i - span]));
  }
  for (const [key, bin] of bins) {
    const at = key.split(",").map(Number);
    for (const offset of offsets) {
      const other = bins.get(at.map((value, d) => value + offset[d]!).join());
      if (other === undefined || find(other[0]!) === find(bin[0]!)) continue;
      if (bin.some((a) => other.some((b) => linked(a, b)))) parent[find(other[0]!)] = find(bin[0]!);
    }
  }
  return parent.map((_, i) => find(i));
}

/**
 * Find the tissue: link points that lie close together and leave out the small pieces that are linked to nothing.
 *
 * @example Usage
 * ```ts
 * import { dropFragments, hostArray } from "@morphogen/morphogen";
 *
 * const row = Array.from({ length: 100 }, (_, i) => [i, 0]).flat();
 * const kept = dropFragments(hostArray(Float32Array.of(...row, 500, 0), [101, 2]));
 * if (kept.length !== 100) throw new Error("the stray point was kept");
 * ```
 *
 * @param points Coordinates `[N, D]`, any unit.
 * @param options Longest gap and smallest piece.
 * @returns Rows to keep, ascending; all of them if the tissue is in one piece.
 * @throws {TypeError} If points are not a matrix.
 */
export function dropFragments(points: HostArray<NumericArray>, options: FragmentOptions = {}): Int32Array {
  if (points.shape.length !== 2) {
    throw new TypeError(`Cannot find fragments in points of shape [${points.shape}]: expected [N, D]`);
  }
  const { gap = 10, share = 0.02 } = options;
  const all = Int32Array.from({ length: points.shape[0]! }, (_, i) => i);
  const reach = gap * medianSpacing(points);
  if (!(reach > 0)) return all;
  const piece = pieces(points, reach);
  const size = new Int32Array(piece.length);
  for (const root of piece) size[root]!++;
  const least = share * size.reduce((a, b) => Math.max(a, b), 0);
  return all.filter((row) => size[piece[row]!]! >= least);
}
