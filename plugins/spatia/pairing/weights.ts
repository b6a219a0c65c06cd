/** How confidences become weights. */
export interface WeightOptions {
  /** Power of the confidence; 0 gives every pair the weight 1. */
  readonly gamma: number;
  /** Range that weights are cut to before their mean is made 1 again; absent leaves them. */
  readonly clip?: readonly [least: number, most: number];
}

function meanOne(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  // Without any confidence no pair is better than another.
  return mean > 0 ? values.map((value) => value / mean) : values.map(() => 1);
}

/**
 * Weights of pairs, c^gamma / mean(c^gamma) (section 4.2); their mean is 1.
 *
 * @param confidence Confidences, none negative.
 * @param options Power and range.
 * @returns Weights, as many.
 */
export function confidenceWeights(confidence: ArrayLike<number>, { gamma, clip }: WeightOptions): Float64Array {
  const raw = meanOne(Float64Array.from(confidence, (value) => value ** gamma));
  if (clip === undefined) return raw;
  const [least, most] = clip;
  return meanOne(raw.map((value) => Math.min(most, Math.max(least, value))));
}

/**
 * Weights by confidence among the pairs of one transition, so that no transition weighs more for being certain.
 *
 * @param confidence Confidence of each pair.
 * @param transition Transition of each pair.
 * @param options Power and range.
 * @returns Weights, as many; the mean over each transition is 1.
 */
export function weightsByTransition(
  confidence: Float64Array,
  transition: Int32Array,
  options: WeightOptions,
): Float64Array {
  const out = new Float64Array(confidence.length);
  for (const each of new Set(transition)) {
    const places = Array.from(transition.keys()).filter((i) => transition[i] === each);
    const weights = confidenceWeights(places.map((i) => confidence[i]!), options);
    places.forEach((i, at) => out[i] = weights[at]!);
  }
  return out;
}

/**
 * How many equally weighted pairs know as much, (Σ w)² / Σ w² (Kish 1965).
 *
 * @param weights Weights, none negative.
 * @returns From 1 to their number; 0 without any weight.
 */
export function effectiveSampleSize(weights: ArrayLike<number>): number {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    squares += weights[i]! ** 2;
  }
  return squares > 0 ? sum * sum / squares : 0;
}
