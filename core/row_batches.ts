import type { RowSource } from "./data.ts";
import type { HostArray, NumericArray } from "./host_array.ts";
import type { Rng } from "./rng/mod.ts";

/** Rows that are used together. */
export interface RowBatch {
  /** Which rows of the source they are. */
  readonly index: Int32Array;
  /** The rows, shape `[size, ...]`. */
  readonly rows: HostArray<NumericArray>;
}

/**
 * Order rows at random, so that those that are used together come from few chunks.
 *
 * Chunks are put in random order; as many of them as the source keeps at hand form a pool, within which rows are put in
 * random order. Each chunk is thus read once, and neighbours in the store end up far apart unless they share a pool.
 *
 * @param source What is read; without `chunkRows` the order is a plain permutation.
 * @param rng Stream for this order.
 * @returns Each row of the source once.
 */
export function pooledOrder(source: Pick<RowSource, "shape" | "chunkRows" | "cachedRows">, rng: Rng): Int32Array {
  const rows = source.shape[0]!;
  const chunkRows = source.chunkRows ?? 1;
  if (chunkRows <= 1) return rng.fold("rows").host.permutation(rows);
  const chunks = rng.fold("chunks").host.permutation(Math.ceil(rows / chunkRows));
  const pool = Math.max(1, Math.floor((source.cachedRows ?? chunkRows) / chunkRows));
  const order = new Int32Array(rows);
  let at = 0;
  for (let first = 0; first < chunks.length; first += pool) {
    const pooled = Int32Array.from(
      Array.from(chunks.subarray(first, first + pool)).flatMap((chunk) => {
        const from = chunk * chunkRows;
        return Array.from({ length: Math.min(chunkRows, rows - from) }, (_, i) => from + i);
      }),
    );
    for (const i of rng.fold("pool").fold(first).host.permutation(pooled.length)) order[at++] = pooled[i]!;
  }
  return order;
}

/**
 * Read a source in batches, for ever, with memory for a few chunks only.
 *
 * Each epoch has an order of its own, by {@linkcode pooledOrder}; what is left of it after the last whole batch is not
 * used. Batch `step` depends on the stream and its number alone, so that a run that goes on at a step sees the same ones.
 *
 * @example Usage
 * ```ts
 * import { hostArray, inMemory, rng, rowBatches } from "@morphogen/morphogen";
 *
 * const source = inMemory(hostArray(Float32Array.of(1, 2, 3, 4), [4, 1]));
 * for await (const { rows } of rowBatches(source, 2, rng(0))) {
 *   if (rows.shape.join() !== "2,1") throw new Error("unexpected shape");
 *   break;
 * }
 * ```
 *
 * @param source What is read.
 * @param size Rows of a batch.
 * @param rng Stream for the orders.
 * @param step Batch to begin with.
 * @returns The batches.
 * @throws {RangeError} If the source has fewer rows than a batch.
 */
export async function* rowBatches(source: RowSource, size: number, rng: Rng, step = 0): AsyncGenerator<RowBatch> {
  const perEpoch = Math.floor(source.shape[0]! / size);
  if (!(perEpoch >= 1 && size >= 1 && Number.isInteger(size))) {
    throw new RangeError(`Cannot make batches of ${size} rows from a source with ${source.shape[0]} rows`);
  }
  for (let epoch = Math.floor(step / perEpoch), batch = step % perEpoch;; epoch++, batch = 0) {
    const order = pooledOrder(source, rng.fold(epoch));
    for (; batch < perEpoch; batch++) {
      const index = order.slice(batch * size, (batch + 1) * size);
      yield { index, rows: await source.read(index) };
    }
  }
}
