import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";

/** A map that keeps distances: turn or mirror, then shift. */
export interface RigidMap {
  /** Orthogonal matrix `[2, 2]` in row-major order; it acts on column vectors. */
  readonly rotation: readonly [number, number, number, number];
  /** Shift after the turn, `[2]`, in units of the target. */
  readonly translation: readonly [number, number];
  /** Whether the map mirrors (determinant -1). */
  readonly reflected: boolean;
}

/**
 * Matrix of a turn, after a mirror of x if asked for.
 *
 * @param angle Counter-clockwise turn in radians.
 * @param reflected Whether to mirror first.
 * @returns Orthogonal matrix `[2, 2]` in row-major order.
 */
export function rotationOf(angle: number, reflected: boolean): RigidMap["rotation"] {
  const [cos, sin, mirror] = [Math.cos(angle), Math.sin(angle), reflected ? -1 : 1];
  return [mirror * cos, -sin, mirror * sin, cos];
}

/**
 * Refuse points that do not lie in a plane.
 *
 * @param points The points.
 * @param name What they are called in the message.
 * @throws {TypeError} If the shape is not `[N, 2]`.
 */
export function checkPlanar(points: HostArray<NumericArray>, name: string): void {
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
