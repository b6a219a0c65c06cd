/** Least noise level of the released schedule. */
const LEAST = 0.002;
/** Largest noise level of the released schedule. */
const LARGEST = 80;

/**
 * The noise level σ(t) = 0.002 + (80 - 0.002)(1 - t) that the released program computes beside the path and uses nowhere.
 *
 * @param t Path time in [0, 1].
 * @returns The level; it scales no noise here either.
 */
export function releasedNoiseLevel(t: number): number {
  return LEAST + (LARGEST - LEAST) * (1 - t);
}
