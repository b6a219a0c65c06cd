import { gaussianPrior } from "../../core/prior/gaussian.ts";
import { sourcePrior } from "../../core/prior/source.ts";
import { priorContract } from "./prior.ts";

priorContract({
  name: "gaussianPrior",
  prior: gaussianPrior(),
  needsSource: false,
  moments: { mean: 0, variance: 1, kurtosis: 3 },
});
priorContract({ name: "sourcePrior", prior: sourcePrior(), needsSource: true });
