import { DataError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { HostRng } from "../rng/mod.ts";
import { nearest } from "./knn.ts";
import { requireFinite, toMatrix } from "./matrix.ts";

/** Which cells the niches of some centres reach. */
export interface Coverage {
  /** Number of cells in at least one niche. */
  readonly covered: number;
  /** Cells in no niche, in order. */
  readonly missed: Int32Array;
}

/**
 * Positions of the evaluation grid: rows of height `dy` over the section, in each row steps of `dx` over its cells.
 *
 * Row `r` holds the cells with y from min(y) + r dy to one dy above, both included; its positions lie at half height and
 * start at the leftmost cell. Rows and positions end before max(y) and the rightmost cell; rows without cells are skipped.
 *
 * @param points Cell coordinates, shape `[N, 2]`.
 * @param dx Step along x, in the unit of the coordinates.
 * @param dy Row height, in the unit of the coordinates.
 * @returns Positions, `[P, 2]`, row by row.
 * @throws {RangeError} If a step is not positive.
 * @throws {TypeError} If the points are not two-dimensional.
 * @throws {DataError} If a coordinate is not finite.
 */
export function gridPositions(points: HostArray<NumericArray>, dx: number, dy: number): HostArray<Float64Array> {
  if (!(dx > 0 && dy > 0)) throw new RangeError(`Cannot lay a grid with steps ${dx} and ${dy}: expected numbers > 0`);
  const matrix = toMatrix(points);
  if (matrix.columns !== 2) {
    throw new TypeError(`Cannot lay a grid over ${matrix.columns} coordinates: expected 2, or use farthestPoints`);
  }
  requireFinite(matrix, "lay a grid");
  const { data, rows } = matrix;
  let bottom = Infinity;
  let top = -Infinity;
  for (let i = 0; i < rows; i++) {
    bottom = Math.min(bottom, data[2 * i + 1]!);
    top = Math.max(top, data[2 * i + 1]!);
  }
  const positions: number[] = [];
  for (const y0 of range(bottom, top, dy)) {
    let left = Infinity;
    let right = -Infinity;
    for (let i = 0; i < rows; i++) {
      const y = data[2 * i + 1]!;
      if (y < y0 || y > y0 + dy) continue;
      left = Math.min(left, data[2 * i]!);
      right = Math.max(right, data[2 * i]!);
    }
    for (const x of range(left, right, dx)) positions.push(x, y0 + dy / 2);
  }
  return hostArray(Float64Array.from(positions), [positions.length / 2, 2]);
}

/**
 * Cells that serve as centres of evaluation niches: the nearest cell of each grid position, each once.
 *
 * @example Usage
 * ```ts
 * import { gridCentres, hostArray } from "@morphogen/morphogen";
 *
 * const square = hostArray(Float32Array.of(0, 0, 1, 0, 0, 1, 1, 1), [4, 2]);
 * const centres = gridCentres(square, 1, 0.9);
 * if (centres.join() !== "0,2") throw new Error(centres.join());
 * ```
 *
 * @param points Cell coordinates, shape `[N, 2]`.
 * @param dx Step along x, in the unit of the coordinates.
 * @param dy Row height, in the unit of the coordinates.
 * @returns Cells in increasing order.
 * @throws {RangeError} If a step is not positive.
 * @throws {TypeError} If the points are not two-dimensional.
 * @throws {DataError} If a coordinate is not finite or the section is too thin to hold a position.
 */
export function gridCentres(points: HostArray<NumericArray>, dx: number, dy: number): Int32Array {
  const positions = gridPositions(points, dx, dy);
  if (positions.shape[0] === 0) {
    throw new DataError(`Cannot choose grid centres: ${points.shape[0]} cells span no row of height ${dy}`);
  }
  return Int32Array.from(new Set(nearest(points, positions).index)).sort();
}

/**
 * Add random further cells to a set of centres, so that all sections have as many.
 *
 * @param centres Distinct cells.
 * @param total Centres wanted; fewer than there are leaves them as they are.
 * @param cells Number of cells of the section.
 * @param rng Stream for this draw.
 * @returns The centres, then the added cells in draw order.
 * @throws {DataError} If the section has fewer than `total` cells.
 */
export function fillCentres(centres: Int32Array, total: number, cells: number, rng: HostRng): Int32Array {
  if (total > cells) throw new DataError(`Cannot choose ${total} centres: the section has ${cells} cells`);
  const chosen = new Set(centres);
  const free = Int32Array.from({ length: cells }, (_, cell) => cell).filter((cell) => !chosen.has(cell));
  if (total <= centres.length) return centres.slice();
  const filled = new Int32Array(total);
  filled.set(centres);
  filled.set(rng.choice(free.length, total - centres.length).map((at) => free[at]!), centres.length);
  return filled;
}

/**
 * Tell which cells the niches of some centres reach.
 *
 * @param centres Cells that are centres.
 * @param members Niche of every cell, row-major `[N, size]`.
 * @param size Cells per niche.
 * @returns How many cells are covered, and which are missed.
 */
export function coverage(centres: Int32Array, members: Int32Array, size: number): Coverage {
  const seen = new Uint8Array(members.length / size);
  for (const centre of centres) {
    for (let at = centre * size; at < (centre + 1) * size; at++) seen[members[at]!] = 1;
  }
  const missed = Int32Array.from(seen.keys()).filter((cell) => seen[cell] === 0);
  return { covered: seen.length - missed.length, missed };
}

/** start, start + step, ... below stop; each value from one multiplication, so that errors do not add up. */
function range(start: number, stop: number, step: number): number[] {
  const length = stop > start ? Math.ceil((stop - start) / step) : 0;
  return Array.from({ length }, (_, i) => start + i * step);
}
