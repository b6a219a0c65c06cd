import { adamW } from "../../../core/optim/adamw.ts";
import { constantSchedule, cosineSchedule, type Schedule } from "../../../core/optim/schedule.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { descend, type Vectors } from "./descend.ts";
import { referenceAdamW } from "./reference.ts";

/** What three steps may lose to the rounding of a float32 near 1; far below the 2e-5 of the vectors. */
const ROUNDING = 2e-7;

forEachBackend("adamW() reproduces the vector adamw", async () => {
  await assertNoLeak(async () => {
    const { p0, grads, lr, weight_decay, betas, eps, p_after, "p_after_wd_0.1": p_after_decay } = vectors.adamw;
    const gradients = grads.map((g) => ({ p: [g] }));
    const [beta1, beta2] = betas as [number, number];
    for (const [weightDecay, want] of [[weight_decay, p_after], [0.1, p_after_decay]] as const) {
      const explicit = adamW({ schedule: constantSchedule(lr), weightDecay, beta1, beta2, epsilon: eps });
      assertClose((await descend(explicit, { p: [p0] }, gradients)).flat(), want, ROUNDING);
      const defaults = adamW({ schedule: constantSchedule(lr), weightDecay });
      assertClose((await descend(defaults, { p: [p0] }, gradients)).flat(), want, ROUNDING);
    }
  });
});

/** Twenty gradients whose sizes span five orders of magnitude. */
const START = Array.from({ length: 8 }, (_, i) => Math.sin(i + 0.5));
const GRADIENTS = Array.from({ length: 20 }, (_, step) => [
  ...[0, 1, 2, 3, 4].map((i) => Math.sin(1.7 * step + i) * 10 ** (i - 4)),
  ...[0, 1, 2].map((i) => 30 * Math.cos(2.3 * step + 0.9 * i)),
]);
const CONSTANTS = { weightDecay: 0.05, betas: [0.9, 0.99], eps: 1e-6 } as const;

/** The eight numbers as two parameters. */
function parted(values: readonly number[]): Vectors {
  return { a: values.slice(0, 5), b: values.slice(5) };
}

function descent(schedule: Schedule): Promise<number[][]> {
  const { weightDecay, betas: [beta1, beta2], eps } = CONSTANTS;
  const transform = adamW({ schedule, weightDecay, beta1, beta2, epsilon: eps });
  return descend(transform, parted(START), GRADIENTS.map(parted));
}

/**
 * Parameters after 1, 5 and 20 steps of PyTorch 1.13 in float64, on START and GRADIENTS:
 * `torch.optim.AdamW([p], lr=0.02, betas=(0.9, 0.99), eps=1e-6, weight_decay=0.05)`.
 */
const TORCH: Readonly<Record<number, readonly number[]>> = {
  1: [0.478946113, 0.976521231, 0.577875871, -0.370431027, -0.956552614, -0.724834785, 0.194904869, 0.957061974],
  5: [0.456258295, 0.94756876, 0.568812142, -0.35052332, -0.926570045, -0.732091212, 0.197201016, 0.976205015],
  20: [0.438714273, 0.920151187, 0.556731327, -0.33584436, -0.898888682, -0.732008278, 0.189169571, 0.965965273],
};

Deno.test("referenceAdamW() is torch.optim.AdamW", () => {
  const own = referenceAdamW(START, GRADIENTS, { lr: () => 0.02, ...CONSTANTS });
  for (const [step, values] of Object.entries(TORCH)) assertClose(own[Number(step) - 1]!, values, 1e-9);
});

forEachBackend("adamW() follows torch.optim.AdamW over 20 steps with weight decay", async () => {
  await assertNoLeak(async () => {
    const got = await descent(constantSchedule(0.02));
    for (const [step, values] of Object.entries(TORCH)) assertClose(got[Number(step) - 1]!, values, 1e-6);
  });
});

forEachBackend("adamW() follows float64 over 20 steps with weight decay and a schedule", async () => {
  const rate = cosineSchedule({ peak: 0.02, warmup: 5, steps: 20, floor: 0.001 });
  const got = await descent(rate);
  const want = referenceAdamW(START, GRADIENTS, { lr: rate, ...CONSTANTS });
  for (const [step, values] of want.entries()) assertClose(got[step]!, values, 1e-6);
  // The comparison would not notice a missing decay if decay were lost in rounding.
  const plain = referenceAdamW(START, GRADIENTS, { lr: rate, ...CONSTANTS, weightDecay: 0 });
  assert(plain.at(-1)!.some((value, i) => Math.abs(value - want.at(-1)![i]!) > 1e-4));
});

forEachBackend("adamW() takes the learning rate of the number of updates made before", async () => {
  const seen: number[] = [];
  const transform = adamW({
    schedule: (step) => {
      seen.push(step);
      return 0.1;
    },
    weightDecay: 0,
  });
  await descend(transform, { p: [1] }, [{ p: [1] }, { p: [1] }, { p: [1] }]);
  assertEquals(seen, [0, 1, 2]);
});

forEachBackend("adamW() leaves parameters without gradient and decay as they are", async () => {
  const transform = adamW({ schedule: constantSchedule(0.1), weightDecay: 0 });
  assertEquals(await descend(transform, { p: [1, -2] }, [{ p: [0, 0] }]), [[1, -2]]);
});
