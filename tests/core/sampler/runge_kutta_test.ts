import { rungeKuttaSampler } from "../../../core/sampler/runge_kutta.ts";
import { samplerChecks } from "../../../core/testing/sampler.ts";
import { contractTests } from "../../contract/register.ts";

contractTests(samplerChecks({ name: "rungeKuttaSampler", sampler: rungeKuttaSampler(), order: 4, steps: 8 }));
