/**
 * Reads a store as training would, in a process of its own, and prints how much memory that took.
 *
 * @module
 */
import { openAnnData, rng, rowBatches } from "../../../core/mod.ts";

/** What was read, and resident memory in bytes. */
export interface Streamed {
  /** Memory before the store was opened. */
  readonly start: number;
  /** The most that was seen while batches were read. */
  readonly batchPeak: number;
  /** The most that was seen until all blocks were read. */
  readonly blockPeak: number;
  /** Rows that were read in batches. */
  readonly rows: number;
  /** Rows whose first value is not what `check` says. */
  readonly wrong: number;
  /** Rows that were read in blocks. */
  readonly blockRows: number;
  /** Seconds for the batches. */
  readonly seconds: number;
}

async function stream(path: string, size: number, batches: number, period: number): Promise<Streamed> {
  const start = Deno.memoryUsage().rss;
  let peak = start;
  const look = (): void => void (peak = Math.max(peak, Deno.memoryUsage().rss));
  const { X } = await openAnnData(path);
  let [rows, wrong, blockRows, step] = [0, 0, 0, 0];
  const began = performance.now();
  for await (const batch of rowBatches(X!, size, rng(0))) {
    const width = batch.rows.shape[1]!;
    // Column 0 of row i holds i modulo the period.
    batch.index.forEach((row, i) => wrong += Number(batch.rows.data[i * width] !== row % period));
    rows += size;
    look();
    if (++step === batches) break;
  }
  const seconds = (performance.now() - began) / 1000;
  const batchPeak = peak;
  for await (const block of X!.blocks()) {
    blockRows += block.rows.shape[0]!;
    look();
  }
  return { start, batchPeak, blockPeak: peak, rows, wrong, blockRows, seconds };
}

if (import.meta.main) {
  const [path, size, batches, period] = Deno.args;
  console.log(JSON.stringify(await stream(path!, Number(size), Number(batches), Number(period))));
}
