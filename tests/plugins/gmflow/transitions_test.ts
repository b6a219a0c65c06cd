import { mul, rng, tensor } from "../../../core/mod.ts";
import { logSoftmax, mixtureMean, mixtureNll } from "../../../plugins/gmflow/mixture.ts";
import {
  diffusionVariance,
  endToVelocity,
  evidence,
  forwardTransition,
  noiseLevels,
  rebase,
  reverseTransition,
  reverseWeights,
  shifted,
  velocityToEnd,
} from "../../../plugins/gmflow/transitions.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { flat, FLOAT32, logStdOf, mixtureOf, row, vectors } from "./setup.ts";

forEachBackend("velocityToEnd() reproduces gm_u_to_x0, and endToVelocity() undoes it", async () => {
  const v = vectors.gm_u_to_x0;
  const got = await read(() => {
    const velocity = mixtureOf(v.u_means, v.u_logstd, v.logweights);
    const end = velocityToEnd(velocity, row(v.x), v.sigma);
    const back = endToVelocity(end, row(v.x), tensor([v.sigma]));
    return {
      means: end.means,
      logStd: end.logStd,
      mean: mixtureMean(end),
      velocityMean: mixtureMean(velocity),
      back: back.means,
      backStd: back.logStd,
    };
  });
  assertClose(got.means, flat(v.x0_means), FLOAT32);
  assertClose(got.logStd, [v.x0_logstd], FLOAT32);
  assertAlmostEquals(Math.exp(v.x0_logstd), v.x0_std, 1e-7);
  assertClose(got.mean, v.x0_mean, FLOAT32);
  assertClose(got.velocityMean, v.u_mean, FLOAT32);
  assertClose(got.back, flat(v.u_means), FLOAT32);
  assertClose(got.backStd, [v.u_logstd], FLOAT32);
});

forEachBackend("forwardTransition() reproduces forward_process", async () => {
  const v = vectors.forward_process;
  const got = await read(() => {
    const clean = row(v.x0);
    const low = forwardTransition(clean, 0, v.sigma_low, row(v.eps0));
    const high = forwardTransition(low, v.sigma_low, v.sigma_high, row(v.eps1));
    const again = forwardTransition(low, tensor([v.sigma_low]), tensor([v.sigma_high]), row(v.eps1));
    return { low, high, again, velocity: mul(high.sub(clean), 1 / v.sigma_high) };
  });
  assertClose(got.low, v.x_low, FLOAT32);
  assertClose(got.high, v.x_high, FLOAT32);
  assertClose(got.again, v.x_high, FLOAT32);
  assertClose(got.velocity, v.implied_u_at_high, FLOAT32);
});

forEachBackend("reverseTransition() reproduces reverse_transition and its likelihood", async () => {
  const v = vectors.reverse_transition;
  const weights = reverseWeights(v.sigma_low, v.sigma_high);
  assertClose([weights.c1, weights.c2, weights.c3] as number[], [v.c1, v.c2, v.c3], 1e-7);
  const got = await read(() => {
    const end = velocityToEnd(mixtureOf(v.u_means, v.u_logstd, v.logweights), row(v.x_high), v.sigma_high);
    const law = reverseTransition(end, row(v.x_high), v.sigma_low, v.sigma_high);
    const byRow = reverseTransition(end, row(v.x_high), tensor([v.sigma_low]), tensor([v.sigma_high]));
    const zero = reverseTransition(end, row(v.x_high), 0, v.sigma_high);
    return {
      means: law.means,
      logStd: law.logStd,
      nll: mixtureNll(law, row(v.target_x_low)),
      rowMeans: byRow.means,
      rowStd: byRow.logStd,
      zeroMeans: zero.means,
      zeroStd: zero.logStd,
    };
  });
  assertClose(got.means, flat(v.means), FLOAT32);
  assertClose(got.logStd, [v.logstd], FLOAT32);
  assertClose(got.nll, [v.transition_nll], FLOAT32);
  assertClose(got.rowMeans, flat(v.means), FLOAT32);
  assertClose(got.rowStd, [v.logstd], FLOAT32);
  const zero = v.sigma_low_zero;
  assertClose(got.zeroMeans, flat(zero.means), FLOAT32);
  assertClose(got.zeroStd, [logStdOf(zero.var)], 1e-4);
});

forEachBackend("rebase() reproduces gm_posterior_convert", async () => {
  const v = vectors.gm_posterior_convert;
  const target = { x: row(v.x_tgt), sigma: v.sigma_tgt };
  for (const [sigma, want] of [[v.sigma_src, v], [v.src_sigma_one.sigma_src, v.src_sigma_one]] as const) {
    const got = await read(() => {
      const from = { x: row(v.x_src), sigma };
      const to = { x: row(v.x_tgt), sigma: target.sigma };
      const end = mixtureOf(v.means, logStdOf(v.var), v.logweights);
      const { means, logStd, logWeights } = rebase(end, from, to);
      const still = rebase(end, from, from);
      const { eta } = evidence(from, to);
      return { means, logStd, logWeights, eta, mean: mixtureMean({ means, logWeights }), still: still.means };
    });
    assertClose(got.eta, want.nu, FLOAT32);
    assertClose(got.means, flat(want.out_means), FLOAT32);
    assertClose(got.logStd, [logStdOf(want.out_var)], FLOAT32);
    assertClose(got.logWeights, want.out_logweights, FLOAT32);
    assertClose(got.mean, want.out_mean, FLOAT32);
    assertClose(got.still, flat(v.means), 1e-7);
  }
  target.x.dispose();
});

forEachBackend("rebase() over two points is rebase() to the last", async () => {
  const got = await read(() => {
    const stream = rng(4);
    const end = {
      means: stream.fold("m").normal([3, 4, 2]),
      logStd: mul(stream.fold("s").normal([3]), 0.2),
      logWeights: logSoftmax(stream.fold("w").normal([3, 4])),
    };
    const point = (tag: string, sigma: number) => ({ x: stream.fold(tag).normal([3, 2]), sigma });
    const [a, b, c] = [point("a", 0.9), point("b", 0.6), point("c", 0.3)];
    const [direct, around] = [rebase(end, a, c), rebase(rebase(end, a, b), b, c)];
    return { direct: direct.means, around: around.means, weights: direct.logWeights, same: around.logWeights };
  });
  assertClose(got.around, got.direct, FLOAT32, FLOAT32);
  assertClose(got.same, got.weights, 1e-4, 1e-5);
});

Deno.test("noiseLevels() reproduces sigma_schedule", () => {
  const { cases, train_time_shift, train_time_logit_normal } = vectors.sigma_schedule;
  for (const { outer, inner, shift, ...want } of cases) {
    const levels = noiseLevels(outer * inner, shift);
    if ("sigmas" in want) assertClose(levels, want.sigmas as number[], 1e-7);
    if ("first3" in want) {
      assertEquals(levels.length, want.length as number);
      assertClose(
        [...levels.slice(0, 3), ...levels.slice(-3)],
        [...want.first3 as number[], ...want.last3 as number[]],
        0,
      );
    }
  }
  train_time_shift.t_linear.forEach((t, i) => {
    assertAlmostEquals(shifted(t, train_time_shift.shift), train_time_shift.t[i]!, 1e-7);
  });
  train_time_logit_normal.z.forEach((z, i) => {
    assertAlmostEquals(1 / (1 + Math.exp(-z)), train_time_logit_normal.t[i]!, 1e-7);
  });
});

Deno.test("diffusionVariance() is what DDPM adds to a mean, in the scale of the straight path", () => {
  const { sigma, sigma_next, ddpm_large_std_for_mean_mode } = vectors.gm_sde_step;
  assertAlmostEquals(Math.sqrt(diffusionVariance(sigma_next, sigma)), ddpm_large_std_for_mean_mode, 1e-7);
  assert(diffusionVariance(0, 0.5) > 0);
});
