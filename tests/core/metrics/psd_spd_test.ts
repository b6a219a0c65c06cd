import { hostArray } from "../../../core/host_array.ts";
import { pointToShape, poolDistances, shapeToPoint } from "../../../core/metrics/psd_spd.ts";
import { nearest } from "../../../core/spatial/knn.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { array } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("pointToShape(), shapeToPoint() and poolDistances() reproduce the vector metrics", () => {
  const item = vectors.metrics;
  const close = (actual: number, expected: number): void =>
    assertAlmostEquals(actual, expected, vectors.meta.tolerance.float64);
  const generated = item.generated_per_timepoint.map(array);
  const real = item.real_per_timepoint.map(array);
  generated.forEach((points, t) => {
    assertEquals(Array.from(nearest(real[t]!, points).index), item.nearest_real_index[t]!);
  });
  const psd = generated.map((points, t) => pointToShape(points, real[t]!));
  close((psd[0]!.mean + psd[1]!.mean) / 2, item.psd_mean_of_batch_means);
  close(poolDistances(psd).mean, item.psd_pooled);
  close(poolDistances(psd).meanSquared, item.psd_pooled_squared);
  close(poolDistances(psd).max, item.psd_max);
  const spd = poolDistances(generated.map((points, t) => shapeToPoint(points, real[t]!)));
  close(spd.mean, item.spd_pooled);
  close(spd.meanSquared, item.spd_pooled_squared);
  close(spd.max, item.spd_max);
  assertEquals(spd.count, 7);
});

Deno.test("shapeToPoint() is 0 for the real cells themselves and grows as they are removed", () => {
  const real = hostArray(Float32Array.of(0, 0, 3, 0, 0, 4), [3, 2]);
  assertEquals(shapeToPoint(real, real), { count: 3, mean: 0, meanSquared: 0, max: 0 });
  const one = hostArray(Float32Array.of(0, 0), [1, 2]);
  assertEquals(shapeToPoint(one, real), { count: 3, mean: 7 / 3, meanSquared: 25 / 3, max: 4 });
  assertThrows(() => poolDistances([]), RangeError, "zero items");
});
