import { type HostArray, takeRows } from "../host_array.ts";
import { energyDistance } from "../metrics/energy_distance.ts";
import { coordinateWasserstein, slicedWasserstein, unitDirections } from "../metrics/sliced_wasserstein.ts";
import { wasserstein2 } from "../metrics/wasserstein.ts";
import type { Rng } from "../rng/mod.ts";
import { rng } from "../rng/stream.ts";

/** Distances of one set of cells from real ones. */
export interface CellDistances {
  /** Mean over coordinates of each coordinate's 1-Wasserstein distance. */
  readonly w1: number;
  /** Standard deviation (ddof 0) over coordinates. */
  readonly w1Spread: number;
  /** Exact 2-Wasserstein distance. */
  readonly w2: number;
  /** Sliced 2-Wasserstein distance. */
  readonly slicedW2: number;
  /** Energy distance. */
  readonly energy: number;
}

/** Exact transport is cubic: distances are computed on at most this many cells. */
const COMPARED = 1000;

/** Random halves of the real cells that distances are averaged over. */
const DRAWS = 5;

/** Directions of the sliced distance, the same ones for every comparison. */
const DIRECTIONS = 256;

function average(all: readonly CellDistances[]): CellDistances {
  const mean = (of: (each: CellDistances) => number): number =>
    all.reduce((sum, each) => sum + of(each), 0) / all.length;
  return {
    w1: mean(({ w1 }) => w1),
    w1Spread: mean(({ w1Spread }) => w1Spread),
    w2: mean(({ w2 }) => w2),
    slicedW2: mean(({ slicedW2 }) => slicedW2),
    energy: mean(({ energy }) => energy),
  };
}

/** Name under which the other half of the real cells is compared: the noise floor. */
export const REAL_CELLS = "real cells";

/**
 * Measure how far sets of cells are from real ones.
 *
 * Each of five draws halves the real cells at random and compares with the first half; the second half is compared too, as
 * the noise floor. All cells of a set take part in the distance by coordinate, as many as the half has (1,000 at most) in
 * the others, so that sets of any size are on a par.
 *
 * @param real Real cells, `[N, G]`, at least 4.
 * @param sets Cells to compare, by name, `[M, G]`.
 * @param stream Stream of the halves and of which cells take part.
 * @returns Distances by name, `REAL_CELLS` among them, in the unit of the features.
 * @throws {RangeError} If there are fewer than 4 real cells, or a set is empty.
 */
export function stageDistances(
  real: HostArray,
  sets: Readonly<Record<string, HostArray>>,
  stream: Rng,
): Readonly<Record<string, CellDistances>> {
  const [n, width] = real.shape as [number, number];
  if (n < 4) throw new RangeError(`Cannot compare with ${n} real cells: expected at least 4`);
  const half = Math.min(Math.floor(n / 2), COMPARED);
  const directions = unitDirections(width, DIRECTIONS, rng(0).fold("directions").host);
  const found = new Map<string, CellDistances[]>();
  for (let draw = 0; draw < DRAWS; draw++) {
    const { host } = stream.fold(draw).fold("halves");
    const order = host.permutation(n);
    const truth = takeRows(real, order.subarray(0, half));
    const all = { [REAL_CELLS]: takeRows(real, order.subarray(half, 2 * half)), ...sets };
    for (const [name, x] of Object.entries(all)) {
      const size = x.shape[0]!;
      const some = takeRows(x, stream.fold(draw).fold(name).host.choice(size, half, { replace: size < half }));
      const byCoordinate = coordinateWasserstein(x, truth);
      const w1 = byCoordinate.reduce((sum, value) => sum + value, 0) / width;
      const entry = {
        w1,
        w1Spread: Math.sqrt(byCoordinate.reduce((sum, value) => sum + (value - w1) ** 2, 0) / width),
        w2: wasserstein2(some, truth),
        slicedW2: slicedWasserstein(some, truth, directions),
        energy: energyDistance(some, truth),
      };
      found.set(name, [...found.get(name) ?? [], entry]);
    }
  }
  return Object.fromEntries([...found].map(([name, list]) => [name, average(list)]));
}
