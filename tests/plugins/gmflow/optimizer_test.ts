import { constantSchedule, linearWarmup, powerDecay } from "../../../core/mod.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { vectors } from "./setup.ts";

Deno.test("powerDecay() reproduces ema_karras", () => {
  const { gamma, iteration_zero_based, beta } = vectors.ema_karras;
  assertClose(iteration_zero_based.map(powerDecay(gamma)), beta, 1e-8);
});

Deno.test("linearWarmup() reproduces lr_warmup", () => {
  const { base_lr, warmup_iters, warmup_ratio, iterations, lr_times_1e4 } = vectors.lr_warmup;
  const schedule = linearWarmup(constantSchedule(base_lr), warmup_iters, warmup_ratio);
  assertClose(iterations.map((i) => 1e4 * schedule(i)), lr_times_1e4, 1e-8);
});
