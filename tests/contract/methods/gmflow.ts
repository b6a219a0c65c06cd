import {
  add,
  applyLinear,
  type Batch,
  concat,
  dispose,
  div,
  draw,
  exp,
  expandDims,
  expandLike,
  flowTrainable,
  gaussianPrior,
  linearPath,
  log,
  logSumExp,
  type Loss,
  maximum,
  mean,
  type Method,
  midpointSampler,
  mul,
  neg,
  type Objective,
  oneHot,
  ownBatch,
  type Params,
  type PathPoint,
  reshape,
  rng,
  silu,
  sourcePrior,
  square,
  type State,
  sub,
  sum,
  type Tensor,
  tensor,
  timeGrid,
  zeros,
} from "../../../core/mod.ts";
import { gmOde, type Mixture, mixtureMean, type MixtureMemory } from "./gm_ode.ts";
import { applyMlp, type Cells, column, joinBatches, mlpParams, type Tiny } from "./tiny.ts";

const [K, D, STAGES, HIDDEN] = [3, 2, 3, 16];
type Stage = { readonly stage: Tensor };

/** Negative log-likelihood of the velocity under the mixture (Chen et al. 2025), up to a constant. */
export function mixtureLikelihood<C extends Stage | Record<string, Tensor>>(): Objective<Cells, C, Mixture> {
  return {
    loss(predict, { xt, t, dxt }: PathPoint<Cells>, { weight }): Loss {
      const { means, logScale, logWeights } = predict(xt, t);
      const dimensions = means.shape[2]!;
      const distance = sum(square(sub(expandDims(dxt.x, 1), means)), [2]);
      const inverse = exp(mul(expandDims(logScale, 1), -2));
      const inner = sub(logWeights, add(mul(mul(distance, inverse), 0.5), mul(expandDims(logScale, 1), dimensions)));
      const rows = neg(logSumExp(inner));
      const nll = mean(weight === undefined ? rows : mul(rows, weight));
      return { total: nll, parts: { nll } };
    },
    velocity: (mixture) => ({ x: mixtureMean(mixture) }),
  };
}

const objective = mixtureLikelihood<Stage>();

function mixtureNetwork(params: Params, { x }: Cells, t: Tensor, { stage }: Stage): Mixture {
  const h = silu(applyMlp(params, "trunk", concat([x, column(t), stage], 1)));
  const logits = applyLinear(params, "weights", h);
  return {
    means: reshape(applyLinear(params, "means", h), [x.shape[0]!, K, D]),
    logScale: reshape(applyLinear(params, "scale", h), [x.shape[0]!]),
    logWeights: sub(logits, expandLike(logSumExp(logits), logits)),
  };
}

/** A mixture of velocities under a stage; the sampler's field is the mixture itself. */
export const gmMethod: Method<Cells, Stage, Mixture, Mixture, MixtureMemory> = {
  prior: gaussianPrior(),
  path: linearPath(),
  objective,
  backbone: {
    init: (stream) => ({
      trunk: mlpParams(stream.fold("trunk"), [D + 1 + STAGES, HIDDEN, HIDDEN]),
      means: (mlpParams(stream.fold("means"), [HIDDEN, K * D]) as { readonly layers: readonly Params[] }).layers[0]!,
      weights: { weight: zeros([HIDDEN, K]), bias: zeros([K]) },
      scale: { weight: zeros([HIDDEN, 1]), bias: zeros([1]) },
    }),
    apply: mixtureNetwork,
  },
  sampler: gmOde(4),
  field: (predict) => predict,
  times: ({ target }, stream) => stream.uniform([target.x.shape[0]!]),
  batches: () => Promise.reject(new Error("toy data")),
};

/** Each stage has its own pair of clusters. */
export function stages(step: number): Batch<Cells, Stage> {
  const noise = rng(step).fold("cells").host.normal(D * 24);
  const kinds = Int32Array.from({ length: 24 }, (_, i) => i % STAGES);
  const x = noise.map((value, i) => 0.2 * value + (kinds[Math.floor(i / D)]! - 1) + (i % 4 < 2 ? 1.5 : -1.5));
  return ownBatch<Cells, Stage>({ target: { x: tensor(x, [24, D]) }, cond: { stage: oneHot(kinds, STAGES) } });
}

/** Gaussian mixture flow matching with a class condition. */
export const gmflow: Tiny<Batch<Cells, Stage>> = {
  name: "gmflow",
  trainable: flowTrainable(gmMethod),
  rate: 0.02,
  falls: 0.3,
  rowsInteract: false,
  batch: (step) => Promise.resolve(stages(step)),
  join: joinBatches,
  async draw(params, stream): Promise<State> {
    const like = { x: zeros([6, D]) };
    // A stage that was never trained, half way between two that were.
    const cond = { stage: tensor(Float32Array.from({ length: 18 }, (_, i) => i % 3 < 2 ? 0.5 : 0), [6, STAGES]) };
    const options = { params, cond, like, rng: stream };
    const { x } = await draw(gmMethod, { ...options, times: timeGrid(6) });
    // And back from data to noise, with the mixture read out as a velocity so that any sampler will do.
    const back: Method<Cells, Stage, Mixture> = {
      ...gmMethod,
      prior: sourcePrior(),
      sampler: midpointSampler(),
      field: (predict) => (at, t) => objective.velocity(predict(at, t), at, t),
    };
    const { x: noise } = await draw(back, { ...options, source: x, times: timeGrid(9, 1, 0) });
    dispose([like.x, cond.stage, x.x]);
    return noise as State;
  },
};

/** The exact mixture of velocities where data are N(m, s^2) in each dimension and noise is N(0, 1). */
export function gaussianPosterior({ x }: Cells, t: Tensor, m: number, s: number): Mixture {
  const sigma = maximum(sub(1, column(t)), 1e-3);
  const precision = add(square(div(column(t), sigma)), 1 / s ** 2);
  const end = div(add(mul(x, div(column(t), square(sigma))), m / s ** 2), precision);
  const rows = x.shape[0]!;
  return {
    means: expandDims(div(sub(end, x), sigma), 1),
    logScale: reshape(sub(mul(log(precision), -0.5), log(sigma)), [rows]),
    logWeights: zeros([rows, 1]),
  };
}
