import { hostArray } from "../../../core/host_array.ts";
import { kernelDensity, meanKernel } from "../../../core/metrics/kde.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { array, askPython, assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

Deno.test("kernelDensity() and meanKernel() reproduce the vector kde", () => {
  const { samples, query, sigma, density_normalised_2d, unnormalised_mean_kernel } = vectors.kde;
  const density = kernelDensity(array(samples), array([query]), sigma);
  assertClose(density, [density_normalised_2d], vectors.meta.tolerance.float64);
  assertClose(meanKernel(array(samples), array([query]), sigma), [unnormalised_mean_kernel], 2e-6);
});

Deno.test({
  name: "kernelDensity() agrees with scikit-learn's KernelDensity, far tails included",
  ignore: !hasPython("sklearn.neighbors"),
  fn: () => {
    for (const [d, sigma] of [[1, 0.3], [2, 0.05], [3, 0.7]] as const) {
      const samples = hostArray(rng(1).fold(d).host.normal(300 * d), [300, d]);
      const queries = hostArray(rng(2).fold(d).host.normal(80 * d).map((x) => 2 * x), [80, d]);
      const expected = askPython(
        `
from sklearn.neighbors import KernelDensity
out = np.exp(KernelDensity(bandwidth=d["sigma"], rtol=1e-12).fit(d["samples"]).score_samples(d["queries"]))`,
        { samples, queries, sigma },
      ) as number[];
      assertClose(kernelDensity(samples, queries, sigma), expected, 1e-12, 1e-9);
    }
  },
});

Deno.test("kernelDensity() is 0 far from all samples and refuses a bandwidth of 0", () => {
  const origin = hostArray(new Float32Array(2), [1, 2]);
  assertEquals(Array.from(kernelDensity(origin, hostArray(Float32Array.of(99, 0), [1, 2]), 0.5)), [0]);
  assertAlmostEquals(meanKernel(origin, origin, 0.5)[0]!, 1, 0);
  assertThrows(() => kernelDensity(origin, origin, 0), RangeError, "sigma is 0");
  assertThrows(() => meanKernel(hostArray(new Float32Array(0), [0, 2]), origin, 1), RangeError, "0 samples");
});
