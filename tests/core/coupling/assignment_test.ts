import { assignment } from "../../../core/coupling/assignment.ts";
import { squaredDistances } from "../../../core/coupling/cost.ts";
import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython } from "../../vectors/arrays.ts";

const withScipy = hasPython("scipy.optimize");

function total(cost: Float64Array, columns: number, columnOf: Int32Array): number {
  return columnOf.reduce((sum, column, row) => sum + cost[row * columns + column]!, 0);
}

function randomCost(name: string, rows: number, columns: number): Float64Array {
  const host = rng(7).fold(name).fold(rows).fold(columns).host;
  if (name === "points") {
    const points = host.normal(2 * (rows + columns));
    return squaredDistances(
      hostArray(points.subarray(0, 2 * rows), [rows, 2]),
      hostArray(points.subarray(2 * rows), [columns, 2]),
    );
  }
  // Few distinct integers make many optimal assignments and many ties on the way.
  const values = host.uniform(rows * columns);
  return Float64Array.from(values, (u) => name === "ties" ? Math.floor(4 * u) : 10 * u - 5);
}

Deno.test({
  name: "assignment() costs as little as SciPy's linear_sum_assignment",
  ignore: !withScipy,
  fn: () => {
    for (const name of ["uniform", "ties", "points"]) {
      for (const [rows, columns] of [[1, 1], [1, 5], [2, 2], [7, 7], [6, 19], [40, 41], [120, 120]] as const) {
        const cost = randomCost(name, rows, columns);
        const columnOf = assignment(cost, rows, columns);
        assertEquals(new Set(columnOf).size, rows, "every row has its own column");
        const best = askPython(
          `
from scipy.optimize import linear_sum_assignment
i, j = linear_sum_assignment(d["cost"])
out = d["cost"][i, j].sum()`,
          { cost: hostArray(cost, [rows, columns]) },
        ) as number;
        assertAlmostEquals(total(cost, columns, columnOf), best, 1e-9, `${name} ${rows} x ${columns}`);
      }
    }
  },
});

Deno.test("assignment() finds the optimum of all permutations", () => {
  for (let trial = 0; trial < 30; trial++) {
    const cost = Float64Array.from(rng(trial).host.uniform(25), (u) => Math.floor(10 * u));
    let best = Infinity;
    const place = (row: number, used: number, sum: number): void => {
      if (row === 5) best = Math.min(best, sum);
      for (let j = 0; j < 5; j++) if (!(used & (1 << j))) place(row + 1, used | (1 << j), sum + cost[5 * row + j]!);
    };
    place(0, 0, 0);
    assertEquals(total(cost, 5, assignment(cost, 5, 5)), best);
  }
});

Deno.test("assignment() stays exact when costs differ by rounding only", () => {
  const cost = Float64Array.from({ length: 900 }, (_, at) => 1e8 + (at * 7919 % 900) * 1e-8);
  assertEquals(new Set(assignment(cost, 30, 30)).size, 30);
});

Deno.test("assignment() refuses tall problems, wrong sizes and infinite costs", () => {
  assertThrows(() => assignment(new Float64Array(6), 3, 2), RangeError, "transpose");
  assertThrows(() => assignment(new Float64Array(5), 2, 3), RangeError, "cost holds 5 values");
  assertThrows(() => assignment(Float64Array.of(0, NaN), 1, 2), RangeError, "cost 1 is NaN");
});
