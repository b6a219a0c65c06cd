import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { countWithin, withinRadius } from "../../../core/spatial/radius.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

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

Deno.test({
  name: "withinRadius() finds what SciPy's query_ball_point finds",
  ignore: !hasPython("scipy.spatial"),
  fn: () => {
    for (const [n, d, radius] of [[400, 1, 0.1], [400, 2, 0.3], [400, 2, 9], [300, 3, 0.8], [150, 10, 3]] as const) {
      const points = hostArray(rng(6).fold(d).host.normal(n * d), [n, d]);
      const queries = hostArray(rng(7).fold(d).host.normal(50 * d), [50, d]);
      const { start, index, distance } = withinRadius(points, queries, radius);
      const expected = askPython(
        `
from scipy.spatial import cKDTree
found = [sorted(rows) for rows in cKDTree(d["points"]).query_ball_point(d["queries"], d["radius"])]
out = {"index": sum(found, []), "size": [len(rows) for rows in found],
  "distance": [float(np.linalg.norm(d["points"][i] - q)) for rows, q in zip(found, d["queries"]) for i in rows]}`,
        { points, queries, radius },
      ) as Record<"index" | "size" | "distance", number[]>;
      assertEquals(Array.from(index), expected.index);
      assertEquals(Array.from(expected.size, (_, i) => start[i + 1]! - start[i]!), expected.size);
      assertClose(distance, expected.distance, 1e-12);
    }
  },
});

Deno.test("withinRadius() includes points at exactly the radius, and the point itself at radius 0", () => {
  const line = hostArray(Float32Array.of(0, 0.1, 0.3, 0.1), [4, 1]);
  const { start, index, distance } = withinRadius(line, line, Math.fround(0.1));
  assertEquals(Array.from(start), [0, 3, 6, 7, 10]);
  assertEquals(Array.from(index), [0, 1, 3, 0, 1, 3, 2, 0, 1, 3]);
  assertEquals(distance[1], Math.fround(0.1));
  assertEquals(Array.from(withinRadius(line, line, 0).index), [0, 1, 3, 2, 1, 3]);
  assertEquals(withinRadius(hostArray(new Float32Array(0), [0, 1]), line, 1).start.join(), "0,0,0,0,0");
});

Deno.test("withinRadius() refuses a radius that is no distance, other dimensions and NaN", () => {
  const point = hostArray(new Float32Array(2), [1, 2]);
  assertThrows(() => withinRadius(point, point, -1), RangeError, "radius is -1");
  assertThrows(() => withinRadius(point, point, NaN), RangeError, "radius is NaN");
  assertThrows(() => withinRadius(point, hostArray(new Float32Array(3), [1, 3]), 1), TypeError, "2 values on one side");
  assertThrows(() => withinRadius(point, hostArray(Float32Array.of(NaN, 0), [1, 2]), 1), DataError, "row 0 has NaN");
});
