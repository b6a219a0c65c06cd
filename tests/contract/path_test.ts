import { linearPath } from "../../core/path/linear.ts";
import { sinusoidalPath } from "./methods/sinusoidal_path.ts";
import { pathContract } from "./path.ts";

pathContract({ name: "linearPath", path: linearPath(), stochastic: false });
// Curved and noisy paths, so that the contract is known to fit more than straight lines.
pathContract({ name: "sinusoidal path without noise", path: sinusoidalPath(0, true), stochastic: false });
pathContract({ name: "noisy sinusoidal path", path: sinusoidalPath(0.05, true), stochastic: true });
pathContract({ name: "noisy sinusoidal path that omits a term", path: sinusoidalPath(0.05, false), stochastic: true });
