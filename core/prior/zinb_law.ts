/** A zero-inflated negative binomial law of counts: with probability `pi` a zero, else negative binomial. */
export interface ZinbLaw {
  /** Mean of the negative binomial part, in counts, at least 0. */
  readonly mu: number;
  /** Inverse dispersion of the negative binomial part ("number of failures"), above 0; Poisson as it grows. */
  readonly phi: number;
  /** Probability of an extra zero, from 0 to 1. */
  readonly pi: number;
}

/** Mean, variance and probability of zero. */
export interface CountMoments {
  /** Mean in counts. */
  readonly mean: number;
  /** Variance in squared counts. */
  readonly variance: number;
  /** Probability of a zero. */
  readonly zero: number;
}

function requireLaw(law: ZinbLaw): ZinbLaw {
  const { mu, phi, pi } = law;
  if (mu >= 0 && mu < Infinity && phi > 0 && phi < Infinity && pi >= 0 && pi <= 1) {
    return Object.freeze({ mu, phi, pi });
  }
  throw new RangeError(
    `Cannot use a count law of mean ${mu}, inverse dispersion ${phi} and extra zeros ${pi}: expected a mean of at ` +
      "least 0, an inverse dispersion above 0, both finite, and a probability",
  );
}

/**
 * A law by the mean and inverse dispersion of its negative binomial part.
 *
 * @param mu Mean of the negative binomial part, in counts.
 * @param phi Inverse dispersion.
 * @param pi Probability of an extra zero.
 * @returns The law.
 * @throws {RangeError} If a parameter is outside its range.
 */
export function zinbFromMean(mu: number, phi: number, pi: number): ZinbLaw {
  return requireLaw({ mu, phi, pi });
}

/**
 * A law by counts and logits, as the distributions of deep-learning libraries have it: phi = totalCount,
 * mu = totalCount e^logits, pi = sigmoid(zeroLogits).
 *
 * @param totalCount Number of failures.
 * @param logits Log odds of a success; not the mean, whatever a paper's table may call it.
 * @param zeroLogits Log odds of an extra zero.
 * @returns The law.
 * @throws {RangeError} If `totalCount` is not above 0, or a parameter is not finite.
 */
export function zinbFromLogits(totalCount: number, logits: number, zeroLogits: number): ZinbLaw {
  return requireLaw({ mu: totalCount * Math.exp(logits), phi: totalCount, pi: 1 / (1 + Math.exp(-zeroLogits)) });
}

/**
 * Log probabilities of the negative binomial part for the counts 0 to `last`.
 *
 * @param law The law; `pi` is not used.
 * @param last Largest count.
 * @returns `last + 1` values.
 */
export function negativeBinomialLogs({ mu, phi }: ZinbLaw, last: number): Float64Array {
  const out = new Float64Array(last + 1);
  const success = Math.log(mu) - Math.log(phi + mu);
  // log1p: phi / (phi + mu) is close to 1 for nearly Poisson laws.
  out[0] = -phi * Math.log1p(mu / phi);
  for (let y = 1; y <= last; y++) out[y] = out[y - 1]! + Math.log((y - 1 + phi) / y) + success;
  return out;
}

/**
 * Log probabilities of the counts 0 to `last`.
 *
 * @param law The law.
 * @param last Largest count.
 * @returns `last + 1` values; -Infinity where a count cannot occur.
 */
export function zinbLogs(law: ZinbLaw, last: number): Float64Array {
  const kept = Math.log1p(-law.pi);
  const logs = negativeBinomialLogs(law, last);
  return logs.map((value, y) => y === 0 ? Math.log(law.pi + (1 - law.pi) * Math.exp(value)) : value + kept);
}

/**
 * Moments of the counts.
 *
 * @param law The law.
 * @returns Mean (1 - pi) mu, variance, and probability of zero.
 */
export function zinbMoments(law: ZinbLaw): CountMoments {
  const { mu, phi, pi } = law;
  return {
    mean: (1 - pi) * mu,
    variance: (1 - pi) * (mu + mu * mu / phi) + pi * (1 - pi) * mu * mu,
    zero: Math.exp(zinbLogs(law, 0)[0]!),
  };
}

/** Beyond this many entries a table is no longer cheaper than it is worth. */
const LONGEST = 1 << 22;

/**
 * The distribution function, as far as a uniform number of a given resolution can tell.
 *
 * @param law The law.
 * @param tail Probability that may be left beyond the last entry.
 * @returns P(Y <= y) for y = 0, 1, ...; the last entry is 1.
 * @throws {RangeError} If the tail is too long: a mean of millions, or a dispersion of thousands.
 */
export function zinbDistribution(law: ZinbLaw, tail: number): Float64Array {
  const { mu, phi, pi } = law;
  const out: number[] = [];
  let log = -phi * Math.log1p(mu / phi);
  const success = Math.log(mu) - Math.log(phi + mu);
  let sum = pi;
  for (let y = 0; y < LONGEST; y++) {
    if (y > 0) log += Math.log((y - 1 + phi) / y) + success;
    sum += (1 - pi) * Math.exp(log);
    out.push(sum);
    // Below the mode the sum may stand still for want of digits, long before it is complete.
    if (1 - sum <= tail || mu === 0 || pi === 1 || (y > mu && Math.exp(log) < tail * 1e-6)) {
      out[out.length - 1] = 1;
      return Float64Array.from(out);
    }
  }
  throw new RangeError(
    `Cannot tabulate counts of mean ${mu} and inverse dispersion ${phi}: more than ${LONGEST} are likely`,
  );
}

/**
 * Invert a distribution function.
 *
 * @param distribution What {@linkcode zinbDistribution} returned.
 * @param u A number in [0, 1).
 * @returns The smallest count y with P(Y <= y) >= u.
 */
export function countAt(distribution: Float64Array, u: number): number {
  let [low, high] = [0, distribution.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (distribution[middle]! >= u) high = middle;
    else low = middle + 1;
  }
  return low;
}
