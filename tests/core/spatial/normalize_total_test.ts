import { hostArray } from "../../../core/host_array.ts";
import { log1p, normalizeTotal } from "../../../core/spatial/normalize_total.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("normalizeTotal() and log1p() reproduce the vector normalize_total_log1p", () => {
  const item = vectors.normalize_total_log1p;
  const scaled = normalizeTotal(array(item.counts));
  assertClose([0, 1, 2, 3].map((i) => scaled.data[i]!), [3, 0, 1, 6], 1e-6);
  assertClose(log1p(scaled).data, flat(item.log1p), vectors.meta.tolerance.float64);
  const given = normalizeTotal(array(item.counts), item.target_sum);
  assertEquals(given, scaled);
});

Deno.test("normalizeTotal() leaves cells without counts out of the median and at zero", () => {
  const counts = hostArray(Uint16Array.of(0, 0, 1, 1, 3, 3, 0, 0), [4, 2]);
  assertEquals(Array.from(normalizeTotal(counts).data), [0, 0, 2, 2, 2, 2, 0, 0]);
});

Deno.test("normalizeTotal() refuses a total that is not positive", () => {
  assertThrows(() => normalizeTotal(hostArray(new Uint8Array(4), [2, 2])), RangeError, "a total of NaN");
  assertThrows(() => normalizeTotal(hostArray(Uint8Array.of(1, 1), [1, 2]), 0), RangeError, "a total of 0");
});
