import { type GeneSet, readGeneSets, type Trained } from "../../../core/mod.ts";
import type { GeneFlowConfig } from "../config.ts";
import { enrichment } from "./enrichment.ts";
import type { GeneFindings } from "./findings.ts";
import { geneOverlap } from "./overlap.ts";
import { type ScoredGenes, topGenes, uniqueGenes } from "./ranking.ts";
import { geneScores } from "./scores.ts";
import { readGeneScores } from "./stored.ts";

/** What the user brings. */
export interface GeneSources {
  /** Gene sets; empty for none. */
  readonly sets: readonly GeneSet[];
  /** Genes of other runs. */
  readonly others: readonly { readonly run: string; readonly genes: ScoredGenes }[];
}

/**
 * Read what the analysis compares with, before anything is computed.
 *
 * @param config Where it is.
 * @returns Gene sets and other runs' genes.
 * @throws {DataError} If a file or run cannot be used.
 */
export async function readGeneSources({ sets, others }: GeneFlowConfig["genes"]): Promise<GeneSources> {
  return {
    sets: sets === "" ? [] : await readGeneSets(sets),
    others: await Promise.all(others.map(async (run) => ({ run, genes: await readGeneScores(run) }))),
  };
}

/** Length of the list: half of the genes at most, since a longer list says nothing. */
function listLength({ names }: ScoredGenes, top: number): number {
  return Math.max(1, Math.min(top, Math.floor(names.length / 2)));
}

/**
 * Find out which genes move the images of a trained model, and what is known of them.
 *
 * @param config The method's configuration.
 * @param trained Parameters, data, stream and progress.
 * @param sources What {@linkcode readGeneSources} read.
 * @returns Findings; undefined if the analysis is left out, or the images are not drawn from genes.
 * @throws {DataError} If gene sets or other runs have no genes in common with the data.
 */
export async function findGenes(
  config: GeneFlowConfig,
  trained: Trained,
  sources: GeneSources,
): Promise<GeneFindings | undefined> {
  if (config.genes.images === 0 || config.condition === "time") return undefined;
  const scores = await geneScores(config, trained);
  const genes = uniqueGenes(scores);
  const top = listLength(genes, config.genes.top);
  const stream = trained.rng.fold("gene controls");
  const half = (which: 0 | 1): ScoredGenes => uniqueGenes({ names: scores.names, scores: scores.halves[which] });
  const listed = topGenes(genes, top);
  return {
    scores,
    listed,
    halves: geneOverlap(half(0), half(1), top, stream.fold("halves")),
    others: sources.others.map(({ run, genes: theirs }, i) => ({
      run,
      overlap: geneOverlap(genes, theirs, top, stream.fold("others").fold(i)),
    })),
    ...(sources.sets.length === 0 ? {} : { sets: enrichment(listed, genes.names, sources.sets, stream.fold("sets")) }),
  };
}
