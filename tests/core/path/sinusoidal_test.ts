import { type Perturbation, perturbedPath } from "../../../core/path/perturbed.ts";
import { sinusoidalPath } from "../../../core/path/sinusoidal.ts";
import { linearPath } from "../../../core/path/linear.ts";
import { pathChecks } from "../../../core/testing/path.ts";
import { assertStrictEquals, assertThrows } from "../../assert.ts";
import { contractTests } from "../../contract/register.ts";

contractTests(pathChecks({ name: "sinusoidalPath", path: sinusoidalPath(), stochastic: false }));

for (const velocity of ["omit", "exact"] as const) {
  const perturbation: Perturbation = { width: 0.05, velocity };
  const path = perturbedPath(sinusoidalPath(), perturbation);
  contractTests(pathChecks({ name: `perturbedPath(sinusoidalPath, ${velocity})`, path, stochastic: true }));
}
contractTests(pathChecks({
  name: "perturbedPath(linearPath, exact)",
  path: perturbedPath(linearPath(), { width: 0.3, velocity: "exact" }),
  stochastic: true,
}));

Deno.test("perturbedPath() of no width is the path, of a negative one an error", () => {
  const path = linearPath();
  assertStrictEquals(perturbedPath(path, { width: 0, velocity: "omit" }), path);
  assertThrows(() => perturbedPath(path, { width: -1, velocity: "omit" }), RangeError, "width of -1");
});
