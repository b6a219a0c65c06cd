import { coordinateWasserstein, frechetDistance, gaussianOf, hostArray, kernelDistance } from "../../../core/mod.ts";
import { directionCosine, gaussianDiscrepancy, profileScores } from "../../../plugins/spatia/scores.ts";
import { assert } from "../../assert.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import { EXACT, vectors } from "./setup.ts";

Deno.test("scores of profiles agree with the vectors", () => {
  const { in: given, out } = vectors.profile_scores!;
  const [generated, control, target] = [given.generated, given.control, given.target].map(array);
  const scores = profileScores(generated!, control!, target!);
  assertClose(scores.ks, out.ks, EXACT);
  assertClose([scores.ksScore], [out.ks_score], EXACT);
  assertClose(scores.fromControl, out.w1_generated_control, EXACT);
  assertClose(scores.targetFromControl, out.w1_target_control, EXACT);
  assertClose(scores.toTarget, out.w1_generated_target, EXACT);
  assertClose([scores.wassersteinCorrelation], [out.wasserstein_correlation], EXACT);
  assertClose(coordinateWasserstein(generated!, target!), out.w1_generated_target, EXACT);
});

Deno.test("Fréchet and kernel distances agree with the vectors", () => {
  const { in: given, out } = vectors.frechet!;
  const [a, b] = [array(given.a), array(given.b)];
  assertClose(gaussianOf(a).mean, out.mean_a, EXACT);
  assertClose(gaussianOf(b).covariance, flat(out.cov_b), EXACT);
  assertClose([frechetDistance(a, b)], [out.frechet], EXACT);
  const kid = vectors.kid!;
  assertClose([kernelDistance(array(kid.in.a), array(kid.in.b))], [kid.out.kid], EXACT);
  const mmd = vectors.mmd_rbf!;
  const { biased, unbiased } = gaussianDiscrepancy(array(mmd.in.a), array(mmd.in.b), mmd.in.sigma);
  assertClose([biased, unbiased], [mmd.out.biased, mmd.out.unbiased], EXACT);
});

Deno.test("the direction of a change does not depend on its size", () => {
  const profiles = (...rows: number[][]) => hostArray(Float64Array.from(rows.flat()), [rows.length, 2]);
  const control = profiles([0, 0], [2, 2]);
  const target = profiles([2, 2], [4, 4]);
  assertClose([directionCosine(profiles([1, 1], [3, 3]), control, target)], [1], EXACT);
  assertClose([directionCosine(profiles([2, 0], [4, 2]), control, target)], [Math.SQRT1_2], EXACT);
  assertClose([directionCosine(profiles([0, 0], [0, 0]), control, target)], [-1], EXACT);
  assert(Number.isNaN(directionCosine(control, control, target)));
});
