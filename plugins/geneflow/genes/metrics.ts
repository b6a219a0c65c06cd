import { formatNumber, type Metric, type Trained } from "../../../core/mod.ts";
import { PASSING, passingSets } from "./enrichment.ts";
import type { GeneFindings } from "./findings.ts";
import type { GeneOverlap } from "./overlap.ts";

/** Names in a sentence. */
const NAMED = 10;

function sharedGenes(name: string, { shared, top, background, expected, shuffled }: GeneOverlap, whom: string): Metric {
  return {
    name,
    value: shared.length,
    better: "higher",
    description: `top ${top} of ${background} genes that ${whom}`,
    anchors: { identity: top, chance: expected, "shuffled genes": shuffled.shared },
  };
}

function chanceOf(name: string, { p, shuffled }: GeneOverlap): Metric {
  return {
    name,
    value: p,
    better: "lower",
    description: "hypergeometric probability of sharing as many top genes by chance",
    anchors: { "shuffled genes": shuffled.p },
  };
}

/**
 * Measure what was found about genes; references are a list compared with itself, chance, and the same with genes shuffled
 * or gene sets drawn at random.
 *
 * @param findings What was found.
 * @returns Metrics in the order of the report.
 */
export function geneMetrics({ halves, others, sets }: GeneFindings): readonly Metric[] {
  const numbered = (i: number): string => others.length === 1 ? "top-genes-shared" : `top-genes-shared-${i + 1}`;
  return [
    sharedGenes("top-genes-stable", halves, "both halves of the images agree on"),
    ...others.flatMap(({ run, overlap }, i) => [
      sharedGenes(numbered(i), overlap, `are top genes of run ${run} as well`),
      chanceOf(`${numbered(i)}-p`, overlap),
    ]),
    ...(sets === undefined ? [] : [
      {
        name: "enriched-gene-sets",
        value: passingSets(sets).length,
        better: "higher",
        description:
          `gene sets of ${sets.sets.length} that the top genes are rich in (one-sided exact test of Fisher, ` +
          `adjusted p ≤ ${PASSING})`,
        anchors: { "random sets": sets.randomSets.passing, "shuffled genes": sets.randomGenes.passing },
      } as const,
      {
        name: "enriched-gene-sets-p",
        value: sets.sets[0]!.adjusted,
        better: "lower",
        description: "smallest adjusted probability of a gene set",
        anchors: { "random sets": sets.randomSets.smallest, "shuffled genes": sets.randomGenes.smallest },
      } as const,
    ]),
  ];
}

/**
 * Say in words what was found.
 *
 * @param findings What was found.
 * @param trained Where notes go.
 */
export function noteGenes({ listed, scores, sets }: GeneFindings, { note }: Pick<Trained, "note">): void {
  note(
    `genes that move the images most (gradients of ${scores.images} images): ${listed.slice(0, NAMED).join(", ")}`,
  );
  if (sets === undefined) return;
  const [passing, first] = [passingSets(sets), sets.sets[0]!];
  const described = (passing.length === 0 ? [first] : passing.slice(0, NAMED)).map(({ name, adjusted, shared }) =>
    `${name} (adjusted p ${formatNumber(adjusted)}: ${shared.slice(0, NAMED).join(", ") || "no genes"})`
  );
  note(`gene sets that they are rich in: ${passing.length === 0 ? "none, nearest is " : ""}${described.join("; ")}`);
}
