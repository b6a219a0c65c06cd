import { linearPath } from "../../core/path/linear.ts";
import { pathChecks } from "../../core/testing/path.ts";
import { sinusoidalPath } from "./methods/sinusoidal_path.ts";
import { contractTests } from "./register.ts";

contractTests(pathChecks({ name: "linearPath", path: linearPath(), stochastic: false }));
// Curved and noisy paths, so that the contract is known to fit more than straight lines.
contractTests(pathChecks({ name: "sinusoidal path without noise", path: sinusoidalPath(0, true), stochastic: false }));
contractTests(pathChecks({ name: "noisy sinusoidal path", path: sinusoidalPath(0.05, true), stochastic: true }));
contractTests(
  pathChecks({ name: "noisy sinusoidal path that omits a term", path: sinusoidalPath(0.05, false), stochastic: true }),
);
