/** Genes with a score each; the larger, the more a gene matters. */
export interface ScoredGenes {
  /** Names, each once. */
  readonly names: readonly string[];
  /** Scores in the same order. */
  readonly scores: ArrayLike<number>;
}

/**
 * The genes with the largest scores.
 *
 * @param genes Names and scores.
 * @param count How many, at most all of them.
 * @returns Their names, largest score first; of equal ones those that stand first.
 */
export function topGenes({ names, scores }: ScoredGenes, count: number): readonly string[] {
  const order = Array.from(names.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return order.slice(0, count).map((at) => names[at]!);
}

/**
 * Genes of which each occurs once, for tests that count them.
 *
 * @param genes Names, perhaps with repeats, and scores.
 * @returns The same without repeats; the first of equal names stays.
 */
export function uniqueGenes({ names, scores }: ScoredGenes): ScoredGenes {
  const first = new Map<string, number>();
  names.forEach((name, i) => first.has(name) || first.set(name, i));
  return { names: [...first.keys()], scores: Float64Array.from(first.values(), (at) => scores[at]!) };
}
