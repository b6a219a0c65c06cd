import {
  frechetDistance,
  gaussianFrechet,
  hostArray,
  kernelDistance,
  kolmogorovSmirnov,
  peakSignalToNoise,
  rng,
  structuralSimilarity,
} from "../../../core/mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { blend, formulaImage, rampImage } from "../../plugins/geneflow/formula.ts";
import { array, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/geneflow.json" with { type: "json" };

const ramp = rampImage(12, 12, 3);
const PAIRS = {
  formula_16x16x1: [formulaImage(16, 16, 1, 0), formulaImage(16, 16, 1, 5)],
  formula_16x20x3: [formulaImage(16, 20, 3, 0), formulaImage(16, 20, 3, 1)],
  ramp_vs_ramp_plus: [ramp, blend(ramp, formulaImage(12, 12, 3, 0))],
  identical: [rampImage(9, 9, 3), rampImage(9, 9, 3)],
  constant: [0.2, 0.7].map((value) => hostArray(new Float64Array(243).fill(value), [9, 9, 3])),
} as const;

Deno.test("structuralSimilarity() and peakSignalToNoise() reproduce ssim of geneflow", () => {
  for (const { name, ssim, psnr } of vectors.ssim.cases) {
    const [a, b] = PAIRS[name as keyof typeof PAIRS];
    assertAlmostEquals(structuralSimilarity(a!, b!), ssim, 1e-9);
    if (psnr === null) assertEquals(peakSignalToNoise(a!, b!), Infinity);
    else assertAlmostEquals(peakSignalToNoise(a!, b!), psnr, 1e-7);
  }
});

Deno.test("images of other shapes, or too small for a window, are refused", () => {
  assertThrows(() => structuralSimilarity(rampImage(6, 9, 1), rampImage(6, 9, 1)), TypeError, "at least 7");
  assertThrows(() => peakSignalToNoise(rampImage(6, 9, 1), rampImage(9, 6, 1)), TypeError, "[6,9,1]");
});

Deno.test("frechetDistance() reproduces frechet of geneflow", () => {
  const { cases, from_features } = vectors.frechet;
  for (const { mu1, mu2, sigma1, sigma2, distance } of cases) {
    const gaussian = (mean: number[], covariance: number[][]) => ({
      mean: Float64Array.from(mean),
      covariance: Float64Array.from(flat(covariance)),
    });
    assertAlmostEquals(gaussianFrechet(gaussian(mu1, sigma1), gaussian(mu2, sigma2)), distance, 1e-8);
  }
  assertAlmostEquals(frechetDistance(array(from_features.X), array(from_features.Y)), from_features.distance, 1e-9);
  assertThrows(() => frechetDistance(array([[1, 2]]), array([[1, 2], [3, 4]])), RangeError, "1 vectors");
  assertThrows(() => frechetDistance(array([[1], [2]]), array([[1, 2], [3, 4]])), TypeError, "1 and 2");
});

Deno.test("kolmogorovSmirnov() reproduces ks_similarity of geneflow", () => {
  for (const { real, generated, D, similarity } of vectors.ks_similarity) {
    assertAlmostEquals(kolmogorovSmirnov(real, generated), D, 1e-9);
    assertAlmostEquals(1 - kolmogorovSmirnov(real, generated), similarity, 1e-9);
  }
  assert(Number.isNaN(kolmogorovSmirnov([], [1])));
});

Deno.test("kernelDistance() is 0 in the mean for one distribution and grows with the distance of two", () => {
  const draw = (tag: number, shift: number) =>
    hostArray(rng(tag).host.normal(40 * 5).map((value) => value + shift), [40, 5]);
  const mean = (shift: number): number => {
    const made = Array.from({ length: 40 }, (_, i) => kernelDistance(draw(2 * i, 0), draw(2 * i + 1, shift)));
    return made.reduce((a, b) => a + b, 0) / made.length;
  };
  const [same, near, far] = [0, 0.5, 1].map(mean) as [number, number, number];
  assert(Math.abs(same) < 0.05, `${same}`);
  assert(near > 0.2 && far > 2 * near, `${near}, ${far}`);
  assertThrows(() => kernelDistance(array([[1], [2]]), array([[1, 2], [3, 4]])), TypeError, "same dimension");
  assertThrows(() => kernelDistance(array([[1]]), array([[1], [2]])), RangeError, "1 with 2");
});
