import type { Enrichment } from "./enrichment.ts";
import type { GeneOverlap } from "./overlap.ts";
import type { GeneScores } from "./scores.ts";

/** What was found about genes. */
export interface GeneFindings {
  /** Scores of all genes. */
  readonly scores: GeneScores;
  /** The top genes, largest score first. */
  readonly listed: readonly string[];
  /** How far two halves of the images agree on them. */
  readonly halves: GeneOverlap;
  /** How far other runs agree on them. */
  readonly others: readonly { readonly run: string; readonly overlap: GeneOverlap }[];
  /** Gene sets tested against the top genes, if there are any. */
  readonly sets?: Enrichment;
}
