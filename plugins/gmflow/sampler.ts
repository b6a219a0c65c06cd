import {
  add,
  type Cells,
  clone,
  type Field,
  mul,
  type Rng,
  type Sampler,
  scalar,
  sqrt,
  type Step,
  type Tensor,
  timesLike,
} from "../../core/mod.ts";
import { guidanceBias, guidedMoments, meanOverItem, moveMoments } from "./guidance.ts";
import {
  chooseComponent,
  type Mixture,
  mixtureMean,
  mixtureMoments,
  mixturePoint,
  squaredMeans,
  temper,
  tiltedMean,
} from "./mixture.ts";
import { secondOrder } from "./second_order.ts";
import { evidence, rebase, reverseWeights, shifted, velocityToEnd } from "./transitions.ts";

/** What the network says at a point: the mixture of velocities under the condition, and without it for guidance. */
export interface GmPrediction {
  /** Mixture of u = noise - data under the condition. */
  readonly given: Mixture;
  /** The same without a condition; present if and only if sampling is guided. */
  readonly none?: Mixture;
}

/** What a step remembers: its mixture of x0, where and at which noise level it was predicted, and how long the step was. */
export type GmMemory = readonly [] | readonly [end: Mixture, x: Tensor, sigma: Tensor, step: Tensor];

/** Goes from one noise level to the next on a mixture of x0 predicted at `x`. */
export type Advance = (end: Mixture, x: Tensor, sigma: number, next: number, rng: Rng) => Tensor;

/** How a sampler of mixtures works, apart from the way it advances. */
export interface GmSamplerOptions {
  /** 1, or 2 to correct each mixture by the one before. @default {1} */
  readonly order?: 1 | 2;
  /** Guidance scale g in [0, 1); above 0 the field has to bring `none`. @default {0} */
  readonly guidance?: number;
  /** Share of the guidance along the mean that is taken out. @default {1} */
  readonly orthogonal?: number;
  /** Inverse temperature of the mixtures. @default {1} */
  readonly power?: number;
  /** Rounds that make the second-order move of the mean exact. @default {0} */
  readonly corrections?: number;
  /** Rows that share a variance. @default {1} */
  readonly itemRows?: number;
}

/** A sampler whose field is a mixture. */
export type GmSampler = Sampler<Cells, GmPrediction, GmMemory>;

/** Noise levels at which a division by them is safe; backward runs start at 0. */
const SMALLEST = 1e-6;

/**
 * GM-ODE: `substeps` Euler steps between two network calls, each towards the mean of the mixture re-based to where it is
 * (Chen et al. 2025, algorithm 2).
 *
 * @param substeps Number of steps m, at least 1.
 * @param shift Shift of the noise levels, see `noiseLevels`.
 * @returns The rule.
 */
export function odeAdvance(substeps: number, shift = 1): Advance {
  return (end, start, sigma, next) => {
    const [from, to] = [sigma, next].map((level) => shifted(level, 1 / shift)) as [number, number];
    const squares = substeps > 1 ? squaredMeans(end) : undefined;
    const origin = { x: start, sigma };
    let x = start;
    for (let i = 0; i < substeps; i++) {
      const level = (step: number): number => shifted(from + (step / substeps) * (to - from), shift);
      const [here, there] = [Math.max(level(i), SMALLEST), level(i + 1)];
      let target: Tensor;
      if (i === 0) target = mixtureMean(end);
      else {
        const { eta, delta } = evidence(origin, { x, sigma: here });
        target = tiltedMean(end, squares!, eta, delta as number);
      }
      const keep = there / here;
      x = add(mul(x, keep), mul(target, 1 - keep));
    }
    return x;
  };
}

/** The draws of one stochastic step. */
export interface SdeDraws {
  /** Chosen component, one-hot `[B, K]`. */
  readonly component: Tensor;
  /** Noise of the clean cell, `[B, D]`. */
  readonly endNoise: Tensor;
  /** Noise of the transition, `[B, D]`. */
  readonly stepNoise: Tensor;
}

/**
 * One GM-SDE step: draw a clean cell of the mixture, then the state at the lower noise level given it.
 *
 * @param end Mixture of x0 predicted at `x`.
 * @param x State, `[B, D]`.
 * @param sigma Its noise level.
 * @param next Lower noise level.
 * @param draws Component and noises.
 * @returns State at `next`.
 */
export function sdeStep(end: Mixture, x: Tensor, sigma: number, next: number, draws: SdeDraws): Tensor {
  const { component, endNoise, stepNoise } = draws;
  const { c1, c2, c3 } = reverseWeights(next, sigma);
  const drawn = add(mul(x, c1), mul(mixturePoint(end, component, endNoise), c2));
  return add(drawn, mul(stepNoise, typeof c3 === "number" ? Math.sqrt(c3) : sqrt(c3)));
}

/**
 * GM-SDE: one stochastic step per network call (Chen et al. 2025, algorithm 1).
 *
 * @returns The rule.
 */
export function sdeAdvance(): Advance {
  return (end, x, sigma, next, rng) =>
    sdeStep(end, x, sigma, next, {
      component: chooseComponent(end, rng.fold("component").uniform([x.shape[0]!])),
      endNoise: rng.fold("end").normal(x.shape),
      stepNoise: rng.fold("step").normal(x.shape),
    });
}

/** Mixtures of one step. */
interface Refined {
  /** What the sampler goes by. */
  readonly end: Mixture;
  /** What the next step remembers: after guidance, before the second-order correction. */
  readonly plain: Mixture;
}

function refine(
  prediction: GmPrediction,
  x: Tensor,
  sigma: number,
  step: number,
  memory: GmMemory,
  options: GmSamplerOptions,
): Refined {
  const { order = 1, guidance: scale = 0, orthogonal = 1, power = 1, itemRows = 1, corrections = 0 } = options;
  const base = temper(velocityToEnd(prediction.given, x, sigma), power);
  if (order === 1 && scale === 0) return { end: base, plain: base };
  const own = mixtureMoments(base);
  const moments = { ...own, variance: meanOverItem(own.variance, itemRows) };
  const bias = scale === 0 ? undefined : guidanceBias(
    moments,
    mixtureMean(temper(velocityToEnd(prediction.none!, x, sigma), power)),
    { scale, orthogonal, itemRows },
  );
  const plain = bias === undefined ? base : moveMoments(base, moments, guidedMoments(moments, bias, scale));
  if (order === 1 || memory.length === 0) return { end: plain, plain };
  const [last, at, level, stepBefore] = memory as readonly [Mixture, Tensor, Tensor, Tensor];
  const before = mixtureMean(rebase(last, { x: at, sigma: level }, { x, sigma }));
  const input = {
    base,
    moments,
    mean: bias === undefined ? own.mean : mixtureMean(plain),
    before,
    step,
    stepBefore,
    ...(bias === undefined ? {} : { bias }),
  };
  return { end: secondOrder(input, { scale, corrections, itemRows }), plain };
}

/**
 * A sampler whose field is a mixture of velocities: one field evaluation a step, then `advance`.
 *
 * @param advance How to go from one noise level to the next, see {@linkcode odeAdvance} and {@linkcode sdeAdvance}.
 * @param options Order, guidance and temperature.
 * @returns The sampler; path time t is noise level 1 - t.
 */
export function gmSampler(advance: Advance, options: GmSamplerOptions = {}): GmSampler {
  return Object.freeze({
    evaluations: 1,
    init: (): GmMemory => [],
    step(
      field: Field<Cells, GmPrediction>,
      state: Cells,
      t0: number,
      t1: number,
      memory: GmMemory,
      rng: Rng,
    ): Step<Cells, GmMemory> {
      const { x } = state;
      const sigma = Math.max(1 - t0, SMALLEST);
      const next = 1 - t1;
      const { end, plain } = refine(field(state, timesLike(state, t0)), x, sigma, sigma - next, memory, options);
      const moved = { x: advance(end, x, sigma, next, rng) };
      if ((options.order ?? 1) === 1) return { x: moved, memory: [] };
      return { x: moved, memory: [plain, clone(x), scalar(sigma), scalar(sigma - next)] };
    },
  });
}

/**
 * Sampler by the probability-flow equation, with sub-steps in closed form between network calls.
 *
 * @param substeps Steps per network call.
 * @param options Order, guidance and temperature.
 * @returns The sampler.
 */
export function gmOdeSampler(substeps: number, options: GmSamplerOptions = {}): GmSampler {
  return gmSampler(odeAdvance(substeps), options);
}

/**
 * Stochastic sampler: each step draws a clean cell from the mixture.
 *
 * @param options Order, guidance and temperature.
 * @returns The sampler.
 */
export function gmSdeSampler(options: GmSamplerOptions = {}): GmSampler {
  return gmSampler(sdeAdvance(), options);
}
