import { formatSummary, spreadOf, summarize } from "../../experiments/summary.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";

Deno.test({
  name: "spreadOf() equals Python's statistics",
  ignore: !hasPython("statistics"),
  fn(): void {
    const values = [1e8 + 0.25, 1e8 + 0.5, 1e8 + 1, 1e8 - 3];
    const program =
      "import sys, json, statistics as s; v = json.loads(sys.argv[1]); print(json.dumps([s.mean(v), s.stdev(v)]))";
    const [mean, sd] = runPython(program, [JSON.stringify(values)]) as number[];
    const spread = spreadOf(values);
    assertAlmostEquals(spread.mean, mean!, 1e-6);
    assertAlmostEquals(spread.sd!, sd!, 1e-9);
    assertEquals(spreadOf([3]), { mean: 3, n: 1 });
  },
});

Deno.test("summarize() groups by values and leaves out what is not finite", () => {
  const rows = summarize([
    { values: { lr: "1" }, metrics: { a: 1, b: null } },
    { values: { lr: "2" } },
    { values: { lr: "1" }, metrics: { a: 3, b: 2 } },
  ]);
  assertEquals(rows, [
    { values: { lr: "1" }, runs: 2, metrics: { a: { mean: 2, sd: Math.SQRT2, n: 2 }, b: { mean: 2, n: 1 } } },
    { values: { lr: "2" }, runs: 0, metrics: {} },
  ]);
  assertEquals(
    formatSummary(rows),
    [
      "lr  runs          a  b",
      "──  ────  ─────────  ─────",
      " 1     2  2.0 ± 1.4  2 (1)",
      " 2     0          –  –",
    ].join("\n"),
  );
});
