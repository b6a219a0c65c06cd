import { gaussianPrior } from "../../core/prior/gaussian.ts";
import { sourcePrior } from "../../core/prior/source.ts";
import { priorChecks } from "../../core/testing/prior.ts";
import { zinbPrior } from "./methods/stflow.ts";
import { contractTests } from "./register.ts";

contractTests(priorChecks({
  name: "gaussianPrior",
  prior: gaussianPrior(),
  needsSource: false,
  moments: { mean: 0, variance: 1, kurtosis: 3 },
}));
contractTests(priorChecks({ name: "sourcePrior", prior: sourcePrior(), needsSource: true }));
// Moments of log(1 + count) from the probabilities of the counts.
contractTests(priorChecks({
  name: "zinbPrior",
  prior: zinbPrior(1, 0.1, 0.5),
  needsSource: false,
  moments: { mean: 0.273732, variance: 0.252631, kurtosis: 4.946 },
}));
