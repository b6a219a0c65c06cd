import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { modalCount, nicheMembers, niches } from "../../../core/spatial/niches.ts";
import { countWithin } from "../../../core/spatial/radius.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { array, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("niches() reproduces the vectors niches and niches_radius_0.9", () => {
  const points = array(vectors.niches.coords);
  for (const item of [vectors.niches, vectors["niches_radius_0.9"]]) {
    assertEquals(Array.from(countWithin(points, item.radius)), item.counts_incl_self_strict_lt);
    const { size, members } = niches(points, item.radius);
    assertEquals(size, item.modal_count_smallest_on_tie);
    assertEquals(Array.from(members), flat(item.members_nearest_first));
  }
});

Deno.test("modalCount() reproduces the vector modal_tie_break", () => {
  assertEquals(modalCount(vectors.modal_tie_break.counts), vectors.modal_tie_break.expected);
  assertThrows(() => modalCount([]), RangeError, "zero counts");
});

Deno.test("nicheMembers() puts each cell first in its own niche even where cells coincide", () => {
  const points = hostArray(Float32Array.of(0, 0, 0, 0, 0, 0, 5, 5), [4, 2]);
  assertEquals(Array.from(nicheMembers(points, 2)), [0, 1, 1, 0, 2, 0, 3, 0]);
  assertEquals(Array.from(nicheMembers(points, 3)), [0, 1, 2, 1, 0, 2, 2, 0, 1, 3, 0, 1]);
});

Deno.test("niches() works in three dimensions", () => {
  const cube = Float32Array.from({ length: 24 }, (_, at) => (at / 3 | 0) >> (at % 3) & 1);
  assertEquals(niches(hostArray(cube, [8, 3]), 1.2).size, 4);
});

Deno.test("niches() says which section cannot have any", () => {
  const two = hostArray(Float32Array.of(0, 0, 1, 1), [2, 2]);
  assertThrows(() => nicheMembers(two, 5), DataError, "niches of 5 cells: the section has 2 cells");
  assertThrows(() => niches(hostArray(new Float32Array(0), [0, 2]), 1), DataError, "the section has 0 cells");
  const same = hostArray(new Float32Array(6).fill(3), [3, 2]);
  assertThrows(() => niches(same, 1), DataError, "all 3 cells have the coordinates 3,3");
  const broken = hostArray(Float32Array.of(0, 0, NaN, 1), [2, 2]);
  assertThrows(() => niches(broken, 1), DataError, "row 1 has NaN in column 0");
});
