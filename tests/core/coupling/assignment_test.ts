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

Deno.test({
  name:
    "assignment() reproduces SciPy's matching of 512 points, and its cost for integers, wide and degenerate problems",
  ignore: !withScipy,
  fn: () => {
    const n = 512;
    const points = randomCost("points", n, n);
    const integers = Float64Array.from(randomCost("uniform", 300, 300), (u) => Math.floor(20 * u));
    const wide = randomCost("uniform", 37, 501);
    // Equal costs within blocks, all costs equal in one column, and two equal rows.
    const degenerate = Float64Array.from(
      { length: 64 * 64 },
      (_, at) => at % 64 === 5 ? 7 : Math.abs((Math.floor(at / 128) >> 2) - (at % 64 >> 3)),
    );
    const found = askPython(
      `
from scipy.optimize import linear_sum_assignment as solve
i, j = solve(d["points"])
out = {"match": j, "cost": {k: float(d[k][solve(d[k])].sum()) for k in ("points", "integers", "wide", "degenerate")}}`,
      {
        points: hostArray(points, [n, n]),
        integers: hostArray(integers, [300, 300]),
        wide: hostArray(wide, [37, 501]),
        degenerate: hostArray(degenerate, [64, 64]),
      },
    ) as { match: number[]; cost: Record<string, number> };
    assertEquals(Array.from(assignment(points, n, n)), found.match);
    const sizes = [["points", points, n, n], ["integers", integers, 300, 300], ["wide", wide, 37, 501]] as const;
    for (const [name, cost, rows, columns] of [...sizes, ["degenerate", degenerate, 64, 64] as const]) {
      const columnOf = assignment(cost, rows, columns);
      assertEquals(new Set(columnOf).size, rows, name);
      assertAlmostEquals(total(cost, columns, columnOf), found.cost[name]!, 1e-9, name);
    }
  },
});

Deno.test("assignment() takes equal, negative and huge costs, as long as their differences cannot overflow", () => {
  for (const value of [0, -3, 1e300]) {
    const columnOf = assignment(new Float64Array(81).fill(value), 9, 9);
    assertEquals(new Set(columnOf).size, 9);
  }
  const far = Float64Array.from({ length: 16 }, (_, at) => at % 5 === 0 ? -1e200 : 1e200);
  assertEquals(Array.from(assignment(far, 4, 4)), [0, 1, 2, 3]);
  assertEquals(assignment(new Float64Array(0), 0, 3).length, 0);
  assertThrows(() => assignment(new Float64Array(9).fill(-1e305), 3, 3), RangeError, "cost 0 is -1e+305");
});

Deno.test("assignment() does not remember the problem before", () => {
  const small = randomCost("uniform", 3, 5);
  const before = assignment(small, 3, 5);
  assignment(randomCost("ties", 90, 101), 90, 101);
  assignment(new Float64Array(49).fill(1e300), 7, 7);
  assertEquals(assignment(small, 3, 5), before);
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
