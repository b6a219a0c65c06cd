import { type Data, inMemory, type RowSource, type Section } from "../../../core/data.ts";
import { type HostArray, hostArray, type NumericArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { drawnRows, joinedRows, splitTable } from "../../../plugins/cfm/mod.ts";
import { assert, assertEquals, assertNotEquals } from "../../assert.ts";

/** A source whose values say which row they are of, and that counts the chunks it is asked for. */
function chunked(rows: number, chunkRows: number, cachedRows: number, first = 0): RowSource & { asked: Set<number>[] } {
  const asked: Set<number>[] = [];
  return {
    asked,
    shape: [rows, 2],
    chunkRows,
    cachedRows,
    read: (index?: ArrayLike<number>): Promise<HostArray<NumericArray>> => {
      const wanted = Array.from(index ?? Array(rows).keys());
      asked.push(new Set(wanted.map((row) => Math.floor(row / chunkRows))));
      return Promise.resolve(
        hostArray(Int32Array.from(wanted.flatMap((row) => [first + row, -row])), [wanted.length, 2]),
      );
    },
  };
}

function section(name: string, x: RowSource, split: "train" | "test" = "train"): Section {
  const rows = x.shape[0]!;
  const labels = { kind: Int32Array.from({ length: rows }, (_, row) => row % 5 === 4 ? -1 : row % 5) };
  return { name, time: 0, split, rows, parts: { x }, labels };
}

function dataOf(sections: readonly Section[]): Data {
  return {
    spec: { name: "rows", parts: { x: { shape: [2], unit: "" } }, times: [], labels: { kind: ["a", "b", "c", "d"] } },
    sections,
    citation: { title: "", authors: "", url: "" },
    source: "",
    notes: [],
  };
}

const firsts = ({ data }: HostArray): number[] => Array.from(data).filter((_, at) => at % 2 === 0);

Deno.test("joinedRows() reads rows of several sections in the order in which they are wanted", async () => {
  const inner = hostArray(Float64Array.from({ length: 6 }, (_, at) => 1000 + at), [3, 2]);
  const sections = [section("a", chunked(5, 2, 4)), section("none", inMemory(hostArray(new Float32Array(), [0, 2])))];
  const joined = joinedRows([...sections, section("b", inMemory(inner))], "x");
  assertEquals([joined.shape, joined.chunkRows, joined.cachedRows], [[8, 2], 2, 4]);
  const { data, shape } = await joined.read([7, 0, 5, 4, 0]);
  assertEquals([shape, Array.from(data)], [[5, 2], [1004, 1005, 0, 0, 1000, 1001, 4, -4, 0, 0]]);
  assertEquals((await joined.read()).data.length, 16);
  assertEquals(joinedRows([section("b", inMemory(inner))], "x").chunkRows, undefined);
});

Deno.test("drawnRows() draws each row of a store once in an epoch, and reads many draws together", async () => {
  const source = chunked(1000, 20, 100);
  const draws = drawnRows(source, 25, rng(3));
  const seen: number[] = [];
  for (let step = 0; step < 40; step++) {
    const { index, rows } = await draws.at(step);
    assertEquals(firsts(rows), Array.from(index));
    assert(rows.data instanceof Float32Array);
    seen.push(...index);
  }
  assertEquals(new Set(seen).size, 1000);
  assertEquals(source.asked.length, 1);
  // A draw comes from all of the store: chunks are as many as 25 of 50 with repeats can be expected to give.
  assert(new Set(seen.slice(0, 25).map((row) => Math.floor(row / 20))).size > 12);
  assertNotEquals(Array.from((await draws.at(40)).index), seen.slice(0, 25));
  assertEquals(source.asked.length, 2);
});

Deno.test("drawnRows() draws from few chunks at a time where a store is too large to be read again and again", async () => {
  // 2 MiB a row: 8 rows are in memory at a time, and 16 times that is less than the store has.
  const rows = 160;
  const asked: number[][] = [];
  const source: RowSource = {
    shape: [rows, 2 ** 19],
    chunkRows: 4,
    cachedRows: 12,
    read: (index?: ArrayLike<number>): Promise<HostArray<NumericArray>> => {
      asked.push(Array.from(index!));
      return Promise.resolve(hostArray(new Float32Array(index!.length * 2 ** 19), [index!.length, 2 ** 19]));
    },
  };
  const draws = drawnRows(source, 2, rng(3));
  for (let step = 0; step < 80; step++) await draws.at(step);
  assertEquals(new Set(asked.flat()).size, rows);
  assertEquals(asked.map((index) => index.length), Array(20).fill(8));
  for (const index of asked) {
    assertEquals(index, index.toSorted((a, b) => a - b));
    // 8 rows lie in one pool of 3 chunks or in two.
    assert(new Set(index.map((row) => Math.floor(row / 4))).size <= 6, index.join());
  }
});

Deno.test("drawnRows() gives a step the same rows, whichever was asked for before", async () => {
  for (const source of [chunked(90, 10, 30), inMemory(hostArray(new Float32Array(180), [90, 2]))]) {
    const draws = drawnRows(source, 16, rng(4));
    const first = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((step) => draws.at(step)));
    const again = drawnRows(source, 16, rng(4));
    for (const step of [5, 2, 3, 0, 6]) assertEquals((await again.at(step)).index, first[step]!.index);
    assertNotEquals((await drawnRows(source, 16, rng(5)).at(0)).index, first[0]!.index);
  }
});

Deno.test("splitTable() holds rows of a store out in its order, and leaves out those without a label", async () => {
  const { train, test } = splitTable(
    dataOf([section("a", chunked(60, 4, 8)), section("b", chunked(40, 4, 8, 60))]),
    "kind",
  );
  const [kept, held] = [firsts(await train.x.read() as HostArray), firsts(await test.x.read() as HostArray)];
  assertEquals([kept.length, held.length], [64, 16]);
  assertEquals(kept, kept.toSorted((a, b) => a - b));
  assertEquals(
    [...kept, ...held].toSorted((a, b) => a - b),
    Array.from(Array(100).keys()).filter((row) => row % 5 !== 4),
  );
  assertEquals(Array.from(train.condition), kept.map((row) => row % 5));
  const split = splitTable(dataOf([section("a", chunked(60, 4, 8)), section("b", chunked(40, 4, 8, 60), "test")]), "");
  assertEquals([split.train.x.shape, split.test.x.shape], [[60, 2], [40, 2]]);
});
