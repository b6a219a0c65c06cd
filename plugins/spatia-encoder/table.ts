import {
  type AnnData,
  type Categorical,
  type Column,
  concatRows,
  type Data,
  embeddingRecord,
  formatCitation,
  type HostArray,
  hostArray,
  type NumericArray,
} from "../../core/mod.ts";
import type { SectionEmbedding } from "./embed.ts";
import type { SpatiaSection } from "./sections.ts";
import type { EmbeddedSections } from "./tasks/representations.ts";

function categorical(codes: readonly (readonly number[] | Int32Array)[], categories: readonly string[]): Categorical {
  return {
    kind: "categorical",
    codes: Int32Array.from(codes.flatMap((each) => [...each])),
    categories,
    ordered: false,
  };
}

function columnsOf(sections: readonly SpatiaSection[], { spec }: Data): Readonly<Record<string, Column>> {
  const perCell = (of: (section: SpatiaSection, at: number) => number): readonly number[][] =>
    sections.map((section, at) => Array<number>(section.rows).fill(of(section, at)));
  return {
    ...Object.fromEntries(
      Object.entries(spec.labels).map(([name, categories]) => [
        name,
        categorical(sections.map(({ labels }) => labels[name]!), categories),
      ]),
    ),
    section: categorical(perCell((_, at) => at), sections.map(({ name }) => name)),
    ...(spec.times.length === 0
      ? {}
      : { time: { ...categorical(perCell(({ time }) => time), spec.times.map(({ name }) => name)), ordered: true } }),
    split: categorical(perCell(({ split }) => Number(split === "test")), ["train", "test"]),
  };
}

function floats({ data, shape }: HostArray<NumericArray>): HostArray {
  return hostArray(Float32Array.from(data), shape);
}

/** Columns of `obsm` for what each section has. */
function placed(name: string, of: readonly (HostArray | undefined)[]): Readonly<Record<string, HostArray>> {
  const found = of.filter((each) => each !== undefined);
  return found.length < of.length ? {} : { [name]: concatRows(found) };
}

/**
 * Embeddings as a table: `obsm/X_spatia` (all levels), `X_spatia_cell`, `_niche` and `_tissue`, `X_spatia_genes` and
 * `X_spatia_image` (what is made of one modality alone), `spatial`, and in `obs` labels, section, time and split, where "test"
 * is what nothing was fitted on.
 *
 * @param sections Embedded sections, at least one.
 * @param embedded Their embeddings.
 * @param data The data set.
 * @returns The table; it has no `X`.
 */
export function embeddingTable(sections: readonly SpatiaSection[], embedded: EmbeddedSections, data: Data): AnnData {
  const { all, genes, images } = embedded;
  const level = (of: (each: SectionEmbedding) => HostArray | undefined): (HostArray | undefined)[] => all.map(of);
  return {
    obs: {
      index: sections.flatMap(({ name, rows }) => Array.from({ length: rows }, (_, i) => `${name}_${i}`)),
      columns: columnsOf(sections, data),
    },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      ...placed("X_spatia", level(({ z }) => z)),
      ...placed("X_spatia_cell", level(({ cell }) => cell)),
      ...placed("X_spatia_niche", level(({ niche }) => niche)),
      ...placed("X_spatia_tissue", level(({ tissue }) => tissue)),
      ...(genes === undefined ? {} : placed("X_spatia_genes", genes.map(({ z }) => z))),
      ...(images === undefined ? {} : placed("X_spatia_image", images.map(({ z }) => z))),
      spatial: concatRows(sections.map(({ positions }) => floats(positions))),
    },
    varm: {},
    obsp: {},
    uns: {
      generated_by: "SPATIA, representation",
      data: formatCitation(data.citation),
      notes: [...data.notes],
      morphogen: { data: embeddingRecord(data, "X_spatia", "SPATIA", all[0]!.z.shape[1]!) },
    },
  };
}
