import type { HostRng } from "../rng/mod.ts";
import type { Pairs } from "./mod.ts";

/** How {@linkcode samplePlan} draws. */
export interface SamplePlanOptions {
  /** Whether a pair may be drawn again. */
  readonly replace: boolean;
}

/**
 * Draw pairs with probability proportional to a transport plan.
 *
 * The flat row-major entry drawn for a uniform `u` is the number of entries of the normalized cumulative sum that are
 * <= u; without replacement a drawn entry is set to zero and the rest normalized again.
 *
 * @example Usage
 * ```ts
 * import { samplePlan } from "@morphogen/morphogen";
 *
 * const pairs = samplePlan(Float64Array.of(0.5, 0, 0, 0.5), 2, [0.1, 0.2], { replace: false });
 * if (pairs.target.join() !== "0,1") throw new Error(pairs.target.join());
 * ```
 *
 * @param plan Mass of each pair, row-major `[rows, columns]`, >= 0, any positive sum.
 * @param columns Number of columns.
 * @param uniforms One number in [0, 1) per draw.
 * @param options Whether a pair may be drawn again.
 * @returns The pairs in draw order.
 * @throws {RangeError} If sizes disagree or no mass is left to draw from.
 */
export function samplePlan(
  plan: Float64Array,
  columns: number,
  uniforms: ArrayLike<number>,
  options: SamplePlanOptions,
): Pairs {
  const rows = plan.length / columns;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`Cannot draw pairs: a plan of ${plan.length} entries has no rows of ${columns} columns`);
  }
  const mass = options.replace ? plan : plan.slice();
  const rowMass = new Float64Array(rows);
  for (let i = 0; i < rows; i++) rowMass[i] = sumRow(mass, i, columns);
  const source = new Int32Array(uniforms.length);
  const target = new Int32Array(uniforms.length);
  for (let draw = 0; draw < uniforms.length; draw++) {
    const total = rowMass.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) throw new RangeError(`Cannot draw ${uniforms.length} pairs: the plan is used up after ${draw}`);
    const entry = findEntry(mass, rowMass, columns, uniforms[draw]! * total);
    const row = Math.floor(entry / columns);
    source[draw] = row;
    target[draw] = entry % columns;
    if (options.replace) continue;
    mass[entry] = 0;
    rowMass[row] = sumRow(mass, row, columns);
  }
  return { source, target };
}

/**
 * Draw some of the pairs of an assignment, without replacement and in random order.
 *
 * The same distribution as {@linkcode samplePlan} on the assignment's plan, in linear time.
 *
 * @param assignment Column of each row; rows with -1 have no partner and are not drawn.
 * @param count Number of pairs, at most as many as rows with a partner.
 * @param rng Stream for this draw.
 * @returns The pairs in draw order.
 * @throws {RangeError} If there are fewer pairs than asked for.
 */
export function samplePermutation(assignment: Int32Array, count: number, rng: HostRng): Pairs {
  const matched = Int32Array.from(assignment.keys()).filter((row) => assignment[row]! >= 0);
  if (!(count >= 0 && count <= matched.length)) {
    throw new RangeError(`Cannot draw ${count} pairs without replacement: there are ${matched.length}`);
  }
  const source = rng.choice(matched.length, count).map((at) => matched[at]!);
  return { source, target: source.map((row) => assignment[row]!) };
}

function sumRow(mass: Float64Array, row: number, columns: number): number {
  let sum = 0;
  for (let at = row * columns; at < (row + 1) * columns; at++) sum += mass[at]!;
  return sum;
}

/** Flat index of the first entry whose cumulative mass exceeds `goal`; rounding past the end gives the last with mass. */
function findEntry(mass: Float64Array, rowMass: Float64Array, columns: number, goal: number): number {
  let rest = goal;
  let row = 0;
  for (let i = 0; i < rowMass.length; i++) {
    if (!(rowMass[i]! > 0)) continue;
    row = i;
    if (rest < rowMass[i]!) break;
    if (i < rowMass.length - 1) rest -= rowMass[i]!;
  }
  let entry = -1;
  for (let at = row * columns; at < (row + 1) * columns; at++) {
    if (!(mass[at]! > 0)) continue;
    entry = at;
    if (rest < mass[at]!) break;
    rest -= mass[at]!;
  }
  return entry;
}
