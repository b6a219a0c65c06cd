import { hostArray } from "../../../core/host_array.ts";
import { meanAbsoluteError, meanSquaredError } from "../../../core/metrics/regression.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("meanSquaredError() and meanAbsoluteError() average over all values", () => {
  const a = hostArray(Float32Array.of(0, 1, 2, 3), [2, 2]);
  const b = hostArray(Float64Array.of(0, -1, 2, 7), [2, 2]);
  assertEquals(meanSquaredError(a, b), 5);
  assertEquals(meanAbsoluteError(a, b), 1.5);
});

Deno.test("meanSquaredError() names both shapes when they differ", () => {
  const a = hostArray(new Float32Array(4), [2, 2]);
  assertThrows(() => meanSquaredError(a, hostArray(new Float32Array(4), [4])), TypeError, "[2,2] with true values of");
});
