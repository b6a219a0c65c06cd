import type { HostArray, NumericArray } from "../host_array.ts";
import { negativeBinomialLogs, zinbFromMean, type ZinbLaw } from "./zinb_law.ts";

/** How laws are fitted. */
export type ZinbFit = "moments" | "likelihood";

/** Beyond this inverse dispersion a law is Poisson for all purposes. */
const POISSON = 1e6;
/** Smallest inverse dispersion. */
const WIDEST = 1e-3;
/** Halvings of an interval: more than float64 has digits. */
const HALVINGS = 60;
/** Steps of the golden-section search; each shortens the interval to 0.618 of itself. */
const GOLDEN_STEPS = 60;

/** Counts of one gene: how many spots have each. */
interface Histogram {
  readonly spots: number;
  /** Number of spots by count. */
  readonly of: Float64Array;
  readonly mean: number;
  readonly variance: number;
  readonly zero: number;
}

function histogram({ data, shape }: HostArray<NumericArray>, gene: number): Histogram {
  const [spots, genes] = shape as [number, number];
  let most = 0;
  for (let i = gene; i < data.length; i += genes) {
    const count = data[i]!;
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(
        `Cannot fit a count law: row ${
          (i - gene) / genes
        } of column ${gene} is ${count}, expected a whole number of at least 0`,
      );
    }
    most = Math.max(most, count);
  }
  const of = new Float64Array(most + 1);
  for (let i = gene; i < data.length; i += genes) of[data[i]!]!++;
  const mean = of.reduce((sum, n, y) => sum + n * y, 0) / spots;
  const variance = of.reduce((sum, n, y) => sum + n * (y - mean) ** 2, 0) / spots;
  return { spots, of, mean, variance, zero: of[0]! / spots };
}

/** Where a falling-to-rising function crosses zero in [low, high]. */
function bisect(f: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function maximize(f: (x: number) => number, low: number, high: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fa, fb] = [f(a), f(b)];
  for (let i = 0; i < GOLDEN_STEPS; i++) {
    if (fa > fb) {
      [high, b, fb] = [b, a, fa];
      a = high - ratio * (high - low);
      fa = f(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + ratio * (high - low);
      fb = f(b);
    }
  }
  return (low + high) / 2;
}

function zeroOf(mu: number, phi: number): number {
  return Math.exp(-phi * Math.log1p(mu / phi));
}

/** The inverse dispersion that gives a variance, with a share of extra zeros. */
function dispersionOf({ mean, variance }: Histogram, pi: number): number {
  const mu = mean / (1 - pi);
  const excess = (variance - pi * (1 - pi) * mu * mu) / (1 - pi) - mu;
  return Math.max(WIDEST, excess > 0 ? Math.min(POISSON, mu * mu / excess) : POISSON);
}

function byMoments(counts: Histogram): ZinbLaw {
  const { mean, zero } = counts;
  const excess = (pi: number): number => pi + (1 - pi) * zeroOf(mean / (1 - pi), dispersionOf(counts, pi)) - zero;
  const pi = excess(0) < 0 ? bisect(excess, 0, zero) : 0;
  return zinbFromMean(mean / (1 - pi), dispersionOf(counts, pi), pi);
}

/** Log likelihood of the negative binomial part alone, of all spots or of those with a count. */
function logLikelihood({ spots, of }: Histogram, mu: number, phi: number, positive: boolean): number {
  const logs = negativeBinomialLogs({ mu, phi, pi: 0 }, of.length - 1);
  let sum = 0;
  for (let y = positive ? 1 : 0; y < of.length; y++) sum += of[y]! * logs[y]!;
  return positive ? sum - (spots - of[0]!) * Math.log(-Math.expm1(logs[0]!)) : sum;
}

// The positive counts know nothing of the extra zeros: their law is the negative binomial without zero, whose mean is
// the sample's at the maximum. What zeros it leaves unexplained are the extra ones; if it explains too many, none are.
function byLikelihood(counts: Histogram): ZinbLaw {
  const { mean, zero, of } = counts;
  const range = [Math.log(WIDEST), Math.log(POISSON)] as const;
  const plain = Math.exp(maximize((log) => logLikelihood(counts, mean, Math.exp(log), false), ...range));
  if (zero === 0 || of.length === 2) return zinbFromMean(mean, plain, 0);
  const positive = mean / (1 - zero);
  const muAt = (phi: number): number =>
    bisect((mu) => mu / -Math.expm1(-phi * Math.log1p(mu / phi)) - positive, 1e-12, positive);
  const phi = Math.exp(maximize((log) => logLikelihood(counts, muAt(Math.exp(log)), Math.exp(log), true), ...range));
  const mu = muAt(phi);
  const explained = zeroOf(mu, phi);
  return explained < zero ? zinbFromMean(mu, phi, (zero - explained) / (1 - explained)) : zinbFromMean(mean, plain, 0);
}

/**
 * Fit a zero-inflated negative binomial law to the counts of each gene.
 *
 * `"moments"` matches mean, variance and, where a negative binomial law has too few zeros, their share; `"likelihood"`
 * maximises the likelihood. Genes without counts get a law of mean 0.
 *
 * @example Usage
 * ```ts
 * import { fitZinb, hostArray } from "@morphogen/morphogen";
 *
 * const counts = hostArray(Float32Array.of(0, 0, 0, 2, 3, 7), [6, 1]);
 * const [law] = fitZinb(counts, "moments");
 * if (Math.abs((1 - law!.pi) * law!.mu - 2) > 1e-9) throw new Error("the mean is kept");
 * ```
 *
 * @param counts Counts, `[N, G]`, N >= 1.
 * @param method How.
 * @returns One law per gene.
 * @throws {RangeError} If a value is negative or no whole number, or there are no rows.
 */
export function fitZinb(counts: HostArray<NumericArray>, method: ZinbFit): readonly ZinbLaw[] {
  const [spots, genes] = counts.shape as [number, number];
  if (!(spots > 0)) throw new RangeError("Cannot fit count laws to no rows: expected at least one");
  return Array.from({ length: genes }, (_, gene) => {
    const found = histogram(counts, gene);
    if (found.mean === 0) return zinbFromMean(0, 1, 0);
    return method === "moments" ? byMoments(found) : byLikelihood(found);
  });
}
