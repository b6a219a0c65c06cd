import { adjustedRandIndex } from "../../../core/metrics/adjusted_rand.ts";
import { rng } from "../../../core/rng/stream.ts";
import { DataError } from "../../../core/errors.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

const draw = (name: string, count: number, parts: number): number[] =>
  Array.from(rng(3).fold(name).host.uniform(count), (u) => Math.floor(u * parts));

const CASES: readonly (readonly [readonly number[], readonly number[]])[] = [
  [draw("a", 200, 5), draw("b", 200, 7)],
  [draw("c", 500, 2), draw("c", 500, 2).map((part, i) => i % 7 === 0 ? 3 : part)],
  [[0, 0, 1, 1], [0, 1, 0, 1]],
  [[0, 0, 0], [1, 1, 1]],
  [[0, 1, 2], [5, 4, 3]],
  [[0, 0, 0], [0, 1, 2]],
];

Deno.test({
  name: "adjustedRandIndex() equals scikit-learn's",
  ignore: !hasPython("sklearn"),
  fn: () => {
    const program = `import sys, json
from sklearn.metrics import adjusted_rand_score
print(json.dumps([adjusted_rand_score(a, b) for a, b in json.loads(sys.argv[1])]))`;
    const expected = runPython(program, [JSON.stringify(CASES)]) as number[];
    CASES.forEach(([a, b], i) => {
      const actual = adjustedRandIndex(a, b);
      assert(Math.abs(actual - expected[i]!) < 1e-12, `case ${i}: ${actual} instead of ${expected[i]}`);
    });
  },
});

Deno.test("adjustedRandIndex() leaves out items without a part and refuses what cannot be compared", () => {
  assertEquals(adjustedRandIndex([0, 0, 1, 1, -1], [1, 1, 0, 0, 0]), 1);
  assertThrows(() => adjustedRandIndex([0, 1], [0]), TypeError, "2 and 1 items");
  assertThrows(() => adjustedRandIndex([-1, 0], [0, -1]), DataError, "no item");
});
