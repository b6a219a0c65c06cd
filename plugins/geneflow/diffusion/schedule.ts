/** Noise levels of a diffusion; index 0 is the least noise. */
export interface NoiseSchedule {
  /** Number of levels (T). */
  readonly levels: number;
  /** Variance added from one level to the next, β. */
  readonly beta: Float64Array;
  /** Share of the data's variance that is left, ᾱ. */
  readonly kept: Float64Array;
}

const OFFSET = 0.008;
const LARGEST = 0.999;
/** Ends of the linear schedule. */
const [FIRST, LAST] = [1e-4, 0.02];

function cosineShare(u: number): number {
  return Math.cos(((u + OFFSET) / (1 + OFFSET)) * Math.PI / 2) ** 2;
}

/**
 * Make a schedule.
 *
 * @param kind `cosine` (Nichol and Dhariwal 2021) or `linear` (Ho et al. 2020).
 * @param levels Number of levels.
 * @returns The schedule, in float64.
 */
export function noiseSchedule(kind: "cosine" | "linear", levels: number): NoiseSchedule {
  const beta = Float64Array.from({ length: levels }, (_, i) => {
    if (kind === "linear") return FIRST + (LAST - FIRST) * i / Math.max(1, levels - 1);
    return Math.min(LARGEST, Math.max(0, 1 - cosineShare((i + 1) / levels) / cosineShare(i / levels)));
  });
  let left = 1;
  return { levels, beta, kept: beta.map((value) => left *= 1 - value) };
}

/** How the state of the next lower level follows from x̂1 and the state. */
export interface Posterior {
  /** Weight of the estimated data. */
  readonly target: number;
  /** Weight of the state. */
  readonly state: number;
  /** Variance of the step. */
  readonly variance: number;
  /** Its logarithm, that of the lowest level replaced by the next one's. */
  readonly logVariance: number;
}

/**
 * The posterior of one step down.
 *
 * @param schedule Noise levels.
 * @param level Level of the state, from 0 to T - 1.
 * @returns Mean and variance.
 */
export function posteriorAt({ beta, kept }: NoiseSchedule, level: number): Posterior {
  const before = (at: number): number => at === 0 ? 1 : kept[at - 1]!;
  const varianceAt = (at: number): number => beta[at]! * (1 - before(at)) / (1 - kept[at]!);
  return {
    target: beta[level]! * Math.sqrt(before(level)) / (1 - kept[level]!),
    state: (1 - before(level)) * Math.sqrt(1 - beta[level]!) / (1 - kept[level]!),
    variance: varianceAt(level),
    logVariance: Math.log(varianceAt(Math.max(level, Math.min(1, beta.length - 1)))),
  };
}

/**
 * The noise level of a path time: T - 1 at 0, the level before the data at 1 - 1 / T.
 *
 * @param t Path time in [0, 1).
 * @param levels Number of levels (T).
 * @returns Level, from 0 to T - 1.
 */
export function levelAt(t: number, levels: number): number {
  return Math.min(levels - 1, Math.max(0, Math.round((1 - t) * levels) - 1));
}
