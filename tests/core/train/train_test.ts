import {
  createTrainer,
  entries,
  fromEntries,
  type GradientTransform,
  type HostArray,
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
import { assertClose, hostValues } from "../../contract/numbers.ts";
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
