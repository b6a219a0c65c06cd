import { hostArray } from "../../../core/host_array.ts";
import { mappingProbability } from "../../../core/metrics/mapping_probability.ts";
import { nearest } from "../../../core/spatial/knn.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { array, assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("mappingProbability() reproduces the vector mapping_probability", () => {
  const item = vectors.mapping_probability;
  const [real, generated] = [array(item.real), array(item.generated)];
  assertEquals(Array.from(nearest(real, generated).index), item.nearest);
  assertClose(mappingProbability(generated, real), item.probability, vectors.meta.tolerance.float64);
});

Deno.test("mappingProbability() refuses to map nothing", () => {
  const cells = hostArray(new Float32Array(4), [2, 2]);
  assertThrows(() => mappingProbability(hostArray(new Float32Array(0), [0, 2]), cells), RangeError, "0 generated");
});
