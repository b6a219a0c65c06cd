import {
  eulerSampler,
  type Field,
  heunSampler,
  integrate,
  integrateAdaptive,
  type Sampler,
  type State,
  type Step,
  timeGrid,
} from "../../../core/mod.ts";
import { rng } from "../../../core/rng/stream.ts";
import { dormandPrinceSampler } from "../../../core/sampler/dormand_prince.ts";
import { expandLike, mapParts } from "../../../core/parts.ts";
import {
  clone,
  dataOf,
  dispose,
  div,
  mul,
  sigmoid,
  square,
  sub,
  type Tensor,
  tensor,
} from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { stateOf, takeValues, valuesOf } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

const SHAPES = { x: [2, 3], pos: [2, 3, 2] };
const decay: Field = (x) => mapParts(([part]) => mul(part, -1), x);
const broken: Field = () => {
  throw new Error("no field");
};

Deno.test("timeGrid() spaces times equally and hits its ends", () => {
  assertEquals(timeGrid(2), [0, 1]);
  assertEquals(timeGrid(5), [0, 0.25, 0.5, 0.75, 1]);
  assertEquals(timeGrid(3, 1, 0), [1, 0.5, 0]);
  assertEquals(timeGrid(20).at(-1), 1);
  assertEquals(timeGrid(7, 0.1, 0.9).at(-1), 0.9);
  for (const points of [1, 0, -3, 2.5, NaN]) assertThrows(() => timeGrid(points), RangeError, `${points} points`);
});

forEachBackend("integrate() tells its observer the start and every step", async () => {
  await assertNoLeak(async () => {
    const x0 = stateOf(SHAPES);
    const seen: [number, number, number][] = [];
    const { x, steps, rejected, evaluations } = await integrate({
      sampler: heunSampler(),
      field: decay,
      x0,
      rng: rng(0),
      onStep: async ({ step, t, x: now }) => {
        seen.push([step, t, (await dataOf(now["x"]!))[0]!]);
      },
    }, [0, 0.5, 0.75]);
    assertEquals([steps, rejected, evaluations], [2, 0, 4]);
    assertEquals(seen.map(([step, t]) => [step, t]), [[0, 0], [1, 0.5], [2, 0.75]]);
    assertEquals(seen.at(-1)![2], (await dataOf(x["x"]!))[0]!);
    assert(seen[0]![2] !== seen[1]![2]);
    dispose([...Object.values(x), ...Object.values(x0)]);
  });
});

forEachBackend("integrate() frees everything if the field or the observer throws", async () => {
  await assertNoLeak(async () => {
    let calls = 0;
    const late: Field = (x, t) => (++calls > 3 ? broken : decay)(x, t);
    const x0 = stateOf(SHAPES);
    const problem = { sampler: eulerSampler(), x0, rng: rng(0) };
    await assertRejects(() => integrate({ ...problem, field: broken }, timeGrid(4)), Error, "no field");
    await assertRejects(() => integrate({ ...problem, field: late }, timeGrid(6)), Error, "no field");
    for (const at of [0, 2]) {
      const onStep = ({ step }: { readonly step: number }): void => {
        if (step === at) throw new Error("enough");
      };
      await assertRejects(() => integrate({ ...problem, field: decay, onStep }, timeGrid(6)), Error, "enough");
    }
    await assertRejects(() => integrate({ ...problem, field: decay }, [0]), RangeError, "1 times");
    assert(Object.values(x0).every((part) => !part.isDisposed));
    dispose(Object.values(x0));
  });
});

/** Adams-Bashforth of order 2: keeps the last slope, and knows by the memory's shape that there is none yet. */
type Slopes = readonly [] | readonly [State];
const adamsBashforth: Sampler<State, State, Slopes> = {
  evaluations: 1,
  init: () => [],
  step(field, x, t0, t1, memory): Step<State, Slopes> {
    const t = tensor(new Float32Array(Object.values(x)[0]!.shape[0]!).fill(t0));
    const slope = field(x, t);
    const last = memory[0] ?? slope;
    return {
      x: mapParts(([now, a, b]) => now.add(mul(a!, 1.5 * (t1 - t0))).add(mul(b!, -0.5 * (t1 - t0))), x, slope, last),
      memory: [mapParts(([part]) => clone(part), slope)],
    };
  },
};

forEachBackend("integrate() carries and frees the memory of a multistep method", async () => {
  await assertNoLeak(async () => {
    const errors: number[] = [];
    for (const points of [33, 65]) {
      const x0 = stateOf(SHAPES);
      const { x } = await integrate({ sampler: adamsBashforth, field: decay, x0, rng: rng(0) }, timeGrid(points));
      const [start, end] = [await takeValues(x0), await takeValues(x)];
      errors.push(Math.abs(end["x"]![0]! / start["x"]![0]! - Math.exp(-1)));
    }
    const order = Math.log2(errors[0]! / errors[1]!);
    assert(Math.abs(order - 2) < 0.3, `observed order ${order}`);
  });
});

forEachBackend("integrate() gives every step of a stochastic method its own stream", async () => {
  const walk: Sampler = {
    evaluations: 0,
    init: () => [],
    step: (_field, x, _t0, _t1, _memory, stream) => ({
      x: mapParts(([part], name) => part.add(stream.fold(name).normal(part.shape)), x),
      memory: [],
    }),
  };
  await assertNoLeak(async () => {
    const x0 = stateOf(SHAPES);
    const path: number[] = [(await dataOf(x0["x"]!))[0]!];
    const run = async (seed: number, note: boolean): Promise<Record<string, Float32Array>> => {
      const { x } = await integrate({
        sampler: walk,
        field: decay,
        x0,
        rng: rng(seed),
        onStep: async ({ step, x: now }) => {
          if (note && step > 0) path.push((await dataOf(now["x"]!))[0]!);
        },
      }, timeGrid(5));
      return takeValues(x);
    };
    const first = await run(1, true);
    assertEquals(await run(1, false), first);
    assert((await run(2, false))["x"]![0] !== first["x"]![0]);
    const moves = path.slice(1).map((value, i) => Math.fround(value - path[i]!));
    assertEquals(new Set(moves).size, moves.length, "steps must not repeat a draw");
    dispose(Object.values(x0));
  });
});

forEachBackend("integrateAdaptive() frees everything if it cannot go on", async () => {
  await assertNoLeak(async () => {
    const x0 = stateOf(SHAPES);
    const problem = { sampler: dormandPrinceSampler(), field: decay, x0, rng: rng(0) };
    const control = { from: 0, to: 1, firstStep: 0.1, maxSteps: 100 };
    await assertRejects(
      () => integrateAdaptive({ ...problem, sampler: eulerSampler() }, control),
      TypeError,
      "no error",
    );
    await assertRejects(() => integrateAdaptive(problem, { ...control, maxSteps: 2 }), RangeError, "maxSteps");
    await assertRejects(
      () => integrateAdaptive(problem, { ...control, firstStep: 0 }),
      RangeError,
      "Cannot integrate to 1",
    );
    await assertRejects(() => integrateAdaptive({ ...problem, field: broken }, control), Error, "no field");
    const stop = (): void => {
      throw new Error("enough");
    };
    await assertRejects(() => integrateAdaptive({ ...problem, onStep: stop }, control), Error, "enough");
    // 1 / (0.5 - t) has a pole inside the range: steps shrink until the limit says so.
    const pole: Field = (x, t) => mapParts(([part]) => div(part, square(sub(0.5, expandLike(t, part)))), x);
    await assertRejects(() => integrateAdaptive({ ...problem, field: pole }, control), RangeError, "stopped at 0.");
    const nan: Field = (x) => mapParts(([part]) => mul(part, NaN), x);
    await assertRejects(() => integrateAdaptive({ ...problem, field: nan }, control), RangeError, "after 0 steps");
    dispose(Object.values(x0));
  });
});

forEachBackend("integrate() and integrateAdaptive() count the calls of the field", async () => {
  await assertNoLeak(async () => {
    let calls = 0;
    const field: Field = (x, t) => {
      calls++;
      return decay(x, t);
    };
    const x0 = stateOf(SHAPES);
    const problem = { sampler: dormandPrinceSampler(), field, x0, rng: rng(0) };
    const fixed = await integrate(problem, timeGrid(6));
    assertEquals([fixed.evaluations, calls], [1 + 6 * 5, 1 + 6 * 5]);
    calls = 0;
    // A first step that is far too large: each new attempt at it has no slope to remember.
    const chosen = await integrateAdaptive(problem, { from: 0, to: 20, firstStep: 20, maxSteps: 200 });
    assert(chosen.rejected > 0);
    assertEquals(chosen.evaluations, calls);
    dispose([x0, fixed.x, chosen.x].flatMap((state) => Object.values(state)));
  });
});

forEachBackend("integrateAdaptive() owns its result even if there is nothing to do", async () => {
  await assertNoLeak(async () => {
    const x0 = stateOf(SHAPES);
    const { x, steps } = await integrateAdaptive(
      { sampler: dormandPrinceSampler(), field: decay, x0, rng: rng(0) },
      { from: 1, to: 1, firstStep: 0.1, maxSteps: 10 },
    );
    assertEquals(steps, 0);
    assertEquals(await takeValues(x), await valuesOf(x0));
    assert(Object.values(x0).every((part) => !part.isDisposed));
    dispose(Object.values(x0));
  });
});

forEachBackend("integrateAdaptive() does not try the same last step again", async () => {
  await assertNoLeak(async () => {
    // Smooth up to 0.9, then steep: the controller arrives there with a large step and has to shorten the last one.
    const steep: Field = (x, t) =>
      mapParts(([part]) => mul(sigmoid(mul(sub(expandLike(t, part), 0.9), 1000)), -400), x);
    const tried: string[] = [];
    const inner = dormandPrinceSampler();
    const sampler: Sampler = {
      ...inner,
      step(field, x, t0, t1, memory, stream): Step<State, readonly Tensor[]> {
        tried.push(`${t0} to ${t1}`);
        return inner.step(field, x, t0, t1, memory, stream);
      },
    };
    const x0 = stateOf(SHAPES);
    const { x } = await integrateAdaptive(
      { sampler, field: steep, x0, rng: rng(0) },
      { from: 0, to: 1, firstStep: 0.5, maxSteps: 500 },
    );
    assertEquals(new Set(tried).size, tried.length, `steps tried: ${tried.slice(0, 12)}`);
    dispose([...Object.values(x), ...Object.values(x0)]);
  });
});
