function requireCounts(population: number, marked: number, drawn: number): void {
  const fits = [population, marked, drawn].every((count) => Number.isInteger(count) && count >= 0);
  if (fits && Math.max(marked, drawn) <= population) return;
  throw new RangeError(
    `Cannot draw ${drawn} of ${population} with ${marked} marked: expected whole numbers of at most ${population}`,
  );
}

/** Logarithms of factorials from 0! on, as far as they were asked for: thousands of tests share a population. */
let known = Float64Array.of(0, 0);

function logFactorials(n: number): Float64Array {
  if (n >= known.length) {
    const longer = new Float64Array(n + 1);
    longer.set(known);
    for (let i = known.length; i <= n; i++) longer[i] = longer[i - 1]! + Math.log(i);
    known = longer;
  }
  return known;
}

/**
 * Probability of at least so many marked ones in a draw without replacement: the one-sided test of Fisher (1922) for the
 * overlap of two lists.
 *
 * @example Usage
 * ```ts
 * import { hypergeometricTail } from "@morphogen/morphogen";
 *
 * const p = hypergeometricTail({ population: 4, marked: 2, drawn: 2, overlap: 2 });
 * if (Math.abs(p - 1 / 6) > 1e-12) throw new Error("one pair of six");
 * ```
 *
 * @param counts Size of the population, marked ones in it, size of the draw, and marked ones in the draw.
 * @returns The probability, in [0, 1].
 * @throws {RangeError} If a count is no whole number, or larger than the population.
 */
export function hypergeometricTail(
  { population, marked, drawn, overlap }: {
    readonly population: number;
    readonly marked: number;
    readonly drawn: number;
    readonly overlap: number;
  },
): number {
  requireCounts(population, marked, drawn);
  const log = logFactorials(population);
  const choose = (n: number, k: number): number => log[n]! - log[k]! - log[n - k]!;
  const least = Math.max(overlap, 0, marked + drawn - population);
  let total = 0;
  // Smallest first, so that little is lost.
  for (let i = Math.min(marked, drawn); i >= least; i--) {
    total += Math.exp(choose(marked, i) + choose(population - marked, drawn - i) - choose(population, drawn));
  }
  return Math.min(1, total);
}

/**
 * Adjust probabilities of many tests for the share of false discoveries (Benjamini and Hochberg 1995).
 *
 * @param p Probabilities, at least one.
 * @param tests Number of tests, at least as many; those that are not given count as larger.
 * @returns Adjusted probabilities in the order given.
 */
export function adjustFalseDiscoveries(p: ArrayLike<number>, tests: number = p.length): Float64Array {
  const order = Array.from({ length: p.length }, (_, i) => i).sort((a, b) => p[b]! - p[a]!);
  const out = new Float64Array(p.length);
  let least = 1;
  order.forEach((at, i) => {
    least = Math.min(least, p[at]! * tests / (p.length - i));
    out[at] = least;
  });
  return out;
}
