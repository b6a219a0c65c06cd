import { rungeKuttaSampler } from "../../../core/sampler/runge_kutta.ts";
import { samplerContract } from "../../contract/sampler.ts";

samplerContract({ name: "rungeKuttaSampler", sampler: rungeKuttaSampler(), order: 4, steps: 8 });
