/**
 * How long a step takes on many ranks: a model, its constants from measurements, and the tables of docs/scaling.md.
 *
 * `deno run --allow-read tests/bench/scaling_model.ts` reads tests/bench/scaling.jsonl, lines of tests/bench/scaling.ts.
 *
 * @module
 */

/** What a step consists of. */
export interface StepCost {
  /** Milliseconds of one process, on one core. */
  readonly whole: number;
  /** Milliseconds of these that every rank repeats: making the batch whose rows are shared. */
  readonly repeated: number;
  /** Parameters, 4 bytes each. */
  readonly params: number;
}

/** What carries messages. */
export interface Network {
  /** Name for tables. */
  readonly name: string;
  /** Milliseconds of a message of no length. */
  readonly latency: number;
  /** Bytes per millisecond. */
  readonly bandwidth: number;
}

/** Reductions of a step: whether to stop, whether all are well, and the gradient. */
const MEETINGS = 3;

/**
 * Milliseconds of a step: the repeated part, the rest shared, latency of trees and bandwidth of a ring (Rabenseifner 2004).
 *
 * @param cost What a step consists of.
 * @param network What carries messages.
 * @param ranks Number of ranks.
 * @returns The time.
 */
export function stepTime(
  { whole, repeated, params }: StepCost,
  { latency, bandwidth }: Network,
  ranks: number,
): number {
  const own = repeated + (whole - repeated) / ranks;
  if (ranks === 1) return own;
  return own + MEETINGS * 2 * Math.ceil(Math.log2(ranks)) * latency + 2 * (ranks - 1) / ranks * 4 * params / bandwidth;
}

/**
 * Share of the ranks' time that is worth it: time of one over ranks times their time.
 *
 * @param cost What a step consists of.
 * @param network What carries messages.
 * @param ranks Number of ranks.
 * @returns Efficiency, from 0 to 1.
 */
export function efficiency(cost: StepCost, network: Network, ranks: number): number {
  return cost.whole / (ranks * stepTime(cost, network, ranks));
}

/**
 * Most ranks whose efficiency is not below a share.
 *
 * @param cost What a step consists of.
 * @param network What carries messages.
 * @param least The share.
 * @returns The number, at most 65,536.
 */
export function knee(cost: StepCost, network: Network, least: number): number {
  let ranks = 1;
  while (ranks < 65536 && efficiency(cost, network, ranks + 1) >= least) ranks++;
  return ranks;
}

/** A line of scaling.ts for steps. */
interface StepLine {
  readonly experiment: string;
  readonly set: readonly string[];
  readonly ranks: number;
  readonly params: number;
  readonly wall: number;
  readonly cpu: number;
  readonly making: number;
  readonly summing: number;
  readonly load: number;
}

/** A line of scaling.ts for all-reduces. */
interface ReduceLine {
  readonly library: string;
  readonly lines: readonly { readonly bytes: number; readonly least: number; readonly median: number }[];
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function settingsOf({ set }: StepLine): string {
  return set.length === 0 ? "defaults" : set.map((text) => text.replace(/^plugin\.config\.|^train\./, "")).join(", ");
}

/** Least processor time of the repeats of one setting: what other programs add is not the program's. */
function quietest(lines: readonly StepLine[]): StepLine {
  return lines.reduce((best, line) => line.cpu < best.cpu ? line : best);
}

function grouped(lines: readonly StepLine[]): readonly StepLine[] {
  const keys = new Set(lines.map((line) => `${line.experiment} ${line.set} ${line.ranks}`));
  return [...keys].map((key) =>
    quietest(lines.filter((line) => `${line.experiment} ${line.set} ${line.ranks}` === key))
  );
}

if (import.meta.main) {
  const text = await Deno.readTextFile(new URL("scaling.jsonl", import.meta.url));
  const all = text.trim().split("\n").map((line) => JSON.parse(line));
  const reduces: readonly ReduceLine[] = all.filter((line) => "lines" in line);
  const steps = grouped(all.filter((line) => "experiment" in line));
  // The quickest of the shortest messages: a call, a thread and a meeting in shared memory.
  const call = Math.min(...reduces.map(({ lines }) => lines[0]!.least));
  const network = (name: string, wire: number, gigabits: number): Network => ({
    name,
    latency: call + wire,
    bandwidth: gigabits * 1e9 / 8 / 1000,
  });
  const networks = [network("10 Gbit/s, 25 µs", 0.025, 10), network("100 Gbit/s, 2 µs", 0.002, 100)];

  console.log("All-reduce between 2 ranks of one machine, ms: least and median\n");
  const sizes = reduces[0]!.lines.map(({ bytes }) => bytes);
  console.log(table(
    ["library", ...sizes.map((bytes) => bytes < 2 ** 20 ? `${bytes / 1024} KiB` : `${bytes / 2 ** 20} MiB`)],
    reduces.map(({ library, lines }) => [
      library,
      ...lines.map(({ least, median }) => `${Number(least.toPrecision(2))} (${Number(median.toPrecision(2))})`),
    ]),
  ));
  console.log("\nSteps, ms of processor time: of that the batch; the clock; load\n");
  console.log(table(
    ["experiment", "settings", "ranks", "parameters", "step", "batch", "clock", "sums", "load"],
    steps.map((line) => [
      line.experiment,
      settingsOf(line),
      `${line.ranks}`,
      `${line.params}`,
      line.cpu.toFixed(0),
      line.making.toFixed(1),
      line.wall.toFixed(0),
      line.summing.toFixed(0),
      line.load.toFixed(1),
    ]),
  ));
  const ofOne = steps.filter(({ ranks }) => ranks === 1);
  const costOf = ({ cpu, making, params, set }: StepLine): StepCost => ({
    whole: cpu,
    // Whole micro-batches are made by one rank each.
    repeated: set.some((text) => text.startsWith("train.accumulate=")) ? 0 : making,
    params,
  });
  const local: Network = { name: "this machine", latency: call, bandwidth: Infinity };
  console.log("\nTwo ranks: processor time of a step, measured and by the model\n");
  console.log(table(
    ["experiment", "settings", "measured", "model", "strong efficiency"],
    steps.filter(({ ranks }) => ranks === 2).flatMap((two) => {
      const one = ofOne.find(({ experiment, set }) => experiment === two.experiment && `${set}` === `${two.set}`);
      if (one === undefined) return [];
      const model = stepTime(costOf(one), local, 2);
      const share = one.cpu / (2 * two.cpu);
      return [[two.experiment, settingsOf(two), two.cpu.toFixed(0), model.toFixed(0), `${Math.round(100 * share)} %`]];
    }),
  ));
  console.log(
    "\nKnee: most ranks of one core with an efficiency of 85 % (50 %), by sharing rows and by whole micro-batches\n",
  );
  console.log(table(
    ["experiment", "settings", ...networks.flatMap(({ name }) => [`rows, ${name}`, `micro-batches, ${name}`])],
    ofOne.map((line) => [
      line.experiment,
      settingsOf(line),
      ...networks.flatMap((each) =>
        [costOf(line).repeated, 0].map((repeated) => {
          const cost = { ...costOf(line), repeated };
          return `${knee(cost, each, 0.85)} (${knee(cost, each, 0.5)})`;
        })
      ),
    ]),
  ));
}
