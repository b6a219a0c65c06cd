import { cpuUsage } from "node:process";
import { memory } from "../../core/mod.ts";

/** Steps that count at least; the median of fewer says little. */
const LEAST = 5;
/** Milliseconds of steps that do not count: compilation, growth of the heap. */
const WARM_UP = 500;

/** How long steps took. */
export interface Timing {
  /** Steps that were timed. */
  readonly steps: number;
  /** Median, in ms per step. */
  readonly median: number;
  /** Quarter of the steps took at most this, in ms. */
  readonly p25: number;
  /** Three quarters of the steps took at most this, in ms. */
  readonly p75: number;
  /** Processor cores that this process kept busy meanwhile; less than its threads where other programs were in the way. */
  readonly cores: number;
}

/** Processor time of this process so far, in ms. */
function processorTime(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** Value below which a share of sorted numbers lies, linear between neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at % 1);
}

async function timeOnce(step: () => Promise<void>): Promise<number> {
  const before = memory();
  const began = performance.now();
  await step();
  const took = performance.now() - began;
  const { numTensors, numDataBuffers } = memory();
  const [tensors, buffers] = [numTensors - before.numTensors, numDataBuffers - before.numDataBuffers];
  if (tensors === 0 && buffers === 0) return took;
  throw new Error(`Cannot time a step that leaves ${tensors} tensors and ${buffers} buffers behind`);
}

/**
 * Time steps after a warm-up of half a second, one step at least.
 *
 * @param step Does the work; the promise is kept when it is done.
 * @param seconds Steps are repeated until they took this long together, and five times at least.
 * @returns Median, quartiles and cores.
 * @throws {Error} If a step changes the number of live tensors.
 */
export async function timeSteps(step: () => Promise<void>, seconds: number): Promise<Timing> {
  for (let spent = 0; spent < WARM_UP;) spent += await timeOnce(step);
  const times: number[] = [];
  const [used, began] = [processorTime(), performance.now()];
  for (let spent = 0; times.length < LEAST || spent < 1000 * seconds;) {
    const took = await timeOnce(step);
    times.push(took);
    spent += took;
  }
  const cores = (processorTime() - used) / (performance.now() - began);
  times.sort((a, b) => a - b);
  return {
    steps: times.length,
    median: quantile(times, 0.5),
    p25: quantile(times, 0.25),
    p75: quantile(times, 0.75),
    cores,
  };
}
