import type { Parametrization, Path, PathPoint, Rng, State } from "../../core/mod.ts";
import { rng } from "../../core/rng/stream.ts";
import { dispose, square, sum, type Tensor, tensor, tidy, valueAndGrads } from "../../core/tensor/mod.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { assertClose, assertFinite, numbers, type Shapes, stateOf, takeValues, valuesOf } from "./numbers.ts";

/** One row of the table of paths. */
export interface PathCase {
  /** Name of the path. */
  readonly name: string;
  /** The path under test. */
  readonly path: Path;
  /** Whether `at` draws from its stream. */
  readonly stochastic: boolean;
}

type Values = Record<string, Float32Array>;

const SHAPES: Shapes = { x: [3, 4, 3], pos: [3, 4, 2], img: [3, 2, 2, 1] };
const TIMES = [0.125, 0.5, 0.8125];
const STREAM = rng(11);
const FROM: readonly Parametrization[] = ["velocity", "target", "noise"];

/** Rows of identical copies, so that a mean over rows is a mean over the path's noise. */
const COPIES = 4000;
const FEATURES = 3;

function copies(shift: number): State {
  const values = numbers(FEATURES, shift);
  return {
    x: tensor(Float32Array.from({ length: COPIES * FEATURES }, (_, i) => values[i % FEATURES]!), [COPIES, FEATURES]),
  };
}

function times(values: ArrayLike<number>): Tensor {
  return tensor(Float32Array.from(values));
}

function constantTimes(rows: number, t: number): Tensor {
  return times(new Float32Array(rows).fill(t));
}

function subtract(a: Values, b: Values, factor = 1): Values {
  return Object.fromEntries(
    Object.entries(a).map(([part, values]) => [part, values.map((value, i) => (value - b[part]![i]!) * factor)]),
  );
}

function zerosLike(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([part, { length }]) => [part, new Float32Array(length)]));
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
function at(path: Path, ends: (shift: number) => State, t: Tensor, stream: Rng = STREAM): PathPoint & { free(): void } {
  const [x0, x1] = [ends(1), ends(2)];
  const { xt, dxt } = tidy(() => {
    const point = path.at(x0, x1, t, stream);
    return { xt: point.xt, dxt: point.dxt };
  });
  const owned = [x0, x1, xt, dxt].flatMap((state) => Object.values(state));
  return { t, x0, x1, xt, dxt, free: () => dispose([...owned, t]) };
}

function fixedEnds(shift: number): State {
  return stateOf(SHAPES, shift);
}

/** What each parametrization predicts if the network is right. */
function truth(point: PathPoint, from: Parametrization): State {
  return { velocity: point.dxt, target: point.x1, noise: point.x0 }[from];
}

/**
 * Compare two states of one evaluation: entry by entry where the path promises it, else in the mean over its noise.
 *
 * @param row The path.
 * @param exact Whether the promise holds entry by entry.
 * @param time Path time.
 * @param pick Returns the two states' values; it frees what it makes.
 */
async function compare(
  row: PathCase,
  exact: boolean,
  time: number,
  tolerance: number,
  what: string,
  pick: (point: PathPoint, ends: (shift: number) => State) => Promise<readonly [Values, Values]>,
): Promise<void> {
  const ends = exact ? fixedEnds : copies;
  const rows = exact ? SHAPES["x"]![0]! : COPIES;
  const point = at(row.path, ends, constantTimes(rows, time));
  const [actual, expected] = await pick(point, ends);
  point.free();
  const label = `${what} at t = ${time}`;
  if (exact) assertClose(actual, expected, tolerance, label);
  else assertMeanZero(subtract(actual, expected), tolerance, label);
}

/**
 * Register the tests that every path has to pass.
 *
 * @param row The path and what it promises.
 */
export function pathContract(row: PathCase): void {
  const { name, path, stochastic } = row;
  const { exact } = path;

  forEachBackend(`${name}() starts at x0 and ends at x1 as far as it declares`, async () => {
    await assertNoLeak(async () => {
      await compare(row, exact.start, 0, 1e-6, "x0", async ({ xt, x0 }) => [await valuesOf(xt), await valuesOf(x0)]);
      await compare(row, exact.end, 1, 1e-6, "x1", async ({ xt, x1 }) => [await valuesOf(xt), await valuesOf(x1)]);
    });
  });

  forEachBackend(`${name}() has the derivative that it declares`, async () => {
    const step = 2 ** -6;
    await assertNoLeak(async () => {
      for (const time of TIMES) {
        await compare(row, exact.derivative, time, 2e-3, "dxt", async ({ dxt, t }, ends) => {
          const [up, down] = [1, -1].map((sign) => at(path, ends, constantTimes(t.size, time + sign * step)));
          const difference = subtract(await valuesOf(up!.xt), await valuesOf(down!.xt), 0.5 / step);
          up!.free();
          down!.free();
          return [await valuesOf(dxt), difference];
        });
      }
    });
  });

  for (const from of FROM) {
    forEachBackend(`${name}() turns a true ${from} into velocity and target`, async () => {
      await assertNoLeak(async () => {
        for (const time of TIMES) {
          const tolerance = 1e-5 / Math.min(time, 1 - time);
          await compare(row, !stochastic, time, tolerance, `${from} to velocity`, async (point) => {
            const velocity = tidy(() => path.toVelocity(from, truth(point, from), point.xt, point.t));
            return [await valuesOf(velocity).finally(() => free(velocity, point)), await valuesOf(point.dxt)];
          });
          await compare(row, !stochastic, time, tolerance, `${from} to target`, async (point) => {
            const target = tidy(() => path.toTarget(from, truth(point, from), point.xt, point.t));
            return [await valuesOf(target).finally(() => free(target, point)), await valuesOf(point.x1)];
          });
        }
      });
    });

    forEachBackend(`${name}() converts a wrong ${from} by one and the same relation`, async () => {
      await assertNoLeak(async () => {
        const point = at(path, fixedEnds, times(TIMES));
        const guess = stateOf(SHAPES, 9);
        const { direct, through } = tidy(() => ({
          direct: path.toVelocity(from, guess, point.xt, point.t),
          through: path.toVelocity("target", path.toTarget(from, guess, point.xt, point.t), point.xt, point.t),
        }));
        assertClose(await valuesOf(through), await valuesOf(direct), 1e-4, from);
        free(direct, point, guess);
        free(through, point, guess);
        free(guess, point);
        point.free();
      });
    });

    forEachBackend(`${name}() stays finite at both ends for a ${from}`, async () => {
      await assertNoLeak(async () => {
        const point = at(path, fixedEnds, times([0, 1, 0.5]));
        const wrong = stateOf(SHAPES, 9);
        for (const value of [truth(point, from), wrong]) {
          const { velocity, target } = tidy(() => ({
            velocity: path.toVelocity(from, value, point.xt, point.t),
            target: path.toTarget(from, value, point.xt, point.t),
          }));
          assertFinite(await valuesOf(velocity), "velocity");
          assertFinite(await valuesOf(target), "target");
          free(velocity, point, wrong);
          free(target, point, wrong);
        }
        assertFinite(await valuesOf(point.dxt), "dxt");
        dispose(Object.values(wrong));
        point.free();
      });
    });
  }

  forEachBackend(`${name}() passes its arguments through and leaves them alone`, async () => {
    await assertNoLeak(async () => {
      const [x0, x1, t] = [stateOf(SHAPES, 1), stateOf(SHAPES, 2), times(TIMES)];
      const point = tidy(() => path.at(x0, x1, t, STREAM));
      assertStrictEquals(point.x0, x0);
      assertStrictEquals(point.x1, x1);
      assertStrictEquals(point.t, t);
      const made = [point.xt, point.dxt].flatMap((state) => Object.values(state));
      assert(made.every((tensor) => ![...Object.values(x0), ...Object.values(x1)].includes(tensor)));
      dispose(made);
      assertClose(await takeValues(x0), await takeValues(stateOf(SHAPES, 1)), 0, "x0");
      assertClose(await takeValues(x1), await takeValues(stateOf(SHAPES, 2)), 0, "x1");
      dispose([t]);
    });
  });

  forEachBackend(`${name}() does not depend on the order of parts, nor on other parts`, async () => {
    await assertNoLeak(async () => {
      const reversed: Shapes = Object.fromEntries(Object.entries(SHAPES).reverse());
      const pick = (shapes: Shapes) => (shift: number): State => {
        const all = stateOf(SHAPES, shift);
        dispose(Object.entries(all).filter(([part]) => !(part in shapes)).map(([, tensor]) => tensor));
        return Object.fromEntries(Object.keys(shapes).map((part) => [part, all[part]!]));
      };
      const first = at(path, fixedEnds, times(TIMES));
      const second = at(path, pick(reversed), times(TIMES));
      const alone = at(path, pick({ pos: SHAPES["pos"]! }), times(TIMES));
      for (const which of ["xt", "dxt"] as const) {
        const expected = await valuesOf(first[which]);
        assertEquals(await valuesOf(second[which]), Object.fromEntries(Object.entries(expected).reverse()));
        assertEquals(await valuesOf(alone[which]), { pos: expected["pos"]! });
      }
      for (const point of [first, second, alone]) point.free();
    });
  });

  forEachBackend(`${name}() lets a loss on the target reach the prediction`, async () => {
    await assertNoLeak(async () => {
      const point = at(path, fixedEnds, times(TIMES));
      const velocity = stateOf(SHAPES, 9);
      const leaves = Object.values(velocity);
      const { value, grads } = tidy(() =>
        valueAndGrads(
          () => ({ value: sum(square(path.toTarget("velocity", velocity, point.xt, point.t)["pos"]!)) }),
          leaves,
        )
      );
      const slope = Object.fromEntries(Object.keys(velocity).map((part, i) => [part, grads[i]!]));
      const values = await takeValues(slope);
      assertFinite(values, "gradient");
      assert(values["pos"]!.every((entry) => entry !== 0), "the target must depend on the velocity");
      assertClose({ x: values["x"]! }, zerosLike({ x: values["x"]! }), 0, "a part that is not in the loss");
      dispose([value, ...leaves]);
      point.free();
    });
  });

  forEachBackend(`${name}() rejects states that do not fit`, async () => {
    await assertNoLeak(() => {
      const [x0, t] = [stateOf(SHAPES, 1), times(TIMES)];
      const fewer = { x: x0["x"]! };
      const shorter = { ...x0, pos: tensor(new Float32Array(18), [3, 3, 2]) };
      const longTimes = times([0, 0.5, 0.7, 1]);
      const wrong: readonly [State, State, Tensor, string][] = [
        [x0, fewer, t, "pos"],
        [fewer, x0, t, "pos"],
        [x0, shorter, t, "[3, 3, 2]"],
        [x0, x0, longTimes, "[4]"],
      ];
      for (const [start, end, when, message] of wrong) {
        assertThrows(() => tidy(() => path.at(start, end, when, STREAM)), TypeError, message);
      }
      dispose([...Object.values(x0), shorter.pos, t, longTimes]);
    });
  });
}

/** Free what a conversion made: converting a parametrization to itself may pass the value through. */
function free(state: State, point: PathPoint, ...more: State[]): void {
  const borrowed = [point.x0, point.x1, point.xt, point.dxt, ...more.filter((other) => other !== state)];
  const kept = borrowed.flatMap((other) => Object.values(other));
  dispose(Object.values(state).filter((tensor) => !kept.includes(tensor)));
}
