import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { countWithin } from "../../../core/spatial/radius.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython } from "../../vectors/arrays.ts";

Deno.test({
  name: "countWithin() equals counting over SciPy's full distance matrix",
  ignore: !hasPython("scipy.spatial"),
  fn: () => {
    for (const [n, d, radius] of [[400, 2, 0.3], [400, 2, 9], [300, 3, 0.8], [150, 10, 3]] as const) {
      const points = hostArray(rng(4).fold(d).host.normal(n * d), [n, d]);
      const counts = askPython(
        `
from scipy.spatial.distance import cdist
out = (cdist(d["points"], d["points"]) < d["radius"]).sum(1)`,
        { points, radius },
      );
      assertEquals(Array.from(countWithin(points, radius)), counts as number[]);
    }
  },
});

Deno.test("countWithin() leaves out points at exactly the radius", () => {
  const lattice = hostArray(Float32Array.from({ length: 50 }, (_, at) => at % 2 ? (at >> 1) % 5 : at / 10 | 0), [
    25,
    2,
  ]);
  assertEquals(countWithin(lattice, 1)[12], 1);
  assertEquals(countWithin(lattice, 1.001)[12], 5);
  assertEquals(countWithin(lattice, 5)[12], 25);
});

Deno.test("countWithin() refuses a radius that is not positive, and infinite coordinates", () => {
  assertThrows(() => countWithin(hostArray(new Float32Array(4), [2, 2]), 0), RangeError, "radius is 0");
  assertThrows(() => countWithin(hostArray(Float32Array.of(0, Infinity), [1, 2]), 1), DataError, "row 0 has Infinity");
});
