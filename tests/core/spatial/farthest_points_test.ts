import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { farthestPoints } from "../../../core/spatial/farthest_points.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

Deno.test("farthestPoints() starts in the middle and goes to the ends", () => {
  const line = hostArray(Float32Array.of(0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 10, 0, 0, 0), [7, 2]);
  assertEquals(Array.from(farthestPoints(line, 4)), [3, 5, 0, 1]);
  assertEquals(new Set(farthestPoints(line, 7)).size, 7);
});

Deno.test("farthestPoints() covers as the greedy rule promises: no cell lies farther than the last gap", () => {
  const n = 500;
  const points = hostArray(rng(8).host.uniform(3 * n), [n, 3]);
  const chosen = farthestPoints(points, 40);
  const gap = (i: number, to: Int32Array): number =>
    Math.min(
      ...to.values().map((j) => Math.hypot(...[0, 1, 2].map((k) => points.data[3 * i + k]! - points.data[3 * j + k]!))),
    );
  const last = gap(chosen[39]!, chosen.subarray(0, 39));
  for (let i = 0; i < n; i++) assert(gap(i, chosen) <= last + 1e-12);
  for (let k = 1; k < 39; k++) assert(gap(chosen[k]!, chosen.subarray(0, k)) >= last - 1e-12);
});

Deno.test("farthestPoints() refuses more centres than cells", () => {
  assertThrows(() => farthestPoints(hostArray(new Float32Array(4), [2, 2]), 3), RangeError, "3 of 2 cells");
});
