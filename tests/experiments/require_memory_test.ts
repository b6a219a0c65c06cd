import {
  type Batch,
  chooseBackend,
  createTrainer,
  firstRows,
  mean,
  mul,
  ones,
  ownBatch,
  rng,
  tensorAt,
  type Trainable,
  zeros,
} from "../../core/mod.ts";
import { constantSchedule } from "../../core/optim/schedule.ts";
import { adamW } from "../../core/optim/adamw.ts";
import { requireMemory } from "../../experiments/require_memory.ts";
import { assertRejects } from "../assert.ts";

/** Floats of one row while the loss is evaluated: 4 MiB. */
const WIDTH = 2 ** 20;

const wide: Trainable<Batch> = {
  init: () => ({ scale: ones([]) }),
  rows: { count: ({ target }) => target["x"]!.shape[0]!, first: firstRows },
  loss: (params, { target }) => ({
    total: mean(mul(zeros([target["x"]!.shape[0]!, WIDTH]), tensorAt(params, "scale"))),
    parts: {},
  }),
};

function batches(rows: number): { at(): Promise<Batch> } {
  return { at: () => Promise.resolve(ownBatch({ target: { x: zeros([rows, 1]) }, cond: {} })) };
}

Deno.test("a step that the heap cannot hold is refused before it is tried, with how many rows would fit", async () => {
  await chooseBackend("wasm");
  const at = (rows: number) => ({
    trainable: wide,
    batches: batches(rows),
    optimizer: adamW({ schedule: constantSchedule(1e-3), weightDecay: 0 }),
    rng: rng(1),
  });
  using trainer = createTrainer(at(64));
  await requireMemory(wide, trainer, batches(64), rng(2));
  await assertRejects(
    () => requireMemory(wide, trainer, batches(640), rng(2)),
    Error,
    "Cannot train on batches of 640 rows: a step needs about",
  );
});
