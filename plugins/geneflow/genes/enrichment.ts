import { adjustFalseDiscoveries, DataError, fisherExact, type GeneSet, type Rng } from "../../../core/mod.ts";

/** What the exact test gives for one gene set. */
export interface TestedSet {
  /** Its name. */
  readonly name: string;
  /** Its genes in the background. */
  readonly size: number;
  /** Those of them in the list. */
  readonly shared: readonly string[];
  /** Odds of a gene of the set to be in the list, over those of the other genes. */
  readonly odds: number;
  /** Probability of as many by chance. */
  readonly p: number;
  /** The same adjusted for the share of false discoveries among all sets. */
  readonly adjusted: number;
}

/** Results that the tests give without any relation, means over repeats. */
export interface EnrichmentFloor {
  /** Sets that pass. */
  readonly passing: number;
  /** Smallest adjusted probability. */
  readonly smallest: number;
}

/** Gene sets tested against a list. */
export interface Enrichment {
  /** Sets with enough genes in the background, the least likely by chance first. */
  readonly sets: readonly TestedSet[];
  /** Genes in the list and in the background. */
  readonly counts: readonly [listed: number, background: number];
  /** Control: sets of the same sizes drawn from the background. */
  readonly randomSets: EnrichmentFloor;
  /** Control: as many genes as the list has, drawn from the background. */
  readonly randomGenes: EnrichmentFloor;
}

/** Adjusted probability below which a set passes. */
export const PASSING = 0.05;
/** Genes of a set that the background must hold for it to be tested. */
export const LEAST_GENES = 3;
/** Repeats of each control. */
const REPEATS = 20;

type Members = Pick<GeneSet, "name" | "genes">;

/** Tests of sets that lie in the background. */
function testSets(listed: ReadonlySet<string>, background: number, sets: readonly Members[]): readonly TestedSet[] {
  const tested = sets.map(({ name, genes }) => {
    const shared = genes.filter((gene) => listed.has(gene));
    const [both, more] = [shared.length, listed.size - shared.length];
    const others = genes.length - both;
    return {
      name,
      size: genes.length,
      shared,
      ...fisherExact([[both, more], [others, background - more - both - others]]),
    };
  });
  const adjusted = adjustFalseDiscoveries(tested.map(({ p }) => p));
  return tested.map((set, i) => ({ ...set, adjusted: adjusted[i]! })).sort((a, b) => a.p - b.p);
}

function passingOf(sets: readonly TestedSet[]): number {
  return sets.filter(({ adjusted }) => adjusted <= PASSING).length;
}

function floorOf(repeat: (i: number) => readonly TestedSet[]): EnrichmentFloor {
  const all = Array.from({ length: REPEATS }, (_, i) => repeat(i));
  const mean = (of: (sets: readonly TestedSet[]) => number): number =>
    all.reduce((sum, sets) => sum + of(sets), 0) / REPEATS;
  return { passing: mean(passingOf), smallest: mean((sets) => Math.min(...sets.map(({ adjusted }) => adjusted))) };
}

/**
 * Test which gene sets a list of genes is rich in: Fisher's exact test, one-sided, adjusted by Benjamini and Hochberg.
 *
 * The background is what the list was chosen from, the panel; genes of the sets that are not in it do not count.
 *
 * @param listed The list, part of the background.
 * @param background Genes that the list was chosen from, each once.
 * @param sets The sets.
 * @param rng Stream of the controls.
 * @returns Tests and controls.
 * @throws {DataError} If no set has enough genes in the background.
 */
export function enrichment(
  listed: readonly string[],
  background: readonly string[],
  sets: readonly GeneSet[],
  rng: Rng,
): Enrichment {
  const known = new Set(background);
  const inside = sets.map(({ name, genes }) => ({ name, genes: genes.filter((gene) => known.has(gene)) }))
    .filter(({ genes }) => genes.length >= LEAST_GENES);
  if (inside.length === 0) {
    const upper = new Set(background.map((gene) => gene.toUpperCase()));
    const cased = sets.some(({ genes }) => genes.filter((gene) => upper.has(gene.toUpperCase())).length >= LEAST_GENES);
    throw new DataError(
      `Cannot test ${sets.length} gene sets: none has ${LEAST_GENES} of the ${background.length} genes of the panel` +
        (cased
          ? `, though some do if case is ignored (the panel has "${background[0]}"): take sets of the same organism`
          : ", expected the same kind of names"),
    );
  }
  const draw = (count: number, stream: Rng): readonly string[] =>
    Array.from(stream.host.choice(background.length, count), (at) => background[at]!);
  const list = new Set(listed);
  return {
    sets: testSets(list, background.length, inside),
    counts: [list.size, background.length],
    randomSets: floorOf((i) => {
      const stream = rng.fold("sets").fold(i);
      const drawn = inside.map(({ name, genes }, at) => ({ name, genes: draw(genes.length, stream.fold(at)) }));
      return testSets(list, background.length, drawn);
    }),
    randomGenes: floorOf((i) =>
      testSets(new Set(draw(list.size, rng.fold("genes").fold(i))), background.length, inside)
    ),
  };
}

/**
 * Sets whose adjusted probability is small enough.
 *
 * @param enrichment Tests.
 * @returns The sets, the least likely by chance first.
 */
export function passingSets({ sets }: Enrichment): readonly TestedSet[] {
  return sets.filter(({ adjusted }) => adjusted <= PASSING);
}
