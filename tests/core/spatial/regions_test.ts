import { rng } from "../../../core/rng/stream.ts";
import { sampleRegions, shareOfRegion } from "../../../core/spatial/regions.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("shareOfRegion() reproduces the vector region_sampling", () => {
  const { n_microenvs_per_slice, k_regions, per_region, case_k_gt_n } = vectors.region_sampling;
  assertEquals(shareOfRegion(n_microenvs_per_slice, k_regions), per_region);
  const share = shareOfRegion(case_k_gt_n.n_microenvs_per_slice, case_k_gt_n.k_regions);
  assertEquals(share, case_k_gt_n.per_region);
  assertEquals(share * case_k_gt_n.k_regions, case_k_gt_n.n_microenvs_per_slice_becomes);
});

Deno.test("sampleRegions() reproduces the vector region_sampling: equal shares, replacement only where it must", () => {
  const { n_microenvs_per_slice, k_regions, per_region } = vectors.region_sampling;
  // Region r has r % 8 + 1 rows, so that regions of fewer than 4 rows occur.
  const labels = Array.from({ length: k_regions }, (_, r) => Array<number>(r % 8 + 1).fill(r)).flat();
  const order = rng(5).host.permutation(labels.length);
  const assignment = Int32Array.from(order, (at) => labels[at]!);
  const drawn = sampleRegions(assignment, k_regions, per_region, rng(1).host);
  assertEquals(drawn.length, n_microenvs_per_slice);
  for (let region = 0; region < k_regions; region++) {
    const rows = drawn.subarray(region * per_region, (region + 1) * per_region);
    assert(rows.every((row) => assignment[row] === region));
    if (region % 8 + 1 >= per_region) assertEquals(new Set(rows).size, per_region);
  }
});

Deno.test("sampleRegions() draws each row of a region equally often", () => {
  const assignment = Int32Array.of(1, 0, 0, 1, 0, 0, 0);
  for (const [perRegion, region, size] of [[2, 0, 5], [3, 1, 2]] as const) {
    const hits = new Float64Array(7);
    for (let trial = 0; trial < 6000; trial++) {
      const drawn = sampleRegions(assignment, 2, perRegion, rng(3).fold(trial).host);
      for (const row of drawn.subarray(region * perRegion, (region + 1) * perRegion)) {
        hits[row]! += 1 / 6000 / perRegion;
      }
    }
    assertClose(hits, Array.from(assignment, (label) => label === region ? 1 / size : 0), 0.02);
  }
});

Deno.test("sampleRegions() names an empty region", () => {
  assertThrows(() => sampleRegions(Int32Array.of(0, 2), 3, 1, rng(1).host), RangeError, "region 1 of 3");
});
