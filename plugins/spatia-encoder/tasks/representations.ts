import {
  columnStats,
  concatRows,
  type HostArray,
  hostArray,
  projectPca,
  randomizedPca,
  type Rng,
  rng as streamOf,
  standardize,
  takeRows,
} from "../../../core/mod.ts";
import { embedSection, type SectionEmbedding, type SpatiaEmbedder } from "../embed.ts";
import { logShares, rowTotals, type SpatiaSection } from "../sections.ts";

/** Vectors of all cells that tasks are done with. */
export interface Representation {
  /** Name in results. */
  readonly name: string;
  /** Vectors of the cells of each section, `[N, D]`. */
  readonly sections: readonly HostArray[];
}

/** Most principal components of a reference. */
const COMPONENTS = 32;
/** Passes over the data that find them. */
const PASSES = 2;

/** Name of the trained representation. */
export const OWN = "SPATIA";
/** Name of what it makes of counts alone. */
export const GENES_ALONE = "SPATIA without images";
/** Name of what it makes of images alone. */
export const IMAGES_ALONE = "SPATIA without counts";
/** Name of its cell level. */
export const CELL_LEVEL = "SPATIA, cell level";
/** Name of the noise floor. */
export const SHUFFLED = "SPATIA, cells shuffled";

/** Principal components fitted on the training sections, features z-scored by them. */
function componentsOf(features: readonly HostArray[], sections: readonly SpatiaSection[]): readonly HostArray[] {
  const training = concatRows(features.filter((_, i) => sections[i]!.split === "train"));
  const stats = columnStats(training);
  const scaled = standardize(training, stats);
  const stream = streamOf(0).fold("references").host;
  const pca = randomizedPca(scaled, Math.min(COMPONENTS, ...training.shape), stream, { passes: PASSES });
  return features.map((values) => projectPca(pca, standardize(values, stats)));
}

/** Put matrices side by side, section by section. */
function beside(...parts: readonly (readonly HostArray[])[]): readonly HostArray[] {
  return parts[0]!.map((first, section) => {
    const own = parts.map((part) => part[section]!);
    const rows = first.shape[0]!;
    const width = own.reduce((sum, { shape }) => sum + shape[1]!, 0);
    const out = new Float32Array(rows * width);
    let from = 0;
    for (const { data, shape } of own) {
      const columns = shape[1]!;
      for (let i = 0; i < rows; i++) out.set(data.subarray(i * columns, (i + 1) * columns), i * width + from);
      from += columns;
    }
    return hostArray(out, [rows, width]);
  });
}

/** Mean over the cells of each niche. */
function nicheMeans({ niches: { index, seen, size } }: SpatiaSection, { data, shape }: HostArray): HostArray {
  const [rows, width] = shape as [number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    const own = seen.subarray(i * size, (i + 1) * size);
    const count = own.reduce((sum, flag) => sum + flag, 0);
    own.forEach((flag, k) => {
      if (flag === 0) return;
      const from = index[i * size + k]! * width;
      for (let j = 0; j < width; j++) out[i * width + j]! += data[from + j]! / count;
    });
  }
  return hostArray(out, shape);
}

/** ln(1 + 10,000 x / total) of the genes that the network sees. */
export function logExpression({ counts }: Pick<SpatiaSection, "counts">): HostArray {
  return logShares(counts, rowTotals(counts));
}

/** Principal components, alone and with the means of their niches. */
function withAndWithout(
  name: string,
  features: readonly HostArray[],
  sections: readonly SpatiaSection[],
): readonly [Representation, Representation] {
  const own = componentsOf(features, sections);
  const around = own.map((each, i) => nicheMeans(sections[i]!, each));
  return [{ name, sections: own }, { name: `${name} + niche means`, sections: beside(own, around) }];
}

/**
 * Principal components of expression, alone and with the means of their niches.
 *
 * @param sections All sections.
 * @returns References that take no network.
 */
export function geneReferences(sections: readonly SpatiaSection[]): readonly [Representation, Representation] {
  return withAndWithout("expression PCs", sections.map(logExpression), sections);
}

/**
 * Representations that take no network: principal components of expression and of images, alone, with the means of their
 * niches, and of both.
 *
 * @param sections All sections.
 * @returns References; those of images only if they were read.
 */
export function referencesOf(sections: readonly SpatiaSection[]): readonly Representation[] {
  const genes = geneReferences(sections);
  const known = sections.flatMap(({ images }) => images === undefined ? [] : [images.values]);
  if (known.length < sections.length) return genes;
  const images = withAndWithout("image PCs", known, sections);
  const both = beside(genes[1].sections, images[1].sections);
  return [...genes, ...images, { name: "both PCs + niche means", sections: both }];
}

/** Embeddings of all sections by what is seen. */
export interface EmbeddedSections {
  /** With everything that the network sees. */
  readonly all: readonly SectionEmbedding[];
  /** Without images; absent if the network sees only one modality. */
  readonly genes?: readonly SectionEmbedding[];
  /** Without counts; absent if the network sees only one modality. */
  readonly images?: readonly SectionEmbedding[];
}

/**
 * Embed sections, with both modalities and with each alone.
 *
 * @param embedder What embeds.
 * @param sections The sections.
 * @param onSection Told after each.
 * @returns Embeddings in order.
 */
export async function embedSections(
  embedder: SpatiaEmbedder,
  sections: readonly SpatiaSection[],
  onSection: (done: number, of: SpatiaSection) => void,
): Promise<EmbeddedSections> {
  const both = embedder.config.modalities.length > 1;
  const [all, genes, images]: [SectionEmbedding[], SectionEmbedding[], SectionEmbedding[]] = [[], [], []];
  for (const [i, section] of sections.entries()) {
    all.push(await embedSection(embedder, section));
    if (both) {
      genes.push(await embedSection(embedder, section, { image: false, genes: true }));
      images.push(await embedSection(embedder, section, { image: true, genes: false }));
    }
    onSection(i + 1, section);
  }
  return both ? { all, genes, images } : { all };
}

/**
 * Representations of the trained network, with the noise floor: the embeddings of each section in random order.
 *
 * @param embedded Embeddings of all sections.
 * @param rng Stream of the order.
 * @returns Representations, the network's own first.
 */
export function ownRepresentations({ all, genes, images }: EmbeddedSections, rng: Rng): readonly Representation[] {
  const joined = (of: readonly SectionEmbedding[]): readonly HostArray[] => of.map(({ z }) => z);
  const levels = all[0]!.niche !== undefined || all[0]!.tissue !== undefined;
  return [
    { name: OWN, sections: joined(all) },
    ...(genes === undefined ? [] : [{ name: GENES_ALONE, sections: joined(genes) }]),
    ...(images === undefined ? [] : [{ name: IMAGES_ALONE, sections: joined(images) }]),
    ...(levels ? [{ name: CELL_LEVEL, sections: all.map(({ cell }) => cell) }] : []),
    {
      name: SHUFFLED,
      sections: joined(all).map((z, i) => takeRows(z, rng.fold(i).host.permutation(z.shape[0]!))),
    },
  ];
}
