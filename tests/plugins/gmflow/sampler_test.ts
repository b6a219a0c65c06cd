import {
  add,
  type Cells,
  dispose,
  exp,
  integrate,
  log,
  mul,
  neg,
  reshape,
  rng,
  square,
  sub,
  type Tensor,
  tensor,
  tidy,
} from "../../../core/mod.ts";
import { guidanceBias, guidedMoments, moveMoments } from "../../../plugins/gmflow/guidance.ts";
import {
  logSoftmax,
  type Mixture,
  mixtureMean,
  mixtureMoments,
  mixturePoint,
} from "../../../plugins/gmflow/mixture.ts";
import {
  gmOdeSampler,
  type GmPrediction,
  type GmSampler,
  gmSdeSampler,
  odeAdvance,
  sdeStep,
} from "../../../plugins/gmflow/sampler.ts";
import { drawTimes } from "../../../plugins/gmflow/samples.ts";
import { meanChange, secondOrder } from "../../../plugins/gmflow/second_order.ts";
import { rebase, reverseTransition, velocityToEnd } from "../../../plugins/gmflow/transitions.ts";
import { assert, assertAlmostEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { flat, FLOAT32, logStdOf, mixtureOf, row, vectors } from "./setup.ts";

const EXACT = vectors.gm_ode_exact_posterior_1d;

/** The exact mixture of velocities where data are a two-mode mixture on a line. */
function exactPosterior({ x }: Cells, t: Tensor): GmPrediction {
  const { prior_means, prior_std: tau, prior_weights } = EXACT;
  const rows = x.shape[0]!;
  const sigma = add(neg(t), 1);
  const precision = add(square(t.div(sigma)), 1 / tau ** 2);
  const pull = mul(reshape(x, [rows]), t.div(square(sigma)));
  const columns = (make: (m: number, k: number) => Tensor): Tensor =>
    prior_means.map((m, k) => reshape(make(m, k), [rows, 1])).reduce((a, b) => a.concat(b, 1));
  const means = columns((m) => sub(reshape(x, [rows]), add(pull, m / tau ** 2).div(precision)).div(sigma));
  const spread = add(square(sigma), mul(square(t), tau ** 2));
  const logits = columns((m, k) =>
    add(square(sub(reshape(x, [rows]), mul(t, m))).div(mul(spread, -2)), Math.log(prior_weights[k]!))
  );
  return {
    given: {
      means: reshape(means, [rows, prior_means.length, 1]),
      logStd: sub(mul(log(precision), -0.5), log(sigma)),
      logWeights: logSoftmax(logits),
    },
  };
}

async function ends(sampler: GmSampler, steps: number): Promise<Float32Array> {
  const x0: Cells = { x: tensor(EXACT.starts, [EXACT.starts.length, 1]) };
  const { x } = await integrate({ sampler, field: exactPosterior, x0, rng: rng(0) }, drawTimes(steps, 1));
  const { end } = await read(() => ({ end: x.x.clone() }));
  dispose([x.x, x0.x]);
  return end;
}

Deno.test("the exact posterior of the test is that of gm_ode_exact_posterior_1d", async () => {
  const { x, sigma, u_means, u_logstd, x0_mean } = EXACT.net_check;
  const got = await read(() => {
    const { given } = exactPosterior({ x: row([x]) }, tensor([1 - sigma]));
    return { means: given.means, logStd: given.logStd, end: mixtureMean(velocityToEnd(given, row([x]), sigma)) };
  });
  assertClose(got.means, u_means, FLOAT32);
  assertClose(got.logStd, [u_logstd], FLOAT32);
  assertClose(got.end, [x0_mean], FLOAT32);
});

forEachBackend("with an exact posterior GM-ODE depends only on the product of steps and sub-steps", async () => {
  await assertNoLeak(async () => {
    const tolerance = 1e-4;
    assertClose(await ends(gmOdeSampler(1), 16), EXACT.euler_16_steps, tolerance);
    assertClose(await ends(gmOdeSampler(4), 4), EXACT.gm_ode_4x4, tolerance);
    assertClose(await ends(gmOdeSampler(16), 1), EXACT.gm_ode_1x16, tolerance);
    assertClose(await ends(gmOdeSampler(16), 16), EXACT.gm_ode_16x16, 5e-4);
    assertClose(await ends(gmOdeSampler(1), 4), EXACT.euler_4_steps, tolerance);
    assertClose(await ends(gmOdeSampler(4, { order: 2 }), 4), EXACT.order2_4x4_natural_parameters, tolerance);
  });
});

Deno.test("GM-ODE approaches its fine limit, order 2 as well, where a clamped ratio would pull to the origin", async () => {
  const fine = await ends(gmOdeSampler(16), 128);
  assertClose(fine, EXACT.fine_limit_4096, 5e-3);
  assertClose(await ends(gmOdeSampler(1, { order: 2 }), 256), EXACT.gm_ode_16x16, 5e-3);
});

Deno.test("odeAdvance() reproduces every step of gm_ode_one_step_1d", async () => {
  const v = vectors.gm_ode_one_step_1d;
  const run = async (x: number, from: number, to: number, substeps: number): Promise<number> => {
    const { end } = await read(() => {
      const mixture = velocityToEnd(mixtureOf(v.u_means.map((m) => [m]), v.u_logstd, v.logweights), row([x]), from);
      return { end: odeAdvance(substeps)(mixture, row([x]), from, to, rng(0)) };
    });
    return end[0]!;
  };
  // Each prefix of the sub-steps by itself: the mixture is that of the first point throughout.
  for (const { x_start, sigma_start, trace } of [v, v.final_step_to_zero]) {
    for (const [i, { sigma_next, x }] of trace.entries()) {
      assertAlmostEquals(await run(x_start, sigma_start, sigma_next, i + 1), x, 2e-5);
    }
  }
  assertAlmostEquals(await run(v.x_start, v.sigma_start, v.sigma_end, 1), v.inner1_x_end, 1e-5);
});

forEachBackend("sdeStep() reproduces gm_sde_step", async () => {
  const v = vectors.gm_sde_step;
  const got = await read(() => {
    const end = velocityToEnd(mixtureOf(v.u_means, v.u_logstd, v.logweights), row(v.x), v.sigma);
    const component = row([0, 1]);
    const law = reverseTransition(end, row(v.x), v.sigma_next, v.sigma);
    return {
      end: mixturePoint(end, component, row(v.eps_x0)),
      next: sdeStep(end, row(v.x), v.sigma, v.sigma_next, {
        component,
        endNoise: row(v.eps_x0),
        stepNoise: row(v.eps_step),
      }),
      means: law.means,
      logStd: law.logStd,
    };
  });
  assertClose(got.end, v.x0_sample, FLOAT32);
  assertClose(got.next, v.x_next, FLOAT32);
  assertClose(got.means, flat(v.law_of_x_next.means), FLOAT32);
  assertClose(got.logStd, [logStdOf(v.law_of_x_next.var)], FLOAT32);
});

Deno.test("100,000 GM-SDE steps have mean and variance of the reverse transition", async () => {
  const v = vectors.gm_sde_step;
  const rows = 100_000;
  const field = (): GmPrediction => {
    const one = mixtureOf(v.u_means, v.u_logstd, v.logweights);
    const spread = (x: Tensor): Tensor =>
      add(x, tensor(new Float32Array(rows), [rows, ...x.shape.slice(1).map(() => 1)]));
    return { given: { means: spread(one.means), logStd: spread(one.logStd), logWeights: spread(one.logWeights) } };
  };
  const { x } = tidy(() => ({
    x: gmSdeSampler().step(
      field,
      { x: add(row(v.x), tensor(new Float32Array(2 * rows), [rows, 2])) },
      1 - v.sigma,
      1 - v.sigma_next,
      [],
      rng(7),
    ).x.x,
  }));
  const values = await x.data();
  x.dispose();
  const { means, var: variance } = v.law_of_x_next;
  const weights = v.logweights.map(Math.exp);
  for (const axis of [0, 1]) {
    const column = Array.from({ length: rows }, (_, i) => values[2 * i + axis]!);
    const mean = column.reduce((a, b) => a + b, 0) / rows;
    const spread = column.reduce((a, b) => a + (b - mean) ** 2, 0) / rows;
    const expected = means.reduce((sum, m, k) => sum + weights[k]! * m[axis]!, 0);
    const whole = variance + means.reduce((sum, m, k) => sum + weights[k]! * (m[axis]! - expected) ** 2, 0);
    assert(Math.abs(mean - expected) < 4 * Math.sqrt(whole / rows), `mean ${mean}, expected ${expected}`);
    assert(Math.abs(spread / whole - 1) < 4 * Math.sqrt(2 / rows), `variance ${spread}, expected ${whole}`);
  }
});

forEachBackend("secondOrder() reproduces gm_second_order", async () => {
  const v = vectors.gm_second_order;
  const got = await read(() => {
    const base = mixtureOf(v.current.means, logStdOf(v.current.var), v.current.logweights);
    const last = mixtureOf(v.previous.means, logStdOf(v.previous.var), v.previous.logweights);
    const moments = mixtureMoments(base);
    const before = mixtureMean(rebase(
      last,
      { x: row(v.previous.x), sigma: v.previous.sigma },
      { x: row(v.current.x), sigma: v.current.sigma },
    ));
    const input = { base, moments, mean: moments.mean, before, step: v.h, stepBefore: v.h_prev };
    const out = secondOrder(input, { scale: v.guidance, errorShare: v.ca });
    return {
      mean: moments.mean,
      variance: moments.variance,
      before,
      change: meanChange(input, { scale: v.guidance, errorShare: v.ca }),
      means: out.means,
      variances: exp(mul(out.logStd, 2)),
      logWeights: out.logWeights,
      outMean: mixtureMean(out),
    };
  });
  assertClose(got.mean, v.iso_mean, FLOAT32);
  assertClose(got.variance, [v.iso_var], FLOAT32);
  assertClose(got.before, v.mean_from_prev, FLOAT32);
  assertClose(got.change, v.bias, FLOAT32);
  assertClose(got.means, flat(v.out_means), FLOAT32);
  assertClose(got.variances, [v.out_var], FLOAT32);
  assertClose(got.logWeights, v.out_logweights, FLOAT32);
  assertClose(got.outMean, v.out_mean, FLOAT32);
});

forEachBackend("guidance reproduces probabilistic_guidance", async () => {
  const v = vectors.probabilistic_guidance;
  const update = v.mixture_update;
  const got = await read(() => {
    const moments = { mean: row(v.cond_mean), variance: tensor([v.cond_iso_var]) };
    const bias = guidanceBias(moments, row(v.uncond_mean), { scale: v.scale });
    const plain = guidanceBias(moments, row(v.uncond_mean), { scale: v.scale, orthogonal: 0 });
    const target = guidedMoments(moments, bias, v.scale);
    const mixture: Mixture = mixtureOf(update.means, logStdOf(update.var), update.logweights);
    const own = mixtureMoments(mixture);
    const moved = guidanceBias(own, row(update.uncond_mean), { scale: update.scale });
    const out = moveMoments(mixture, own, guidedMoments(own, moved, update.scale));
    return {
      bias,
      plain,
      mean: target.mean,
      variance: target.variance,
      outMeans: out.means,
      outVariance: exp(mul(out.logStd, 2)),
      outWeights: out.logWeights,
      outMean: mixtureMean(out),
    };
  });
  assertClose(got.bias, v.orthogonal.bias, FLOAT32);
  assertClose(got.plain, v.not_orthogonal.bias, FLOAT32);
  assertClose(got.mean, v.orthogonal.target_mean, FLOAT32);
  assertClose(got.variance, [v.orthogonal.target_var], FLOAT32);
  assertClose(got.outMeans, flat(update.out_means), FLOAT32);
  assertClose(got.outVariance, [update.out_var], FLOAT32);
  assertClose(got.outWeights, update.out_logweights, FLOAT32);
  assertClose(got.outMean, update.out_mean, FLOAT32);
});

Deno.test("guidance of scale 0 samples as without", async () => {
  const guided: GmSampler = gmOdeSampler(4, { order: 2, guidance: 0, power: 1 });
  assertClose(await ends(guided, 4), EXACT.gm_ode_4x4, 1e-4);
});
