import { DataError, hypergeometricTail, type Rng } from "../../../core/mod.ts";
import { type ScoredGenes, topGenes } from "./ranking.ts";

/** How far two lists of top genes agree. */
export interface GeneOverlap {
  /** Genes that both panels have: the background, within which both are ranked. */
  readonly background: number;
  /** Length of each list. */
  readonly top: number;
  /** Genes that are in both lists, in the order of the first. */
  readonly shared: readonly string[];
  /** Genes that two lists share by chance, in the mean. */
  readonly expected: number;
  /** Probability of sharing as many by chance. */
  readonly p: number;
  /** Control: the same with the names of the second list shuffled, mean number and median probability. */
  readonly shuffled: { readonly shared: number; readonly p: number };
}

/** Repeats of the control. */
const SHUFFLES = 200;

function only({ names, scores }: ScoredGenes, wanted: ReadonlySet<string>): ScoredGenes {
  const kept = Array.from(names.keys()).filter((i) => wanted.has(names[i]!));
  return { names: kept.map((i) => names[i]!), scores: Float64Array.from(kept, (i) => scores[i]!) };
}

/**
 * Compare the top genes of two rankings by the hypergeometric test, within the genes that both have.
 *
 * @param a First genes, each name once.
 * @param b Second genes, each name once.
 * @param most Length of the lists; half of the common genes at most.
 * @param rng Stream of the shuffles.
 * @returns What they share, and how likely that is by chance.
 * @throws {DataError} If fewer than two genes are common.
 */
export function geneOverlap(a: ScoredGenes, b: ScoredGenes, most: number, rng: Rng): GeneOverlap {
  const known = new Set(b.names);
  const common = new Set(a.names.filter((name) => known.has(name)));
  const background = common.size;
  if (background < 2) {
    throw new DataError(
      `Cannot compare top genes: of ${a.names.length} and ${b.names.length} genes ${background} are common, expected ` +
        "panels of one organism with the same kind of names",
    );
  }
  const top = Math.min(most, Math.floor(background / 2));
  const tail = (overlap: number): number =>
    hypergeometricTail({ population: background, marked: top, drawn: top, overlap });
  const [first, second] = [only(a, common), only(b, common)];
  const listed = new Set(topGenes(second, top));
  const mine = topGenes(first, top);
  const shared = mine.filter((name) => listed.has(name));
  const place = new Map(second.names.map((name, i) => [name, i]));
  const drawn = Array.from({ length: SHUFFLES }, (_, i) => {
    const order = rng.fold(i).host.permutation(background);
    return mine.filter((name) => order[place.get(name)!]! < top).length;
  }).sort((x, y) => x - y);
  return {
    background,
    top,
    shared,
    expected: top * top / background,
    p: tail(shared.length),
    shuffled: {
      shared: drawn.reduce((sum, count) => sum + count, 0) / SHUFFLES,
      p: tail(drawn[SHUFFLES / 2]!),
    },
  };
}
