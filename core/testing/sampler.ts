import { integrate, timeGrid } from "../integrate.ts";
import { expandLike, mapParts } from "../parts.ts";
import { rng } from "../rng/stream.ts";
import type { Field, Sampler } from "../sampler/mod.ts";
import type { State } from "../state.ts";
import { dispose, memory, mul, type Tensor, tidy } from "../tensor/mod.ts";
import type { Tree } from "../tree.ts";
import { assert, assertEquals } from "./assert.ts";
import { assertNoLeak, onEveryBackend, usableBackends } from "./backends.ts";
import { type Check, check, runChecks } from "./check.ts";
import {
  assertClose,
  assertFinite,
  leafList,
  type Shapes,
  shapesOf,
  stateOf,
  takeValues,
  type Values,
  valuesOf,
} from "./numbers.ts";

/** A sampler that integrates velocities, and what it promises. */
export interface SamplerCase {
  /** Name of the sampler, for messages. */
  readonly name: string;
  /** The sampler under test. */
  readonly sampler: Sampler<State, State, Tree<Tensor>>;
  /** Order of convergence. */
  readonly order: number;
  /** Steps from 0 to 1 at which the order is measured; twice as many are compared with it. */
  readonly steps: number;
  /** Field evaluations that the first step takes more than the others; default 0. */
  readonly more?: number;
}

const TREES: readonly Shapes[] = [
  { x: [3, 4] },
  { x: [3, 5, 4], pos: [3, 5, 2] },
  { x: [2, 4], pos: [2, 2], img: [2, 3, 3, 2] },
];

/** dx/dt = -x. */
const decay: Field = (x) => mapParts(([part]) => mul(part, -1), x);
/** dx/dt = -6 t x, which tells a wrong stage time; x(t) = x(0) exp(-3 t^2). */
const bell: Field = (x, t) => mapParts(([part]) => mul(part, mul(expandLike(t, part), -6)), x);

function scaled(values: Values, factor: number): Values {
  return Object.fromEntries(Object.entries(values).map(([part, list]) => [part, list.map((value) => factor * value)]));
}

/** Integrate from a fixed start and return start and end on the host. */
async function run(
  row: SamplerCase,
  field: Field,
  shapes: Shapes,
  times: readonly number[],
): Promise<{ readonly start: Values; readonly end: Values }> {
  const x0 = stateOf(shapes);
  const { x } = await integrate({ sampler: row.sampler, field, x0, rng: rng(4) }, times);
  const start = await takeValues(x0);
  return { start, end: await takeValues(x) };
}

/** Largest error relative to the largest value, over all parts. */
function largestError(actual: Values, expected: Values): number {
  let [error, scale] = [0, 0];
  for (const [part, list] of Object.entries(expected)) {
    list.forEach((value, i) => {
      error = Math.max(error, Math.abs(value - actual[part]![i]!));
      scale = Math.max(scale, Math.abs(value));
    });
  }
  return error / scale;
}

/**
 * What every velocity sampler promises: its order of convergence on two equations with known solutions, the way back, a
 * constant number of tensors, pure steps with counted field evaluations, and an error estimate of the order it declares.
 *
 * @param row The sampler and what it promises.
 * @returns The checks, for any test runner.
 */
export function samplerChecks(row: SamplerCase): readonly Check[] {
  const { name, sampler, order, steps, more = 0 } = row;
  const checks: Check[] = [];
  const add = (promise: string, run: () => Promise<void>): void => void checks.push(check(promise, run));

  add(`${name} converges with order ${order} for trees of 1, 2 and 3 parts`, async () => {
    const problems = [[decay, Math.exp(-1)], [bell, Math.exp(-3)]] as const;
    for (const [which, [field, factor]] of problems.entries()) {
      for (const shapes of TREES) {
        await assertNoLeak(async () => {
          const errors: number[] = [];
          // The decay is smooth: fewer steps keep its error above the rounding of float32.
          const count = which === 0 ? Math.max(1, Math.floor(steps / 8)) : steps;
          for (const points of [count + 1, 2 * count + 1]) {
            const { start, end } = await run(row, field, shapes, timeGrid(points));
            errors.push(largestError(end, scaled(start, factor)));
          }
          const observed = Math.log2(errors[0]! / errors[1]!);
          assert(
            observed > order - 0.35 && observed < order + 1.2,
            `problem ${which}: observed order ${observed} from errors ${errors}, expected ${order}`,
          );
        });
      }
    }
  });

  add(`${name} runs backwards`, async () => {
    await assertNoLeak(async () => {
      const points = 4 * steps + 1;
      const shapes = TREES[1]!;
      const { start, end } = await run(row, decay, shapes, timeGrid(points, 1, 0));
      assertClose(end, scaled(start, Math.E), 0.05, "growth");
      const times = timeGrid(points);
      const there = await run(row, bell, shapes, [...times, ...times.toReversed().slice(1)]);
      assertClose(there.end, there.start, 0.15, "there and back");
    });
  });

  add(`${name} leaks nothing over 100 steps and holds a constant number of tensors`, async () => {
    await assertNoLeak(async () => {
      const x0 = stateOf(TREES[2]!);
      const counts: number[] = [];
      const { x, steps: made } = await integrate({
        sampler,
        field: bell,
        x0,
        rng: rng(4),
        onStep: () => void counts.push(memory().numTensors),
      }, timeGrid(101));
      assertEquals(made, 100, "steps");
      assertEquals(new Set(counts.slice(3)).size, 1, `tensors during the run: ${counts}`);
      assertFinite(await takeValues(x), "end");
      assert(Object.values(x0).every((tensor) => !tensor.isDisposed), "the start state is freed, expected it borrowed");
      dispose(Object.values(x0));
    });
  });

  add(
    `${name} steps purely: new tensors, borrowed arguments, stable memory, counted evaluations`,
    async () => {
      await assertNoLeak(async () => {
        const start = stateOf(TREES[1]!);
        const before = await valuesOf(start);
        let calls = 0;
        const field: Field = (at, t) => {
          calls++;
          assertEquals(t.shape, [3], "a field gets one time per row");
          return bell(at, t);
        };
        let x = start;
        let held = tidy(() => sampler.init(x));
        const shapes: unknown[] = [];
        for (let step = 0; step < 3; step++) {
          calls = 0;
          const [t0, t1] = [0.2 * step, 0.2 * (step + 1)];
          const first = tidy(() => sampler.step(field, x, t0, t1, held, rng(8)));
          assertEquals(calls, sampler.evaluations + (step === 0 ? more : 0), "field calls per step");
          const again = tidy(() => sampler.step(field, x, t0, t1, held, rng(8)));
          assertEquals(await valuesOf(again.x), await valuesOf(first.x), "equal arguments give equal bits");
          assertEquals(shapesOf(first.x), shapesOf(x), "shapes after a step");
          const made = [first, again].flatMap(({ x: next, memory: kept, error }) => [
            ...Object.values<Tensor>(next),
            ...leafList(kept),
            ...(error === undefined ? [] : [error]),
          ]);
          const borrowed = [...Object.values(x), ...leafList(held)];
          assert(
            made.every((tensor) => !borrowed.includes(tensor)),
            "a step returns one of its arguments, expected new tensors",
          );
          assert(borrowed.every((tensor) => !tensor.isDisposed), "a step frees an argument, expected it borrowed");
          shapes.push(shapesOf(first.memory));
          const kept = [...Object.values<Tensor>(first.x), ...leafList(first.memory)];
          const old = [...(x === start ? [] : Object.values(x)), ...leafList(held)];
          dispose([...old, ...made.filter((tensor) => !kept.includes(tensor))]);
          x = first.x;
          held = first.memory;
        }
        assertEquals(shapes[1], shapes[2], "the memory keeps its shape");
        dispose([...Object.values(x), ...leafList(held)]);
        assertEquals(await takeValues(start), before, "start state");
      });
    },
  );

  if (sampler.order === undefined) return checks;
  add(`${name} estimates one error per row, of the order it declares`, async () => {
    await assertNoLeak(async () => {
      const x = stateOf(TREES[1]!);
      const held = tidy(() => sampler.init(x));
      const errors: Float32Array[] = [];
      for (const h of [0.5, 0.25]) {
        const step = tidy(() => sampler.step(decay, x, 0, h, held, rng(8)));
        assertEquals(step.error?.shape, [3], "shape of the error");
        const { error } = await takeValues({ error: step.error! });
        errors.push(error!);
        dispose([...Object.values<Tensor>(step.x), ...leafList(step.memory)]);
      }
      errors[0]!.forEach((coarse, i) => {
        const observed = Math.log2(coarse / errors[1]![i]!);
        assert(
          Math.abs(observed - sampler.order!) < 1,
          `row ${i}: errors ${coarse} and ${errors[1]![i]} are of order ${observed}, expected ${sampler.order}`,
        );
      });
      dispose([...Object.values(x), ...leafList(held)]);
    });
  });
  return checks;
}

/**
 * Hold a sampler to {@linkcode samplerChecks} on every backend of this machine.
 *
 * @example Usage
 * ```ts
 * import { heunSampler } from "@morphogen/morphogen";
 * import { checkSampler } from "@morphogen/morphogen/testing";
 *
 * await checkSampler({ name: "heunSampler", sampler: heunSampler(), order: 2, steps: 32 });
 * ```
 *
 * @param row The sampler and what it promises.
 * @throws {ContractError} At the first promise that is not kept.
 */
export async function checkSampler(row: SamplerCase): Promise<void> {
  await runChecks(onEveryBackend(samplerChecks(row), await usableBackends()));
}
