import { transport } from "../../../core/coupling/transport.ts";
import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assert, assertAlmostEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

Deno.test({
  name: "transport() costs as little as POT's emd and keeps both margins",
  ignore: !hasPython("ot"),
  fn: () => {
    for (const [n, m] of [[1, 4], [4, 1], [5, 7], [6, 4], [30, 30], [41, 23]] as const) {
      for (const scale of [1, 4]) {
        const host = rng(3).fold(n).fold(m).fold(scale).host;
        const cost = Float64Array.from(host.uniform(n * m), (u) => scale === 1 ? u : Math.floor(scale * u));
        const plan = transport(cost, n, m);
        assert(plan.every((mass) => mass >= 0), "no mass is negative");
        const rows = new Float64Array(n);
        const columns = new Float64Array(m);
        plan.forEach((mass, at) => {
          rows[Math.floor(at / m)]! += mass;
          columns[at % m]! += mass;
        });
        assertClose(rows, new Float64Array(n).fill(1 / n), 1e-12);
        assertClose(columns, new Float64Array(m).fill(1 / m), 1e-12);
        const best = askPython(
          `
import ot
n, m = d["cost"].shape
out = (ot.emd(np.full(n, 1 / n), np.full(m, 1 / m), d["cost"]) * d["cost"]).sum()`,
          { cost: hostArray(cost, [n, m]) },
        ) as number;
        assertAlmostEquals(plan.reduce((sum, mass, at) => sum + mass * cost[at]!, 0), best, 1e-9);
      }
    }
  },
});

Deno.test("transport() refuses wrong sizes and infinite costs", () => {
  assertThrows(() => transport(new Float64Array(5), 2, 3), RangeError, "cost holds 5 values");
  assertThrows(() => transport(Float64Array.of(0, Infinity), 1, 2), RangeError, "cost 1 is Infinity");
});
