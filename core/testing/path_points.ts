import type { Parametrization, Path, PathPoint } from "../path/mod.ts";
import type { Rng } from "../rng/mod.ts";
import { rng } from "../rng/stream.ts";
import type { State } from "../state.ts";
import { dispose, type Tensor, tensor, tidy } from "../tensor/mod.ts";
import { assert } from "./assert.ts";
import { assertClose, numbers, type Shapes, stateOf, type Values } from "./numbers.ts";

/** Shapes of a state of three parts. */
export const SHAPES: Shapes = { x: [3, 4, 3], pos: [3, 4, 2], img: [3, 2, 2, 1] };
/** Path times away from the ends, one per row. */
export const TIMES: readonly number[] = [0.125, 0.5, 0.8125];
/** Stream of paths that draw. */
export const STREAM: Rng = rng(11);

/** Rows of identical copies, so that a mean over rows is a mean over the path's noise. */
const COPIES = 4000;
const FEATURES = 3;

function copies(shift: number): State {
  const values = numbers(FEATURES, shift);
  return {
    x: tensor(Float32Array.from({ length: COPIES * FEATURES }, (_, i) => values[i % FEATURES]!), [COPIES, FEATURES]),
  };
}

/** Times as a tensor, `[B]`. */
export function times(values: ArrayLike<number>): Tensor {
  return tensor(Float32Array.from(values));
}

/** One time for all rows, `[B]`. */
export function constantTimes(rows: number, t: number): Tensor {
  return times(new Float32Array(rows).fill(t));
}

/** Entries of `a` minus those of `b`, times a factor. */
export function subtract(a: Values, b: Values, factor = 1): Values {
  return Object.fromEntries(
    Object.entries(a).map(([part, values]) => [part, values.map((value, i) => (value - b[part]![i]!) * factor)]),
  );
}

/** Fail unless the mean over rows is 0 within five standard errors. */
function assertMeanZero(difference: Values, rounding: number, what: string): void {
  const values = difference["x"]!;
  for (let j = 0; j < FEATURES; j++) {
    const column = values.filter((_, i) => i % FEATURES === j);
    const mean = column.reduce((total, value) => total + value, 0) / COPIES;
    const variance = column.reduce((total, value) => total + (value - mean) ** 2, 0) / (COPIES - 1);
    const bound = 5 * Math.sqrt(variance / COPIES) + rounding;
    assert(Math.abs(mean) <= bound, `${what}: mean over noise ${mean}, expected 0 within ${bound}`);
  }
}

/** Evaluate a path with the ends made and freed here. */
export function at(
  path: Path,
  ends: (shift: number) => State,
  t: Tensor,
  stream: Rng = STREAM,
): PathPoint & { free(): void } {
  const [x0, x1] = [ends(1), ends(2)];
  const { xt, dxt } = tidy(() => {
    const point = path.at(x0, x1, t, stream);
    return { xt: point.xt, dxt: point.dxt };
  });
  const owned = [x0, x1, xt, dxt].flatMap((state) => Object.values(state));
  return { t, x0, x1, xt, dxt, free: () => dispose([...owned, t]) };
}

/** Ends of {@linkcode SHAPES}. */
export function fixedEnds(shift: number): State {
  return stateOf(SHAPES, shift);
}

/** What each parametrization predicts if the network is right. */
export function truth(point: PathPoint, from: Parametrization): State {
  return { velocity: point.dxt, target: point.x1, noise: point.x0 }[from];
}

/**
 * Compare two states of one evaluation: entry by entry where the path promises it, else in the mean over its noise.
 *
 * @param path The path.
 * @param exact Whether the promise holds entry by entry.
 * @param time Path time.
 * @param tolerance Rounding that is allowed.
 * @param what Name of the comparison.
 * @param pick Returns the two states' values; it frees what it makes.
 */
export async function compare(
  path: Path,
  exact: boolean,
  time: number,
  tolerance: number,
  what: string,
  pick: (point: PathPoint, ends: (shift: number) => State) => Promise<readonly [Values, Values]>,
): Promise<void> {
  const ends = exact ? fixedEnds : copies;
  const rows = exact ? SHAPES["x"]![0]! : COPIES;
  const point = at(path, ends, constantTimes(rows, time));
  const [actual, expected] = await pick(point, ends);
  point.free();
  const label = `${what} at t = ${time}`;
  if (exact) assertClose(actual, expected, tolerance, label);
  else assertMeanZero(subtract(actual, expected), tolerance, label);
}

/** Free what a conversion made: converting a parametrization to itself may pass the value through. */
export function free(state: State, point: PathPoint, ...more: State[]): void {
  const borrowed = [point.x0, point.x1, point.xt, point.dxt, ...more.filter((other) => other !== state)];
  const kept = borrowed.flatMap((other) => Object.values(other));
  dispose(Object.values(state).filter((tensor) => !kept.includes(tensor)));
}
