import { assert, assertEquals, assertThrows } from "../assert.ts";
import { DataError } from "../../core/errors.ts";
import { hostArray } from "../../core/host_array.ts";
import { checkStrip, splitByStrip } from "../../datasets/strip.ts";

const POINTS = hostArray(Float32Array.from({ length: 202 }, (_, at) => at % 2 === 0 ? at / 2 : 7 * at % 11), [101, 2]);

Deno.test("splitByStrip() leaves gaps between the strip and the rest", () => {
  const { train, test } = splitByStrip(POINTS, { axis: "x", from: 0.4, to: 0.6, gap: 5 });
  assertEquals([test[0], test.at(-1), test.length], [40, 60, 21]);
  assertEquals([...train], [
    ...Array.from({ length: 35 }, (_, i) => i),
    ...Array.from({ length: 35 }, (_, i) => 66 + i),
  ]);
  const few = splitByStrip(POINTS, { axis: "x", from: 0, to: 0.5, gap: 0 }, [10, 20, 30, 40]);
  assertEquals([[...few.test], [...few.train]], [[10, 20], [30, 40]]);
});

Deno.test("splitByStrip() and checkStrip() name what cannot be", () => {
  const error = assertThrows(() => splitByStrip(POINTS, { axis: "x", from: 0, to: 1, gap: 0 }), DataError);
  assert(error.message.includes("it has 101 rows, and 0 lie outside"));
  assertEquals(checkStrip({ axis: "z", from: 0.5, to: 0.2, gap: -1 }, 2), [
    'strip.axis is "z", expected "x" or "y"',
    "strip.from is 0.5 and strip.to 0.2, expected 0 <= from < to <= 1",
    "strip.gap is -1, expected a distance of at least 0",
  ]);
  assertEquals(checkStrip({ axis: "z", from: 0, to: 0.2, gap: 0 }, 3), []);
});
