import type { Samples, Trained } from "../../core/mod.ts";
import type { SpatiaEmbedder } from "./embed.ts";
import type { SpatiaSection } from "./sections.ts";
import { embeddingTable } from "./table.ts";
import {
  type EmbeddedSections,
  embedSections,
  ownRepresentations,
  referencesOf,
  type Representation,
} from "./tasks/representations.ts";

/** Embeddings of all sections. */
export interface SpatiaEncoderSamples extends Samples {
  /** Sections in the order of the data. */
  readonly sections: readonly SpatiaSection[];
  /** Their embeddings. */
  readonly embedded: EmbeddedSections;
  /** What tasks compare: the network's own, the noise floor, references without a network. */
  readonly representations: readonly Representation[];
}

/**
 * Embed all sections of the data, held-out ones with what was learned from the others.
 *
 * @param embedder What embeds.
 * @param sections The sections.
 * @param trained Data, stream and progress.
 * @returns Embeddings, representations and their table.
 */
export async function sampleSpatiaEncoder(
  embedder: SpatiaEmbedder,
  sections: readonly SpatiaSection[],
  trained: Trained,
): Promise<SpatiaEncoderSamples> {
  const embedded = await embedSections(
    embedder,
    sections,
    (done, { name }) => trained.progress(done, sections.length, name),
  );
  const own = ownRepresentations(embedded, trained.rng.fold("shuffled"));
  return {
    sections,
    embedded,
    representations: [...own, ...referencesOf(sections)],
    table: embeddingTable(sections, embedded, trained.data),
  };
}
