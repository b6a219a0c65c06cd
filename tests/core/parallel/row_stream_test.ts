import { type Rng, rng } from "../../../core/mod.ts";
import { rowStream } from "../../../core/parallel/row_stream.ts";
import { rowsOfRank } from "../../../core/parallel/share_rows.ts";
import { concat, dataOf, dispose, type Tensor, tidy } from "../../../core/tensor/mod.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { forEachBackend } from "../backends.ts";

const ROWS = 7;

const DRAWS: Readonly<Record<string, (stream: Rng, rows: number) => Tensor>> = {
  normal: (stream, rows) => stream.fold("a").normal([rows, 3]),
  uniform: (stream, rows) => stream.uniform([rows]),
  bernoulli: (stream, rows) => stream.fold(2).bernoulli([rows, 2, 5], 0.7, 1 / 0.7),
  gamma: (stream, rows) => stream.gamma([rows, 2], 0.5, 2),
  poisson: (stream, rows) => stream.poisson([rows], 3),
};

for (const [name, draw] of Object.entries(DRAWS)) {
  forEachBackend(`rowStream() draws for each row what ${name} draws in the whole batch`, async () => {
    const whole = tidy(() => draw(rng(3), ROWS));
    const parts = tidy(() => {
      const windows = [0, 1, 2].map((rank) => rowsOfRank(ROWS, { rank, size: 3 }));
      return concat(windows.map((window) => draw(rowStream(rng(3), window), window.rows)), 0);
    });
    assertEquals(await dataOf(parts), await dataOf(whole));
    dispose([whole, parts]);
  });
}

Deno.test("rowStream() cuts draws of the host by rows", () => {
  const stream = rowStream(rng(5), { first: 2, rows: 3, of: 7 });
  assertEquals(stream.host.normal(6), rng(5).host.normal(14).slice(4, 10));
  assertEquals(stream.host.uniform(3), rng(5).host.uniform(7).slice(2, 5));
  assertEquals(stream.host.gamma(3, 2, 1), rng(5).host.gamma(7, 2, 1).slice(2, 5));
  assertEquals(stream.host.poisson(3, 4), rng(5).host.poisson(7, 4).slice(2, 5));
});

Deno.test("rowStream() refuses draws that belong to no row", () => {
  const stream = rowStream(rng(5), { first: 2, rows: 3, of: 7 });
  const expected = "expected draws that each belong to one row";
  assertThrows(
    () => stream.normal([4, 3]),
    TypeError,
    `Cannot draw shape [4, 3] for some rows of a batch: ${expected}`,
  );
  assertThrows(() => stream.uniform([]), TypeError, expected);
  assertThrows(() => stream.host.normal(4), TypeError, "Cannot draw 4 values");
  assertThrows(() => stream.host.permutation(3), TypeError, "Cannot draw a permutation");
  assertThrows(() => stream.host.choice(9, 3), TypeError, "Cannot draw a choice");
  assertThrows(() => stream.gamma([3], [1, 1, 1], 1), TypeError, expected);
});

Deno.test("rowsOfRank() deals out every row once, as evenly as they go", () => {
  for (const [of, size] of [[7, 3], [8, 4], [4, 4], [129, 16]] as const) {
    const windows = Array.from({ length: size }, (_, rank) => rowsOfRank(of, { rank, size }));
    assertEquals(windows.reduce((next, { first, rows }) => (assertEquals(first, next), next + rows), 0), of);
    const counts = windows.map(({ rows }) => rows);
    assertEquals(Math.max(...counts) - Math.min(...counts) <= 1, true);
  }
});
