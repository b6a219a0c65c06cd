import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { kMeans } from "../../../core/spatial/kmeans.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { array, askPython, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("kMeans() reproduces the vector kmeans from every seed", () => {
  const item = vectors.kmeans;
  for (let seed = 0; seed < 20; seed++) {
    const { centroids, assignment, inertia } = kMeans(array(item.points), item.k, rng(seed).host);
    assertAlmostEquals(inertia, item.inertia, vectors.meta.tolerance.float64);
    for (const [cluster, members] of item.partition.entries()) {
      const label = assignment[members[0]!]!;
      assertEquals(members, Array.from(assignment.keys().filter((i) => assignment[i] === label)));
      const centre = centroids.data.subarray(2 * label, 2 * label + 2);
      assertClose(centre, item.centroids_any_order[cluster]!, vectors.meta.tolerance.float64);
    }
  }
});

function blobs(n: number): HostArray {
  const noise = rng(6).fold("noise").host.normal(2 * n);
  const centre = rng(6).fold("centre").host.uniform(40);
  return hostArray(noise.map((x, at) => 0.3 * x + 8 * centre[(at >> 1) % 20 * 2 + at % 2]!), [n, 2]);
}

Deno.test({
  name: "kMeans() reaches a fixed point of scikit-learn's Lloyd iteration and a like inertia",
  ignore: !hasPython("sklearn.cluster"),
  fn: () => {
    const points = blobs(1500);
    const found = kMeans(points, 20, rng(2025).host, { tolerance: 0 });
    const reference = askPython(
      `
import warnings
warnings.filterwarnings("ignore")
from sklearn.cluster import KMeans
x, c = d["points"], d["centroids"]
again = KMeans(20, init=c, n_init=1, tol=0).fit(x)
own = [KMeans(20, n_init=1, random_state=s).fit(x).inertia_ for s in range(10)]
out = {"centroids": again.cluster_centers_, "inertia": again.inertia_, "worst": max(own)}`,
      { points, centroids: found.centroids },
    ) as { centroids: number[][]; inertia: number; worst: number };
    assertClose(found.centroids.data, flat(reference.centroids), 1e-9);
    assertAlmostEquals(found.inertia, reference.inertia, 1e-6);
    assert(found.inertia <= 1.2 * reference.worst, `${found.inertia} against ${reference.worst}`);
  },
});

Deno.test("kMeans() is bit for bit what comparing every point with every centroid gives", () => {
  let compared = 0;
  for (const [n, d, k] of [[700, 2, 30], [300, 3, 12], [200, 7, 9], [90, 1, 90]] as const) {
    for (const grid of [0, 2]) {
      const draw = rng(8).fold(n).host.normal(n * d);
      const points = hostArray(grid === 0 ? draw : draw.map((x) => Math.round(grid * x) / grid), [n, d]);
      let { assignment } = kMeans(points, k, rng(n).host, { maxIterations: 1, tolerance: 0 });
      for (let iterations = 2; iterations < 12; iterations++) {
        const next = kMeans(points, k, rng(n).host, { maxIterations: iterations, tolerance: 0 });
        if (next.iterations < iterations) break;
        const means = new Float64Array(k * d);
        const sizes = new Int32Array(k);
        for (let i = 0; i < n; i++) {
          sizes[assignment[i]!]!++;
          for (let j = 0; j < d; j++) means[assignment[i]! * d + j]! += points.data[i * d + j]!;
        }
        means.forEach((sum, at) => means[at] = sum / sizes[Math.floor(at / d)]!);
        const closest = Int32Array.from({ length: n }, (_, i) => {
          const squared = Array.from({ length: k }, (_, c) => {
            let sum = 0;
            for (let j = 0; j < d; j++) sum += (points.data[i * d + j]! - means[c * d + j]!) ** 2;
            return sum;
          });
          return squared.indexOf(Math.min(...squared));
        });
        // A cluster that would be empty is given a point by another rule.
        if (new Set(closest).size < k) break;
        assertEquals(next.centroids.data, means);
        assertEquals(next.assignment, closest);
        compared++;
        ({ assignment } = next);
      }
    }
  }
  assert(compared > 20, `only ${compared} iterations were compared`);
});

Deno.test("kMeans() leaves no cluster empty, also when points coincide", () => {
  const points = hostArray(Float32Array.of(1, 1, 1, 1, 1, 2), [6, 1]);
  for (let k = 1; k <= 6; k++) {
    const { assignment, inertia } = kMeans(points, k, rng(k).host);
    assertEquals(new Set(assignment).size, k);
    assertAlmostEquals(inertia, k === 1 ? 5 / 6 : 0, 1e-12);
  }
});

Deno.test("kMeans() is a function of its stream and stops in time", () => {
  const points = blobs(400);
  assertEquals(kMeans(points, 12, rng(1).host), kMeans(points, 12, rng(1).host));
  assertEquals(kMeans(points, 12, rng(1).host, { maxIterations: 2 }).iterations, 2);
  assertThrows(() => kMeans(points, 401, rng(1).host), RangeError, "400 points into 401 clusters");
});
