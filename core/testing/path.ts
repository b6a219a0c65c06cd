import type { Parametrization, Path } from "../path/mod.ts";
import type { State } from "../state.ts";
import { dispose, square, sum, type Tensor, tensor, tidy, valueAndGrads } from "../tensor/mod.ts";
import { assert, assertEquals, assertThrows } from "./assert.ts";
import { assertNoLeak, onEveryBackend, usableBackends } from "./backends.ts";
import { type Check, check, runChecks } from "./check.ts";
import { assertClose, assertFinite, type Shapes, stateOf, takeValues, valuesOf } from "./numbers.ts";
import {
  at,
  compare,
  constantTimes,
  fixedEnds,
  free,
  SHAPES,
  STREAM,
  subtract,
  TIMES,
  times,
  truth,
} from "./path_points.ts";

/** A path and what it promises; what it does exactly, it says itself in `exact`. */
export interface PathCase {
  /** Name of the path, for messages. */
  readonly name: string;
  /** The path under test. */
  readonly path: Path;
  /** Whether `at` draws from its stream. */
  readonly stochastic: boolean;
}

const FROM: readonly Parametrization[] = ["velocity", "target", "noise"];

/**
 * What every path promises: ends at t = 0 and 1 and a velocity equal to finite differences, as far as it declares them
 * exact (otherwise in the mean over its noise); conversions between end state, noise and velocity that agree with each
 * other, and stay finite at both ends; arguments that are passed through and left alone.
 *
 * @param row The path and what it promises.
 * @returns The checks, for any test runner.
 */
export function pathChecks(row: PathCase): readonly Check[] {
  const { name, path, stochastic } = row;
  const { exact } = path;
  const checks: Check[] = [];
  const add = (promise: string, run: () => Promise<void>): void => void checks.push(check(promise, run));

  add(`${name} starts at x0 and ends at x1 as far as it declares`, async () => {
    await assertNoLeak(async () => {
      await compare(path, exact.start, 0, 1e-6, "x0", async ({ xt, x0 }) => [await valuesOf(xt), await valuesOf(x0)]);
      await compare(path, exact.end, 1, 1e-6, "x1", async ({ xt, x1 }) => [await valuesOf(xt), await valuesOf(x1)]);
    });
  });

  add(`${name} has the derivative that it declares`, async () => {
    const step = 2 ** -6;
    await assertNoLeak(async () => {
      for (const time of TIMES) {
        await compare(path, exact.derivative, time, 2e-3, "dxt", async ({ dxt, t }, ends) => {
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
    add(`${name} turns a true ${from} into velocity and target`, async () => {
      await assertNoLeak(async () => {
        for (const time of TIMES) {
          const tolerance = 1e-5 / Math.min(time, 1 - time);
          await compare(path, !stochastic, time, tolerance, `${from} to velocity`, async (point) => {
            const velocity = tidy(() => path.toVelocity(from, truth(point, from), point.xt, point.t));
            return [await valuesOf(velocity).finally(() => free(velocity, point)), await valuesOf(point.dxt)];
          });
          await compare(path, !stochastic, time, tolerance, `${from} to target`, async (point) => {
            const target = tidy(() => path.toTarget(from, truth(point, from), point.xt, point.t));
            return [await valuesOf(target).finally(() => free(target, point)), await valuesOf(point.x1)];
          });
        }
      });
    });

    add(`${name} converts a wrong ${from} by one and the same relation`, async () => {
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

    add(`${name} stays finite at both ends for a ${from}`, async () => {
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

  add(`${name} passes its arguments through and leaves them alone`, async () => {
    await assertNoLeak(async () => {
      const [x0, x1, t] = [stateOf(SHAPES, 1), stateOf(SHAPES, 2), times(TIMES)];
      const point = tidy(() => path.at(x0, x1, t, STREAM));
      assert(point.x0 === x0 && point.x1 === x1 && point.t === t, "x0, x1 or t is a copy, expected it passed through");
      const made = [point.xt, point.dxt].flatMap((state) => Object.values(state));
      assert(
        made.every((tensor) => ![...Object.values(x0), ...Object.values(x1)].includes(tensor)),
        "xt or dxt is one of the arguments, expected new tensors",
      );
      dispose(made);
      assertClose(await takeValues(x0), await takeValues(stateOf(SHAPES, 1)), 0, "x0");
      assertClose(await takeValues(x1), await takeValues(stateOf(SHAPES, 2)), 0, "x1");
      dispose([t]);
    });
  });

  add(`${name} does not depend on the order of parts, nor on other parts`, async () => {
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
        assertEquals(await valuesOf(second[which]), expected, `${which} of parts in another order`);
        assertEquals(await valuesOf(alone[which]), { pos: expected["pos"]! }, `${which} of one part alone`);
      }
      for (const point of [first, second, alone]) point.free();
    });
  });

  add(`${name} lets a loss on the target reach the prediction`, async () => {
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
      assert(values["pos"]!.every((entry) => entry !== 0), "the target does not depend on the velocity everywhere");
      assert(values["x"]!.every((entry) => entry === 0), "a part that is not in the loss has a gradient");
      dispose([value, ...leaves]);
      point.free();
    });
  });

  add(`${name} rejects states that do not fit`, async () => {
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
        assertThrows(
          () => tidy(() => path.at(start, end, when, STREAM)),
          TypeError,
          message,
          `a state without ${message}`,
        );
      }
      dispose([...Object.values(x0), shorter.pos, t, longTimes]);
    });
  });
  return checks;
}

/**
 * Hold a path to {@linkcode pathChecks} on every backend of this machine.
 *
 * @example Usage
 * ```ts
 * import { linearPath } from "@morphogen/morphogen";
 * import { checkPath } from "@morphogen/morphogen/testing";
 *
 * await checkPath({ name: "linearPath", path: linearPath(), stochastic: false });
 * ```
 *
 * @param row The path and what it promises.
 * @throws {ContractError} At the first promise that is not kept.
 */
export async function checkPath(row: PathCase): Promise<void> {
  await runChecks(onEveryBackend(pathChecks(row), await usableBackends()));
}
