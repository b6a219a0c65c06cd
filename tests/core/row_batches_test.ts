import { inMemory, type RowSource, selectRows } from "../../core/data.ts";
import { hostArray } from "../../core/host_array.ts";
import { rng } from "../../core/rng/stream.ts";
import { pooledOrder, rowBatches } from "../../core/row_batches.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";

function counted(rows: number, chunkRows: number, cachedRows: number): RowSource {
  const source = inMemory(hostArray(Int32Array.from({ length: rows }, (_, i) => i), [rows, 1]));
  return { ...source, chunkRows, cachedRows };
}

Deno.test("pooledOrder() has each row once, in pools of chunks, in another order for another stream", () => {
  const [rows, chunk, cached] = [1000, 10, 47];
  const order = pooledOrder(counted(rows, chunk, cached), rng(1));
  for (let from = 0; from < rows; from += 40) {
    assertEquals(new Set([...order.subarray(from, from + 40)].map((row) => Math.floor(row / chunk))).size, 4);
  }
  for (const all of [order, pooledOrder(counted(1003, chunk, cached), rng(1)), pooledOrder(counted(9, 1, 1), rng(1))]) {
    assertEquals([...all].sort((a, b) => a - b), Array.from({ length: all.length }, (_, i) => i));
  }
  assert(order.some((row, i) => i > 0 && row < order[i - 1]!));
  assertEquals(pooledOrder(counted(rows, chunk, cached), rng(1)), order);
  assert(pooledOrder(counted(rows, chunk, cached), rng(2)).some((row, i) => row !== order[i]));
});

Deno.test("rowBatches() gives the rows it names, new orders in each epoch, and goes on at any step", async () => {
  const source = counted(25, 4, 8);
  const seen: number[][] = [];
  for await (const { index, rows } of rowBatches(source, 4, rng(3))) {
    assertEquals([...rows.data], [...index]);
    assertEquals(rows.shape, [4, 1]);
    seen.push([...index]);
    if (seen.length === 13) break;
  }
  for (const epoch of [seen.slice(0, 6), seen.slice(6, 12)]) assertEquals(new Set(epoch.flat()).size, 24);
  assert(seen.slice(0, 6).join() !== seen.slice(6, 12).join());
  for (const step of [0, 5, 6, 12]) {
    const { value } = await rowBatches(source, 4, rng(3), step).next();
    assertEquals([...value!.index], seen[step]!);
  }
  for (const size of [26, 0, 1.5]) {
    await assertRejects(() => rowBatches(source, size, rng(3)).next(), RangeError, `batches of ${size} rows`);
  }
});

Deno.test("selectRows() is a view of rows of a source", async () => {
  const source = inMemory(hostArray(Float32Array.of(0, 1, 2, 3, 4, 5), [3, 2]));
  const view = selectRows(source, Int32Array.of(2, 0));
  assertEquals(view.shape, [2, 2]);
  assertEquals((await view.read()).data, Float32Array.of(4, 5, 0, 1));
  assertEquals((await view.read([1, 0, 1])).data, Float32Array.of(0, 1, 4, 5, 0, 1));
  assertThrows(() => selectRows(source, Int32Array.of(3)), RangeError, "row 3 of a source with 3 rows");
  await assertRejects(() => Promise.try(() => view.read([2])), RangeError, "row 2 of a source with 2 rows");
});
