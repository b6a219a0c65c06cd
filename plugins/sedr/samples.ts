import {
  type AnnData,
  type Categorical,
  type Column,
  concatRows,
  type Data,
  type DataSpec,
  embeddingRecord,
  formatCitation,
  type HostArray,
  hostArray,
  type NumericArray,
  type Samples,
  type Trained,
} from "../../core/mod.ts";
import type { SedrConfig } from "./config.ts";
import { findDomains } from "./domains.ts";
import { harmonized } from "./embed.ts";
import { type Embedder, embedSection } from "./encode.ts";
import { type LabelledSection, sectionsOf } from "./sections.ts";

/** A section with its embedding. */
export interface SectionSample {
  /** The section. */
  readonly section: LabelledSection;
  /** Embedding, `[N, features + spatial]`. */
  readonly z: HostArray;
  /** Domain of each cell, from 0; absent if nothing says how many domains there are. */
  readonly domain?: Int32Array;
  /** Share of the components that reconstruction leaves. */
  readonly unexplained: number;
}

/** Embeddings of all sections. */
export interface SedrSamples extends Samples {
  /** Sections in the order of the data. */
  readonly sections: readonly SectionSample[];
  /** What embedded them, without the weights. */
  readonly embedder: Omit<Embedder, "weights">;
}

/** Stream of the domains of a section. */
export function domainStream(trained: Pick<Trained, "rng">, section: string, seed: number): Trained["rng"] {
  return trained.rng.fold("domains").fold(section).fold(seed);
}

/**
 * How many domains to look for in a section.
 *
 * @param config Number that was asked for; 0 for as many as the label has there.
 * @param section The section.
 * @param label The label; absent if there is none.
 * @returns The number; undefined if nothing says, or it would not be at least 2 and at most the cells.
 */
export function domainCount(
  { clusters }: SedrConfig["domains"],
  { labels, positions }: LabelledSection,
  label: string | undefined,
): number | undefined {
  const found = label === undefined ? 0 : new Set(labels[label]!.filter((code) => code >= 0)).size;
  const count = clusters > 0 ? clusters : found;
  return count >= 2 && count <= positions.shape[0]! ? count : undefined;
}

function categorical(codes: readonly Int32Array[], categories: readonly string[], ordered = false): Categorical {
  const joined = new Int32Array(codes.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of codes) {
    joined.set(part, at);
    at += part.length;
  }
  return { kind: "categorical", codes: joined, categories, ordered };
}

function floats({ data, shape }: HostArray<NumericArray>): HostArray {
  return hostArray(Float32Array.from(data), shape);
}

function columnsOf(sections: readonly SectionSample[], { times, labels }: DataSpec): Readonly<Record<string, Column>> {
  const perCell = (of: (sample: SectionSample, at: number) => number): Int32Array[] =>
    sections.map((sample, at) => new Int32Array(sample.z.shape[0]!).fill(of(sample, at)));
  const domains = sections.map(({ domain, z }) => domain ?? new Int32Array(z.shape[0]!).fill(-1));
  const most = Math.max(...domains.map((codes) => codes.reduce((top, code) => Math.max(top, code), -1)));
  return {
    ...Object.fromEntries(
      Object.entries(labels).map(([name, categories]) => [
        name,
        categorical(sections.map(({ section }) => section.labels[name]!), categories),
      ]),
    ),
    section: categorical(perCell((_, at) => at), sections.map(({ section }) => section.name)),
    ...(times.length === 0
      ? {}
      : { time: categorical(perCell(({ section }) => section.time), times.map(({ name }) => name), true) }),
    split: categorical(perCell(({ section }) => Number(section.heldOut)), ["train", "test"]),
    ...(most < 0 ? {} : {
      domain: categorical(domains, Array.from({ length: most + 1 }, (_, i) => `${i + 1}`)),
    }),
  };
}

/**
 * Embeddings as a table: `obsm/X_sedr`, `obsm/spatial`, and in `obs` labels, section, time, domain and split, where
 * "test" is what nothing was fitted on.
 *
 * @param sections Embedded sections, at least one.
 * @param data The data set.
 * @returns The table; it has no `X`.
 */
function embeddingTable(sections: readonly SectionSample[], data: Data): AnnData {
  const { spec } = data;
  const index = sections.flatMap(({ section, z }) =>
    Array.from({ length: z.shape[0]! }, (_, i) => `${section.name}_${i}`)
  );
  return {
    obs: { index, columns: columnsOf(sections, spec) },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      X_sedr: concatRows(sections.map(({ z }) => z)),
      spatial: concatRows(sections.map(({ section }) => floats(section.positions))),
    },
    varm: {},
    obsp: {},
    uns: {
      generated_by: "SEDR",
      data: formatCitation(data.citation),
      notes: [...data.notes],
      morphogen: { data: embeddingRecord(data, "X_sedr", "SEDR", sections[0]!.z.shape[1]!) },
    },
  };
}

/**
 * Embed all sections of the data, held-out ones with what was learned from the others, and find their domains.
 *
 * @param embedder What embeds.
 * @param label Label that says how many domains there are; absent if there is none.
 * @param trained Data, stream and progress.
 * @returns Embeddings and their table.
 * @throws {DataError} If a value cannot be used or a cell has no neighbour.
 */
export async function sampleSedr(
  embedder: Embedder,
  label: string | undefined,
  trained: Trained,
): Promise<Omit<SedrSamples, "embedder">> {
  const { config } = embedder;
  const sections = await sectionsOf(trained.data, config.fit);
  const made: { readonly z: HostArray; readonly time: number; readonly unexplained: number }[] = [];
  for (const section of sections) {
    trained.progress(made.length, sections.length, section.name);
    const { z, unexplained } = await embedSection(section, embedder);
    made.push({ z, unexplained, time: section.time });
  }
  const corrected = await harmonized(made, config.harmony, trained.rng.fold("harmony"));
  const samples: SectionSample[] = [];
  for (const [i, section] of sections.entries()) {
    const z = corrected[i]!;
    const count = domainCount(config.domains, section, label);
    const stream = domainStream(trained, section.name, 0);
    const domain = count === undefined ? {} : { domain: await findDomains(z, count, config.domains.starts, stream) };
    samples.push({ section, z, ...domain, unexplained: made[i]!.unexplained });
    trained.progress(i + 1, sections.length, `domains of ${section.name}`);
  }
  return { sections: samples, table: embeddingTable(samples, trained.data) };
}
