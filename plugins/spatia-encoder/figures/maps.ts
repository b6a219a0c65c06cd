import { concatRows, dotMapFrames, type Figure, fitPca, kMeans, projectPca, type Rng } from "../../../core/mod.ts";
import type { SpatiaEncoderSamples } from "../samples.ts";
import { GENES_ALONE, OWN } from "../tasks/representations.ts";
import type { TaskResults } from "../tasks/results.ts";
import { heading, type MapStyle, pattern, planar, SECTIONS } from "./style.ts";

/** Clusters where there is no label. */
const CLUSTERS = 6;

/**
 * Map principal components of the embedding.
 *
 * @param samples Embeddings.
 * @param style How maps are drawn.
 * @returns The figure.
 */
export function componentMaps({ sections, embedded }: SpatiaEncoderSamples, style: MapStyle): Figure {
  const z = embedded.all.map((each) => each.z);
  const training = concatRows(z.filter((_, i) => sections[i]!.split === "train"));
  const pca = fitPca(training, Math.min(3, ...training.shape));
  const shown = [...sections.keys()].sort((a, b) =>
    Number(sections[b]!.split === "test") - Number(sections[a]!.split === "test")
  ).slice(0, SECTIONS);
  return {
    id: "embedding-on-tissue",
    title: "Embedding on the tissue",
    caption:
      "First three principal components of the embedding, found on the training sections; each map in standard " +
      "deviations of its section.",
    frames: dotMapFrames({
      title: "Principal components of the embedding",
      frames: shown.map((i) => ({
        label: heading(sections[i]!),
        panels: [0, 1, 2].slice(0, pca.components.shape[0]!).map((component) => ({
          title: `Component ${component + 1}`,
          points: planar(sections[i]!.positions),
          value: pattern(projectPca(pca, z[i]!), component),
        })),
      })),
      columns: 3,
      valueUnit: "standard deviations within the section",
      shareAxes: false,
      ...style,
    }),
  };
}

/**
 * Map what is told of cells.
 *
 * @param samples Sections.
 * @param results What the tasks found.
 * @param style How maps are drawn.
 * @returns The figure; none without a label.
 */
export function annotationMaps(
  { sections }: SpatiaEncoderSamples,
  { cells, annotation, split }: TaskResults,
  style: MapStyle,
): readonly Figure[] {
  if (cells === undefined) return [];
  const told = [OWN, GENES_ALONE, "expression PCs"].filter((name) => annotation[name] !== undefined);
  return [{
    id: "annotation",
    title: `Told ${cells.label}`,
    caption: `Measured ${cells.label}, and what logistic regression on frozen vectors of the training sections tells.`,
    frames: dotMapFrames({
      title: `Measured and told ${cells.label}`,
      frames: split.measured.slice(0, SECTIONS).map((i, at) => {
        const points = planar(sections[i]!.positions);
        return {
          label: heading(sections[i]!),
          panels: [
            { title: "Measured", points, category: cells.codes[i]! },
            ...told.map((name) => ({ title: name, points, category: annotation[name]!.predicted[at]! })),
          ],
        };
      }),
      categories: cells.categories,
      columns: 2,
      shareAxes: false,
      ...style,
    }),
  }];
}

/**
 * Map clusters where there is no label.
 *
 * @param samples Sections and representations.
 * @param results Which sections are measured.
 * @param style How maps are drawn.
 * @param rng Stream of k-means.
 * @returns The figure; none with a label.
 */
export function clusterMaps(
  { sections, representations }: SpatiaEncoderSamples,
  { cells, split }: TaskResults,
  style: MapStyle,
  rng: Rng,
): readonly Figure[] {
  const shown = representations.filter(({ name }) => [OWN, "expression PCs", "image PCs"].includes(name));
  const k = Math.min(CLUSTERS, ...sections.map(({ rows }) => rows));
  if (cells !== undefined || k < 2) return [];
  return [{
    id: "clusters",
    title: "Clusters of held-out sections",
    caption: `Clusters of k-means (${k}) in the embedding and in principal components of expression and images, by ` +
      "falling size; the data have no labels, so nothing says which are right.",
    frames: dotMapFrames({
      title: "Clusters",
      frames: split.measured.slice(0, SECTIONS).map((i) => ({
        label: heading(sections[i]!),
        panels: shown.map(({ name, sections: vectors }) => ({
          title: name,
          points: planar(sections[i]!.positions),
          category: bySize(kMeans(vectors[i]!, k, rng.fold(name).host).assignment, k),
        })),
      })),
      categories: Array.from({ length: k }, (_, i) => `cluster ${i + 1}`),
      columns: 3,
      shareAxes: false,
      ...style,
    }),
  }];
}

/** Number clusters by falling size. */
function bySize(assignment: Int32Array, k: number): Int32Array {
  const sizes = new Int32Array(k);
  for (const at of assignment) sizes[at]!++;
  const order = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  return assignment.map((at) => order.indexOf(at));
}
