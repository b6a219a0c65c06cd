/**
 * Time steps of training on the ranks that `mpirun` started, or all-reduces between them.
 *
 * `deno run -A tests/bench/scaling.ts reduce`, or `step EXPERIMENT [--set=...] [--steps=N]`; prints one line of JSON.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import {
  adamW,
  type Batches,
  chooseBackend,
  constantSchedule,
  createTrainer,
  leaves,
  loadPrepared,
  openRanks,
  type Prepared,
  type Ranks,
  rng,
  shareWork,
  type Tensor,
} from "../../core/mod.ts";
import { microShare } from "../../core/parallel/micro_share.ts";
import { parseArguments } from "../../experiments/arguments.ts";
import { EXPERIMENTS } from "../../experiments/registry.ts";
import { resolve, type Resolved } from "../../experiments/resolve.ts";

/** Sizes of the messages, in float32 numbers: 1 KiB to 32 MiB. */
const SIZES = [256, 2048, 16384, 131072, 1048576, 8388608];

/** Micro-batches that do not count, until what is used often has been compiled well. */
const WARM_UP = 6;

/** Milliseconds on the clock and of processor time. */
interface Spent {
  wall: number;
  cpu: number;
}

function clock(): Spent {
  const { user, system } = cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
}

/** Adds up what a promise takes. */
async function timed<T>(spent: Spent, work: () => Promise<T>): Promise<T> {
  const before = clock();
  try {
    return await work();
  } finally {
    const after = clock();
    spent.wall += after.wall - before.wall;
    spent.cpu += after.cpu - before.cpu;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

async function reduce(ranks: Ranks): Promise<unknown> {
  const lines = [];
  for (const size of SIZES) {
    const values = new Float32Array(size);
    const times: number[] = [];
    const repeats = Math.max(8, Math.min(400, Math.round(4e6 / size)));
    for (let i = 0; i < repeats; i++) {
      const before = performance.now();
      await ranks.sum(values);
      times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    lines.push({ bytes: 4 * size, least: times[0], median: median(times) });
  }
  return { ranks: ranks.size, library: ranks.name, lines };
}

/** What the plugin prepares does not change the work of a step, unless the model needs it. */
async function preparedFor(
  { plugin, settings }: Resolved,
  data: Parameters<NonNullable<Resolved["plugin"]["prepare"]>>[1],
): Promise<
  Prepared
> {
  const folder = Deno.env.get("MORPHOGEN_PREPARED");
  if (folder !== undefined) return await loadPrepared({ folder }) ?? {};
  if (plugin.prepare === undefined || Deno.env.get("MORPHOGEN_UNPREPARED") !== undefined) return {};
  return await plugin.prepare(settings.plugin.config, data, rng(settings.seed).fold("prepare"), () => {});
}

async function step(ranks: Ranks, args: readonly string[]): Promise<unknown> {
  const { name, steps = 8, ...rest } = parseArguments(args);
  const resolved = await resolve(await EXPERIMENTS[name!]!(), { ...rest, steps });
  const { dataset, plugin, settings } = resolved;
  const { seed, train: { accumulate } } = settings;
  await chooseBackend(rest.backend);
  const quiet = (): void => {};
  const location = rest.data === undefined ? {} : { location: rest.data };
  const data = await dataset.load(settings.dataset.config, { ...location, seed, note: quiet, warn: quiet });
  const model = plugin.build(settings.plugin.config, data.spec, await preparedFor(resolved, data));
  const [making, summing]: readonly [Spent, Spent] = [{ wall: 0, cpu: 0 }, { wall: 0, cpu: 0 }];
  const own = await model.batches(data, rng(seed).fold("data"));
  const timedBatches: Batches<Disposable> = { at: (at) => timed(making, () => own.at(at)) };
  const shared = await shareWork(
    { trainable: model.trainable, batches: timedBatches },
    { ranks, accumulate, steps, rng: rng(seed).fold("rows") },
  );
  const timedRanks: Ranks = {
    ...ranks,
    meet: (word) => timed(summing, () => ranks.meet(word)),
    sum: (values) => timed(summing, () => ranks.sum(values)),
  };
  using trainer = createTrainer({
    ...shared,
    ranks: timedRanks,
    accumulate,
    optimizer: adamW({ schedule: constantSchedule(1e-4), weightDecay: 0 }),
    rng: rng(seed),
  });
  const warmUp = Math.ceil(WARM_UP / microShare(accumulate, ranks).count);
  for (let i = 0; i < warmUp; i++) await trainer.advance();
  const lines: Record<string, number>[] = [];
  for (let i = 0; i < steps; i++) {
    for (const spent of [making, summing]) spent.wall = spent.cpu = 0;
    await ranks.meet();
    const whole: Spent = { wall: 0, cpu: 0 };
    await timed(whole, () => trainer.advance());
    lines.push({
      wall: whole.wall,
      // Waiting keeps a processor busy as well, so it does not count.
      cpu: whole.cpu - summing.cpu,
      making: making.cpu,
      summing: summing.wall,
    });
  }
  const of = (key: string): number => median(lines.map((line) => line[key]!));
  const cpus = await ranks.meet(of("cpu"));
  return {
    experiment: name,
    set: rest.set,
    ranks: ranks.size,
    params: leaves<Tensor>(trainer.params).reduce((sum, { size }) => sum + size, 0),
    steps,
    wall: of("wall"),
    leastWall: Math.min(...lines.map(({ wall }) => wall!)),
    cpu: Math.max(...cpus),
    making: of("making"),
    summing: of("summing"),
    load: Deno.loadavg()[0],
  };
}

if (import.meta.main) {
  const ranks = openRanks();
  const [what, ...args] = Deno.args;
  const line = what === "reduce" ? await reduce(ranks) : await step(ranks, args);
  if (ranks.rank === 0) console.log(JSON.stringify(line));
  await ranks.leave();
  Deno.exit(0);
}
