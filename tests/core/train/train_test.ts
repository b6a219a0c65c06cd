import {
  CheckpointError,
  createTrainer,
  entries,
  fromEntries,
  type GradientTransform,
  type HostArray,
  hostArray,
  isMorphogenError,
  mapTree,
  NumericsError,
  type Params,
  rng,
  type Slots,
  type Snapshot,
  type Trainable,
  type TrainableLoss,
  type TrainerOptions,
} from "../../../core/mod.ts";
import { adamW } from "../../../core/optim/adamw.ts";
import { constantSchedule } from "../../../core/optim/schedule.ts";
import { add, dispose, mean, mul, scalar, square, sub, sum, type Tensor, tensor } from "../../../core/tensor/mod.ts";
import { tensorAt } from "../../../core/tree.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertClose, hostValues, valuesOf } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

interface Points extends Disposable {
  readonly x: Tensor;
}

/** Micro-batch `step` holds the number `step + 1` twice; counts what was made and freed. */
function pointBatches(
  poison?: number,
): { at(step: number): Promise<Points>; live(): number; readonly asked: number[] } {
  let live = 0;
  const asked: number[] = [];
  return {
    asked,
    live: () => live,
    at(step: number): Promise<Points> {
      asked.push(step);
      if (step === poison) return Promise.reject(new Error("no such batch"));
      live++;
      const x = tensor([step + 1, step + 1]);
      return Promise.resolve({
        x,
        [Symbol.dispose](): void {
          live--;
          dispose([x]);
        },
      });
    },
  };
}

/** w minimizes mean (w - x)^2; the state counts the loss evaluations and sums the means. */
function meanFit(change: (loss: Tensor, step: number, batch: Points) => Tensor = (loss) => loss): Trainable<Points> {
  return {
    init: (): Params => ({ w: scalar(0.5), unused: scalar(3) }),
    initState: (): Params => ({ calls: scalar(0), total: [scalar(0)] }),
    loss(params, batch, { step }, state): TrainableLoss {
      const error = sub(tensorAt(params, "w"), batch.x);
      const fit = change(mean(square(error)), step, batch);
      return {
        total: add(fit, mul(square(tensorAt(params, "w")), 0.25)),
        parts: { fit, shrink: mul(square(tensorAt(params, "w")), 0.25) },
        state: {
          calls: add(tensorAt(state!, "calls"), 1),
          total: [add(mul(tensorAt(state!, "total/0"), 10), mean(batch.x))],
        },
      };
    },
  };
}

/** Moves by minus the rate times the gradient and remembers the last gradient. */
function descent(rate: number): GradientTransform {
  return {
    init: (params): Slots => mapTree<Tensor, Tensor>((leaf) => mul(leaf, 0), params),
    update: (gradient) => ({
      updates: mapTree<Tensor, Tensor>((leaf) => mul(leaf, -rate), gradient),
      slots: mapTree<Tensor, Tensor>((leaf) => mul(leaf, 1), gradient),
    }),
  };
}

function options(more: Partial<TrainerOptions<Points>> = {}): TrainerOptions<Points> {
  return { trainable: meanFit(), batches: pointBatches(), optimizer: descent(0.1), rng: rng(0), ...more };
}

function numbersOf(snapshot: Snapshot): Record<string, number> {
  return Object.fromEntries(entries<HostArray>(snapshot.trees).map(([path, leaf]) => [path, leaf.data[0]!]));
}

forEachBackend("createTrainer() makes the step that it reports", async () => {
  await assertNoLeak(async () => {
    const batches = pointBatches();
    using trainer = createTrainer(options({ batches, ema: 0.9 }));
    assertEquals(trainer.step, 0);
    const first = await trainer.advance();
    // w = 0.5, x = 1: fit 0.25, shrink 0.0625, gradient 2 (0.5 - 1) + 0.5 * 0.5 = -0.75.
    assertEquals(first.step, 1);
    assertClose(
      Object.fromEntries(Object.entries(first.scalars).map(([name, value]) => [name, [value]])),
      { loss: [0.3125], fit: [0.25], shrink: [0.0625], "gradient-norm": [0.75] },
      1e-6,
      "report",
    );
    const held = numbersOf(await trainer.snapshot());
    assertAlmostEquals(held["params/w"]!, 0.575, 1e-6);
    assertAlmostEquals(held["opt/w"]!, -0.75, 1e-6);
    // The average's decay starts at 1/10.
    assertAlmostEquals(held["ema/w"]!, 0.1 * 0.5 + 0.9 * 0.575, 1e-6);
    assertEquals([held["params/unused"], held["opt/unused"]], [3, 0]);
    assertAlmostEquals(held["ema/unused"]!, 3, 1e-6);
    assertEquals([held["state/calls"], held["state/total/0"]], [1, 1]);
    assertEquals((await trainer.advance()).step, 2);
    assertEquals(batches.asked, [0, 1]);
    assertEquals(batches.live(), 0);
    assertEquals(trainer.step, 2);
  });
});

forEachBackend("createTrainer() averages micro-batches and hands the state from one to the next", async () => {
  await assertNoLeak(async () => {
    const batches = pointBatches();
    using trainer = createTrainer(options({ batches, accumulate: 3 }));
    const { scalars } = await trainer.advance();
    await trainer.advance();
    assertEquals(batches.asked, [0, 1, 2, 3, 4, 5]);
    // Mean over x = 1, 2, 3 of (0.5 - x)^2.
    assertAlmostEquals(scalars["fit"]!, (0.25 + 2.25 + 6.25) / 3, 1e-6);
    const held = numbersOf(await trainer.snapshot());
    assertEquals([held["state/calls"], held["state/total/0"]], [6, 123456]);
  });
});

forEachBackend("createTrainer() stops at a loss that is not finite and leaves everything as it was", async () => {
  for (const [value, shown] of [[NaN, "NaN"], [Infinity, "Infinity"]] as const) {
    for (const accumulate of [1, 2]) {
      await assertNoLeak(async () => {
        const trainable = meanFit((loss, step, { x }) => step === 3 ? mul(sum(mul(x, 1e-3)), value) : loss);
        const batches = pointBatches();
        using trainer = createTrainer(options({ trainable, batches, accumulate, ema: 0.5 }));
        for (let i = 0; i < 3; i++) await trainer.advance();
        const before = await trainer.snapshot();
        const error = await assertRejects(() => trainer.advance(), NumericsError, `at step 3: "fit" is ${shown}`);
        assert(isMorphogenError(error, "NumericsError"));
        assertEquals([error.step, error.part, `${error.value}`], [3, "fit", shown]);
        assertEquals(trainer.step, 3);
        const after = await trainer.snapshot();
        assertEquals(hostValues(after.trees), hostValues(before.trees));
        assertEquals(after.step, 3);
        assertEquals(batches.live(), 0);
        // Trying again meets the same batch.
        await assertRejects(() => trainer.advance(), NumericsError, "at step 3");
        assertEquals(
          batches.asked.slice(-accumulate),
          Array.from({ length: accumulate }, (_, i) => 3 * accumulate + i),
        );
      });
    }
  }
});

forEachBackend("createTrainer() stops at a gradient that is not finite", async () => {
  await assertNoLeak(async () => {
    // The root of 0 is 0, its slope is not finite.
    const trainable: Trainable<Points> = {
      init: () => ({ w: scalar(0) }),
      loss: (params) => ({ total: square(tensorAt(params, "w")).sqrt(), parts: {} }),
    };
    using trainer = createTrainer(options({ trainable }));
    const error = await assertRejects(() => trainer.advance(), NumericsError, '"gradient-norm"');
    assertEquals([error.step, error.part], [0, "gradient-norm"]);
  });
});

forEachBackend("createTrainer() leaks nothing if a loss or a batch throws", async () => {
  await assertNoLeak(async () => {
    const trainable = meanFit((loss, _step, { x }) => {
      if (x.shape[0] === 2 && batches.asked.at(-1) === 3) throw new Error("no loss");
      return loss;
    });
    const batches = pointBatches();
    using trainer = createTrainer(options({ trainable, batches, accumulate: 2 }));
    await trainer.advance();
    await assertRejects(() => trainer.advance(), Error, "no loss");
    assertEquals([trainer.step, batches.live()], [1, 0]);
    using other = createTrainer(options({ batches: pointBatches(5), accumulate: 4 }));
    await other.advance();
    await assertRejects(() => other.advance(), Error, "no such batch");
    assertEquals(other.step, 1);
  });
});

forEachBackend("snapshot() and from continue bit for bit, through a file's paths too", async () => {
  await assertNoLeak(async () => {
    const optimizer = adamW({ schedule: constantSchedule(0.05), weightDecay: 0.01 });
    const whole = createTrainer(options({ optimizer, ema: 0.9 }));
    let middle: Snapshot | undefined;
    for (let i = 0; i < 9; i++) {
      if (i === 4) middle = await whole.snapshot();
      await whole.advance();
    }
    const trees = Object.fromEntries(
      Object.entries(middle!.trees).map(([name, tree]) => [name, fromEntries(entries<HostArray>(tree))]),
    );
    const resumed = createTrainer(options({ optimizer, ema: 0.9, from: { step: middle!.step, trees } }));
    assertEquals(resumed.step, 4);
    for (let i = 0; i < 5; i++) await resumed.advance();
    const [a, b] = [await whole.snapshot(), await resumed.snapshot()];
    assertEquals([a.step, b.step], [9, 9]);
    assertEquals(hostValues(b.trees), hostValues(a.trees));
    // What was taken earlier does not change under later steps.
    assert(hostValues(middle!.trees)["params/w"]![0] !== hostValues(a.trees)["params/w"]![0]);
    whole[Symbol.dispose]();
    resumed[Symbol.dispose]();
  });
});

Deno.test("createTrainer() wants at least one whole micro-batch", () => {
  for (const accumulate of [0, -1, 1.5, NaN]) {
    assertThrows(() => createTrainer(options({ accumulate })), RangeError, `${accumulate} micro-batches`);
  }
});

forEachBackend("createTrainer() merges parts that only some micro-batches have", async () => {
  await assertNoLeak(async () => {
    let calls = 0;
    const trainable: Trainable<Points> = {
      init: () => ({ w: scalar(1) }),
      loss(params, { x }): TrainableLoss {
        const fit = mul(mean(x), tensorAt(params, "w"));
        const own = calls++ % 2 === 0 ? { first: mul(fit, 1) } : { second: mul(fit, 2) };
        return { total: fit, parts: { fit, ...own } };
      },
    };
    using trainer = createTrainer(options({ trainable, accumulate: 2 }));
    const { scalars } = await trainer.advance();
    // x = 1, then x = 2: what one of them lacks counts 0 there.
    assertEquals(Object.keys(scalars).sort(), ["first", "fit", "gradient-norm", "loss", "second"]);
    assertEquals([scalars["loss"], scalars["first"], scalars["second"]], [1.5, 0.5, 2]);
  });
});

forEachBackend("createTrainer() weighs micro-batches by what their losses were divided by", async () => {
  await assertNoLeak(async () => {
    for (const onDevice of [false, true]) {
      // Micro-batch n has n + 1 rows; the loss is a mean over rows.
      const rowsOf = (from: number, to: number): Points => {
        const x = tensor(Float32Array.from({ length: to - from }, (_, i) => Math.sin(from + i)));
        return { x, [Symbol.dispose]: () => dispose([x]) };
      };
      const trainable: Trainable<Points> = {
        init: () => ({ w: scalar(0.3) }),
        loss(params, { x }): TrainableLoss {
          const fit = mean(square(sub(tensorAt(params, "w"), x)));
          const divisor = onDevice ? sum(mul(square(x), 0).add(1)) : x.size;
          return { total: fit, parts: { fit }, divisor };
        },
      };
      const small = {
        at: (step: number) => Promise.resolve(rowsOf(step * (step + 1) / 2, (step + 1) * (step + 2) / 2)),
      };
      const large = { at: () => Promise.resolve(rowsOf(0, 6)) };
      using parts = createTrainer(options({ trainable, batches: small, accumulate: 3 }));
      using whole = createTrainer(options({ trainable, batches: large }));
      const [a, b] = [await parts.advance(), await whole.advance()];
      for (const [name, value] of Object.entries(b.scalars)) assertAlmostEquals(a.scalars[name]!, value, 1e-6);
      const [left, right] = [numbersOf(await parts.snapshot()), numbersOf(await whole.snapshot())];
      assertAlmostEquals(left["opt/w"]!, right["opt/w"]!, 1e-6);
    }
  });
});

forEachBackend("createTrainer() takes micro-batches without a real entry", async () => {
  await assertNoLeak(async () => {
    const trainable: Trainable<Points> = {
      init: () => ({ w: scalar(2) }),
      loss: (params) => ({ total: mul(tensorAt(params, "w"), 0), parts: {}, divisor: 0 }),
    };
    using trainer = createTrainer(options({ trainable, accumulate: 2 }));
    assertEquals((await trainer.advance()).scalars, { loss: 0, "gradient-norm": 0 });
  });
});

forEachBackend("createTrainer() shows the state, and keeps it where the loss returns none", async () => {
  await assertNoLeak(async () => {
    using trainer = createTrainer(options({ accumulate: 2 }));
    assertEquals(await valuesOf(trainer.state!), { calls: Float32Array.of(0), "total/0": Float32Array.of(0) });
    await trainer.advance();
    assertEquals(await valuesOf(trainer.state!), { calls: Float32Array.of(2), "total/0": Float32Array.of(12) });
    const silent = meanFit();
    const trainable: Trainable<Points> = {
      ...silent,
      loss(...given): TrainableLoss {
        const { state: _, ...rest } = silent.loss(...given);
        return rest;
      },
    };
    for (const accumulate of [1, 2]) {
      using other = createTrainer(options({ trainable, accumulate }));
      await other.advance();
      assertEquals((await valuesOf(other.state!))["calls"], Float32Array.of(0));
    }
    using none = createTrainer(options({ trainable: { init: silent.init, loss: (params) => silentLoss(params) } }));
    assertEquals(none.state, undefined);
  });
});

function silentLoss(params: Params): TrainableLoss {
  return { total: square(tensorAt(params, "w")), parts: {} };
}

forEachBackend("createTrainer() leaks nothing if the optimizer throws", async () => {
  await assertNoLeak(async () => {
    const optimizer: GradientTransform = {
      init: () => [],
      update: () => {
        throw new Error("no update");
      },
    };
    using trainer = createTrainer(options({ optimizer }));
    await assertRejects(() => trainer.advance(), Error, "no update");
    assertEquals(trainer.step, 0);
  });
});

forEachBackend("createTrainer() averages by any law", async () => {
  await assertNoLeak(async () => {
    using trainer = createTrainer(options({ ema: (step) => step === 0 ? 0 : 0.75 }));
    await trainer.advance();
    const first = numbersOf(await trainer.snapshot());
    assertAlmostEquals(first["ema/w"]!, first["params/w"]!, 1e-7);
    await trainer.advance();
    const second = numbersOf(await trainer.snapshot());
    assertAlmostEquals(second["ema/w"]!, 0.75 * first["ema/w"]! + 0.25 * second["params/w"]!, 1e-6);
    assertEquals(second["ema/unused"], 3);
  });
});

forEachBackend("createTrainer() starts afresh what a snapshot lacks", async () => {
  await assertNoLeak(async () => {
    using before = createTrainer(options({ ema: 0.9 }));
    for (let i = 0; i < 3; i++) await before.advance();
    const { trees } = await before.snapshot();
    using after = createTrainer(options({ ema: 0.9, from: { step: 0, trees: { params: trees["params"]! } } }));
    assertEquals(after.step, 0);
    const held = numbersOf(await after.snapshot());
    const w = numbersOf({ step: 0, trees })["params/w"]!;
    assertEquals([held["params/w"], held["ema/w"], held["opt/w"], held["state/calls"]], [w, w, 0, 0]);
    // An average that nobody asks for is not carried on.
    using plain = createTrainer(options({ from: { step: 3, trees } }));
    assertEquals(Object.keys((await plain.snapshot()).trees).sort(), ["opt", "params", "state"]);
    await after.advance();
    await plain.advance();
  });
});

forEachBackend("createTrainer() refuses snapshots that do not fit, naming path, shapes and the way out", async () => {
  await assertNoLeak(async () => {
    using trainer = createTrainer(options({ ema: 0.9 }));
    const { trees } = await trainer.snapshot();
    const one = hostArray(Float32Array.of(1), []);
    const two = hostArray(Float32Array.of(1, 2), [2]);
    const start = (more: Snapshot["trees"]): void => {
      createTrainer(options({ ema: 0.9, from: { step: 3, trees: { ...trees, ...more } } }))[Symbol.dispose]();
    };
    start({});
    const error = assertThrows(() => start({ params: { w: two, unused: one } }), CheckpointError);
    assertEquals(
      error.message,
      'Cannot go on from the snapshot: "params/w" has shape [2] there and has shape [] here; build model and optimizer ' +
        "with the settings it was made with, or start from its parameters alone",
    );
    assertThrows(
      () => start({ params: { w: one } }),
      CheckpointError,
      '"params/unused" is absent there and has shape []',
    );
    assertThrows(() => start({ params: { w: one, unused: one, b: two } }), CheckpointError, '"params/b" has shape [2]');
    assertThrows(() => start({ opt: { w: one } }), CheckpointError, '"opt/unused" is absent there');
    assertThrows(() => start({ ema: { w: one, unused: two } }), CheckpointError, '"ema/unused" has shape [2] there');
    assertThrows(() => start({ state: { calls: one } }), CheckpointError, '"state/total/0" is absent there');
    const { params: _, ...rest } = trees;
    assertThrows(() => createTrainer(options({ from: { step: 1, trees: rest } })), CheckpointError, 'no tree "params"');
  });
});
