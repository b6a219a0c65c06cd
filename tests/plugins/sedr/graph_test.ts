import { type HostArray, hostArray, rng } from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { firstCells, joinGraphs, sectionGraph } from "../../../plugins/sedr/graph.ts";
import { balancedRows } from "../../../plugins/sedr/sample.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { vectors } from "./setup.ts";

const ANY = { neighbours: 2, maxDistance: 0 };

function placesOf(points: readonly (readonly number[])[]): HostArray<Float64Array> {
  return hostArray(Float64Array.from(points.flat()), [points.length, points[0]!.length]);
}

Deno.test("the weight of the graph and its links are those of the specification", () => {
  const { points, k, norm_value, label_nonzeros } = vectors.knn_graph;
  const { matrix, balance } = sectionGraph("a", placesOf(points), { neighbours: k, maxDistance: 0 });
  assertAlmostEquals(balance, norm_value, 1e-7);
  assertEquals(matrix.data.length, label_nonzeros);
});

Deno.test("sections stay apart, and pairs that are not linked are never linked", () => {
  const places = (seed: number) => hostArray(rng(seed).host.uniform(2 * 60), [60, 2]);
  const sections = [1, 2].map((seed) => sectionGraph(`${seed}`, places(seed), ANY));
  const { cells, links, negatives, balance } = joinGraphs(sections, rng(3));
  assertEquals(cells, 120);
  assertAlmostEquals(balance, (sections[0]!.balance + sections[1]!.balance) / 2, 1e-12);
  const linked = new Set(Array.from(links.row, (row, at) => `${row} ${links.column[at]}`));
  assertEquals(linked.size, links.row.length);
  links.row.forEach((row, at) => assertEquals(row < 60, links.column[at]! < 60));
  assertEquals(negatives.row.length, links.row.length);
  negatives.row.forEach((row, at) => assert(!linked.has(`${row} ${negatives.column[at]}`)));
  // Drawn evenly: the last tenth of the cells takes part as often as the first.
  const share = (from: number) => negatives.column.filter((cell) => cell >= from && cell < from + 12).length;
  assert(share(108) > 0.5 * share(0) && share(0) > 0.5 * share(108), `${share(0)} ${share(108)}`);
  const again = joinGraphs(sections, rng(3));
  assertEquals(again.negatives, negatives);
});

Deno.test("the first cells keep their links among each other", () => {
  const whole = joinGraphs([sectionGraph("a", hostArray(rng(1).host.uniform(80), [40, 2]), ANY)], rng(2));
  const part = firstCells(whole, 20);
  assertEquals(part.cells, 20);
  assert(part.links.row.every((cell) => cell < 20) && part.links.column.every((cell) => cell < 20));
  assertEquals(part.links.row.length, part.links.weight.length);
  assert(part.links.row.length > 20 && part.links.row.length < whole.links.row.length);
});

Deno.test("a cell without neighbours, too few cells and places that are nowhere are refused by section", () => {
  const line = [[0, 0], [1, 0], [2, 0], [50, 0]];
  const refuse = (points: readonly (readonly number[])[], graph: typeof ANY, message: string) =>
    assertThrows(() => sectionGraph("E9.5", placesOf(points), graph), DataError, message);
  refuse(
    line,
    { neighbours: 2, maxDistance: 5 },
    'Cannot embed section "E9.5": cannot link cell 3 with its neighbours',
  );
  refuse(line, { neighbours: 4, maxDistance: 0 }, "there are 4 cells, expected at least 5");
  refuse([[0, 0], [NaN, 0], [1, 1]], ANY, 'Cannot embed section "E9.5": ');
  refuse([[0, 0], [1, 0], [0, 1]], ANY, "its 3 cells are all neighbours of each other");
});

Deno.test("cells to train on are drawn evenly over times and by size within one", () => {
  const sizes = [{ rows: 100, time: 0 }, { rows: 300, time: 0 }, { rows: 50, time: 1 }, { rows: 1000, time: 2 }];
  const rows = balancedRows(sizes, 300, rng(1)).map((list, i) => list?.length ?? sizes[i]!.rows);
  assertEquals(rows, [31, 93, 50, 125]);
  assertEquals(balancedRows(sizes, 10_000, rng(1)), [undefined, undefined, undefined, undefined]);
  const [first] = balancedRows(sizes, 300, rng(1));
  assertEquals(new Set(first).size, first!.length);
  assertEquals([...first!], [...first!].sort((a, b) => a - b));
});
