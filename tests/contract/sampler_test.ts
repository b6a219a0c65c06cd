import { dormandPrinceSampler } from "../../core/sampler/dormand_prince.ts";
import { eulerSampler } from "../../core/sampler/euler.ts";
import { heunSampler } from "../../core/sampler/heun.ts";
import { midpointSampler } from "../../core/sampler/midpoint.ts";
import { samplerChecks } from "../../core/testing/sampler.ts";
import { contractTests } from "./register.ts";

contractTests(samplerChecks({ name: "eulerSampler", sampler: eulerSampler(), order: 1, steps: 64 }));
contractTests(samplerChecks({ name: "heunSampler", sampler: heunSampler(), order: 2, steps: 32 }));
contractTests(samplerChecks({ name: "midpointSampler", sampler: midpointSampler(), order: 2, steps: 32 }));
contractTests(
  samplerChecks({ name: "dormandPrinceSampler", sampler: dormandPrinceSampler(), order: 5, steps: 4, more: 1 }),
);
