import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { coverage, fillCentres, gridCentres, gridPositions } from "../../../core/spatial/grid_centres.ts";
import { nearest } from "../../../core/spatial/knn.ts";
import { niches } from "../../../core/spatial/niches.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { array, assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

const ITEM = vectors.grid_centroids;
const POINTS = array(vectors.niches.coords);

Deno.test("gridPositions() reproduces the rows of the vector grid_centroids", () => {
  const positions = gridPositions(POINTS, ITEM.dx, ITEM.dy);
  const expected = ITEM.rows.flatMap((row) => row.x_centers.flatMap((x) => [x, row.y_center]));
  assertClose(positions.data, expected, vectors.meta.tolerance.float64);
  assertEquals(Array.from(nearest(POINTS, positions).index), ITEM.rows.flatMap((row) => row.nearest));
});

Deno.test("gridCentres() and coverage() reproduce the vector grid_centroids", () => {
  const centres = gridCentres(POINTS, ITEM.dx, ITEM.dy);
  assertEquals(Array.from(centres), ITEM.selected_sorted_unique);
  const { size, members } = niches(POINTS, vectors.niches.radius);
  const { covered, missed } = coverage(centres, members, size);
  assertEquals(covered, ITEM.covered_cells_with_niches_of_size_N);
  assertEquals(missed.length, ITEM.n_cells - covered);
  assert(missed.every((cell) => !centres.includes(cell)));
});

Deno.test("gridPositions() skips rows without cells", () => {
  const gap = hostArray(Float32Array.of(0, 0, 1, 0.1, 0, 5, 1, 5.5), [4, 2]);
  const rows = new Set(Array.from(gridPositions(gap, 0.5, 1).data).filter((_, at) => at % 2 === 1));
  assertEquals(Array.from(rows), [0.5, 5.5]);
});

Deno.test("gridCentres() refuses three dimensions, thin sections and steps that are not positive", () => {
  assertThrows(() => gridCentres(hostArray(new Float32Array(6), [2, 3]), 1, 1), TypeError, "farthestPoints");
  assertThrows(
    () => gridCentres(hostArray(Float32Array.of(0, 0, 5, 0), [2, 2]), 1, 1),
    DataError,
    "2 cells span no row",
  );
  assertThrows(() => gridCentres(POINTS, 1, 0), RangeError, "steps 1 and 0");
});

Deno.test("fillCentres() adds distinct further cells", () => {
  const centres = Int32Array.of(1, 4);
  const filled = fillCentres(centres, 5, 6, rng(3).host);
  assertEquals(Array.from(filled.subarray(0, 2)), [1, 4]);
  assertEquals(new Set(filled).size, 5);
  assert(filled.every((cell) => cell >= 0 && cell < 6));
  assertEquals(Array.from(fillCentres(centres, 6, 6, rng(4).host)).sort(), [0, 1, 2, 3, 4, 5]);
  assertEquals(fillCentres(centres, 1, 6, rng(3).host), centres);
  assertThrows(() => fillCentres(centres, 7, 6, rng(3).host), DataError, "Cannot choose 7 centres: the section has 6");
});
