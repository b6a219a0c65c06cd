import { hostArray } from "../../../core/host_array.ts";
import { columnStats, isotropic, minMax, standardize, unstandardize } from "../../../core/spatial/standardize.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

const TOLERANCE = vectors.meta.tolerance.float64;

Deno.test("standardize() and columnStats() reproduce the vector standardize_coords", () => {
  const item = vectors.standardize_coords;
  const stats = columnStats(array(item.coords));
  assertClose(stats.mean, item.mean, TOLERANCE);
  assertClose(stats.std, item.std_ddof0, TOLERANCE);
  const z = standardize(array(item.coords), stats);
  assertClose(z.data, flat(item.out), TOLERANCE);
  assertClose(unstandardize(z, stats).data, flat(item.coords), 1e-5);
});

Deno.test("minMax() reproduces the vector minmax_coords", () => {
  assertClose(minMax(array(vectors.minmax_coords.coords)).data, flat(vectors.minmax_coords.out), TOLERANCE);
});

Deno.test("columnStats() keeps its digits far from zero", () => {
  const x = hostArray(Float64Array.from({ length: 1000 }, (_, i) => 1e9 + i % 2), [1000, 1]);
  assertClose(columnStats(x).std, [0.5], 1e-9);
});

Deno.test("columnStats() finds no spread in a constant column whose mean is rounded", () => {
  const x = hostArray(new Float64Array(999).fill(0.1), [999, 1]);
  assertEquals(Array.from(columnStats(x).std), [0]);
});

Deno.test("isotropic() scales all axes alike and keeps the total variance", () => {
  const x = hostArray(Float32Array.of(0, 0, 2, 14), [2, 2]);
  const stats = isotropic(columnStats(x));
  assertEquals(Array.from(stats.std), [5, 5]);
  assertClose(standardize(x, stats).data, [-0.2, -1.4, 0.2, 1.4], 1e-6);
});

Deno.test("standardize() and minMax() turn a constant column into zeros", () => {
  const x = hostArray(Float32Array.of(7, 1, 7, 3), [2, 2]);
  assertEquals(Array.from(standardize(x, columnStats(x)).data), [0, -1, 0, 1]);
  assertEquals(Array.from(unstandardize(standardize(x, columnStats(x)), columnStats(x)).data), [7, 1, 7, 3]);
  assertEquals(Array.from(minMax(x).data), [0, 0, 0, 1]);
});

Deno.test("standardize() refuses statistics of other columns, columnStats() an empty table", () => {
  const x = hostArray(new Float32Array(6), [2, 3]);
  assertThrows(() => standardize(x, columnStats(hostArray(new Float32Array(4), [2, 2]))), TypeError, "3 columns");
  assertThrows(() => columnStats(hostArray(new Float32Array(0), [0, 3])), RangeError, "0 rows");
});
