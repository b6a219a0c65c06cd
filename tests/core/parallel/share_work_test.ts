import {
  adamW,
  type Batch,
  type Batches,
  ConfigError,
  constantSchedule,
  createTrainer,
  dropout,
  elementMean,
  entries,
  firstRows,
  type HostArray,
  type Loss,
  ownBatch,
  type Params,
  RankError,
  type Ranks,
  type Rng,
  rng,
  rowCount,
  shareWork,
  squared,
  type State,
  type Trainable,
} from "../../../core/mod.ts";
import { linearParams } from "../../../core/backbone/layers.ts";
import { add, gatherRows, intTensor, linear, mean, relu, square, sub, type Tensor } from "../../../core/tensor/mod.ts";
import { tensorAt } from "../../../core/tree.ts";
import { assert, assertEquals, assertLess, assertRejects } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { onLocalRanks } from "./local_ranks.ts";

const [WIDTH, HIDDEN, STEPS] = [5, 16, 50];

type Term = (prediction: Tensor, rng: Rng) => Tensor;

/** A masked regression with dropout, and a further term. */
function regressionOf(term?: Term): Trainable<Batch> {
  return {
    init: (stream): Params => ({
      in: linearParams(stream.fold("in"), WIDTH, HIDDEN),
      out: linearParams(stream.fold("out"), HIDDEN, WIDTH),
    }),
    rows: { count: ({ target }: Batch): number => rowCount(target), first: firstRows<State, Batch["cond"]> },
    loss(params, { target, cond, mask, weight }, { rng }): Loss {
      const apply = (name: string, x: Tensor): Tensor =>
        linear(x, tensorAt(params, `${name}/weight`), tensorAt(params, `${name}/bias`));
      const hidden = dropout(relu(apply("in", cond["y"]!)), 0.3, { train: true, rng: rng.fold("hidden") });
      const prediction = apply("out", hidden);
      const { value, divisor } = elementMean(squared(sub(prediction, target["x"]!)), mask?.["x"], weight);
      const total = term === undefined ? value : add(value, term(prediction, rng.fold("term")));
      return { total, parts: { fit: value }, divisor };
    },
  };
}

/** Batches of random rows of which some are masked. */
function randomBatches(rows: number, grouped = false): Batches<Batch> {
  return {
    at(step: number): Promise<Batch> {
      const stream = rng(11).fold(step);
      return Promise.resolve(ownBatch({
        target: { x: stream.fold("x").normal([rows, WIDTH]) },
        cond: { y: stream.fold("y").normal([rows, WIDTH]) },
        mask: { x: stream.fold("mask").bernoulli([rows], 0.7) },
        weight: stream.fold("weight").uniform([rows]),
        ...(grouped ? { group: intTensor(new Int32Array(rows)) } : {}),
      }));
    },
  };
}

interface Setting {
  readonly trainable?: Trainable<Batch>;
  readonly batches: Batches<Batch>;
  readonly accumulate: number;
}

async function train(
  ranks: Ranks,
  { trainable = regressionOf(), batches, accumulate }: Setting,
  steps = STEPS,
): Promise<
  { readonly params: ReadonlyMap<string, HostArray>; readonly losses: readonly number[] }
> {
  const shared = await shareWork({ trainable, batches }, { ranks, accumulate, steps, rng: rng(1).fold("rows") });
  using trainer = createTrainer({
    ...shared,
    ranks,
    accumulate,
    optimizer: adamW({ schedule: constantSchedule(1e-2), weightDecay: 1e-3 }),
    rng: rng(1),
    ema: 0.9,
  });
  const losses: number[] = [];
  while (trainer.step < steps) losses.push((await trainer.advance()).scalars["loss"]!);
  const { trees } = await trainer.snapshot();
  await ranks.leave();
  return { params: new Map(entries<HostArray>(trees["params"]!)), losses };
}

function furthest(a: ReadonlyMap<string, HostArray>, b: ReadonlyMap<string, HostArray>): number {
  return Math.max(
    ...[...a].flatMap(([path, { data }]) => Array.from(data, (x, i) => Math.abs(x - b.get(path)!.data[i]!))),
  );
}

const SHARES: Readonly<Record<string, Setting>> = {
  "rows, evenly": { batches: randomBatches(8), accumulate: 1 },
  "rows, unevenly": { batches: randomBatches(11), accumulate: 1 },
  "rows of several micro-batches": { batches: randomBatches(9), accumulate: 3 },
  "micro-batches": { batches: randomBatches(6), accumulate: 4 },
};

for (const [name, setting] of Object.entries(SHARES)) {
  forEachBackend(
    `1, 2 and 4 ranks reach the same parameters within 1e-5 in 50 steps by ${name}`,
    () =>
      assertNoLeak(async () => {
        const [[one], two, four] = [
          await onLocalRanks(1, (ranks) => train(ranks, setting)),
          await onLocalRanks(2, (ranks) => train(ranks, setting)),
          await onLocalRanks(4, (ranks) => train(ranks, setting)),
        ];
        for (const many of [two, four]) {
          assertEquals(many.map(({ params }) => furthest(params, many[0]!.params)), many.map(() => 0));
          assertLess(furthest(one!.params, many[0]!.params), 1e-5);
          for (const [step, loss] of one!.losses.entries()) assertLess(Math.abs(loss - many[0]!.losses[step]!), 1e-5);
        }
      }),
  );
}

const CONTRAST: Readonly<Record<string, Term>> = {
  "looks at the mean of the batch": (prediction) => mean(square(sub(prediction, mean(prediction, 0)))),
  "compares with other rows": (prediction, stream) => {
    const order = intTensor(stream.host.permutation(prediction.shape[0]!));
    return mean(square(sub(prediction, gatherRows(prediction, order))));
  },
  "draws one number for all rows": (prediction, stream) => mean(square(sub(prediction, stream.normal([1, WIDTH])))),
};

for (const [name, term] of Object.entries(CONTRAST)) {
  const setting = { trainable: regressionOf(term), batches: randomBatches(8), accumulate: 1 };
  Deno.test(`shareWork() refuses to share the rows of a loss that ${name}, and shares its micro-batches`, async () => {
    const errors = await onLocalRanks(2, (ranks) => assertRejects(() => train(ranks, setting, 1), ConfigError));
    for (const { message } of errors) {
      assert(message.startsWith("Cannot share the rows of a batch among ranks: "), message);
      assert(
        message.endsWith(
          "set train.accumulate to a multiple of the number of ranks, so that each rank takes whole batches",
        ),
      );
    }
    const whole = { ...setting, accumulate: 2 };
    const [one] = await onLocalRanks(1, (ranks) => train(ranks, whole));
    const [two] = await onLocalRanks(2, (ranks) => train(ranks, whole));
    assertLess(furthest(one!.params, two!.params), 1e-5);
  });
}

Deno.test("shareWork() refuses rows of groups, rows that are cut in another way, and state", async () => {
  const refused = async (setting: Setting, sentence: string): Promise<void> => {
    const errors = await onLocalRanks(2, (ranks) => assertRejects(() => train(ranks, setting), ConfigError));
    for (const { message } of errors) assert(message.includes(sentence), message);
  };
  const plain = { batches: randomBatches(8), accumulate: 1 };
  await refused({ ...plain, batches: randomBatches(8, true) }, "rows belong to groups");
  const { rows: _, ...uncut } = regressionOf();
  await refused({ ...plain, trainable: uncut }, "do not stand for themselves; set train.accumulate to a multiple of 2");
  const stateful = { ...regressionOf(), initState: (): Params => [] };
  await refused({ ...plain, accumulate: 2, trainable: stateful }, "carries statistics from batch to batch");
});

Deno.test("a rank that fails in the middle of a step ends the others' step, and nothing leaks", () =>
  assertNoLeak(async () => {
    const errors = await onLocalRanks(2, async (ranks) => {
      const good = randomBatches(8);
      const batches: Batches<Batch> = {
        at: (step) => step === 3 && ranks.rank === 1 ? Promise.reject(new Error("no such batch")) : good.at(step),
      };
      using trainer = createTrainer({
        trainable: regressionOf(),
        batches,
        ranks,
        optimizer: adamW({ schedule: constantSchedule(1e-2), weightDecay: 0 }),
        rng: rng(1),
      });
      for (;;) {
        try {
          await trainer.advance();
        } catch (error) {
          assertEquals(trainer.step, 3);
          if (!(error instanceof RankError)) await ranks.fail((error as Error).message);
          return error;
        }
      }
    });
    assertEquals(errors.map((error) => (error as Error).message), [
      "Rank 1 of 2 has ended the job: no such batch",
      "no such batch",
    ]);
  }));
