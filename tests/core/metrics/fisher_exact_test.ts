import { fisherExact, type TwoByTwo } from "../../../core/mod.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { assertClose } from "../../vectors/arrays.ts";

/** Tables from even to telling, with empty rows, columns and corners. */
const TABLES: readonly TwoByTwo[] = [
  [[3, 1], [1, 3]],
  [[5, 45], [12, 938]],
  [[0, 50], [20, 930]],
  [[12, 38], [0, 950]],
  [[50, 0], [0, 50]],
  [[0, 0], [3, 4]],
  [[34, 166], [90, 19_710]],
  [[7, 2], [600, 19_391]],
];

const PROGRAM = `
import json, sys
from scipy.stats import fisher_exact
tables = json.loads(sys.argv[1])
print(json.dumps([[repr(float(v)) for v in fisher_exact(t, alternative="greater")] for t in tables]))
`;

Deno.test({
  name: "fisherExact() equals scipy.stats.fisher_exact with the alternative greater",
  ignore: !hasPython("scipy"),
  fn: () => {
    const expected = runPython(PROGRAM, [JSON.stringify(TABLES)]) as [string, string][];
    TABLES.forEach((table, i) => {
      const { odds, p } = fisherExact(table);
      const [ratio, probability] = expected[i]!.map((text) => text === "inf" ? Infinity : Number(text));
      assertClose([p], [probability!], 1e-300, 1e-9);
      if (Number.isFinite(ratio)) assertClose([odds], [ratio!], 1e-12, 1e-12);
      else assertEquals(odds, ratio);
    });
  },
});

Deno.test("fisherExact() refuses counts that are none", () => {
  assertThrows(() => fisherExact([[-1, 2], [3, 4]]), RangeError, "expected whole numbers");
  assertThrows(() => fisherExact([[1.5, 2], [3, 4]]), RangeError, "expected whole numbers");
});
