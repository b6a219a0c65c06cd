import { hostArray } from "../host_array.ts";
import { kNearest } from "./knn.ts";
import { agreementOf, centred, type LabelledPoints, type Orientation, orientations, thin } from "./label_agreement.ts";
import { applyRigid, checkPlanar, type RigidMap, rotationOf } from "./rigid_map.ts";

export { dropFragments, type FragmentOptions } from "./fragments.ts";
export { alignmentScore, type LabelledPoints, looksUnaligned, type Misalignment } from "./label_agreement.ts";
export { applyRigid, type RigidMap, rigidMap } from "./rigid_map.ts";

/** A section laid onto another one. */
export interface Registration {
  /** Map from the moving section's frame to the fixed section's. */
  readonly map: RigidMap;
  /** Share of moving cells whose nearest fixed cell has their label, after the map, at equal spread. */
  readonly agreement: number;
}

/** An orientation with a shift, in units of the spread. */
interface Pose extends Orientation {
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
