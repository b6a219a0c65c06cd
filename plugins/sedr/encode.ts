import {
  dispose,
  div,
  fromHost,
  type HostArray,
  intTensor,
  mean,
  type Params,
  square,
  sub,
  tensor,
  tidy,
  toHost,
} from "../../core/mod.ts";
import type { SedrConfig } from "./config.ts";
import { componentsOf, type FittedExpression } from "./expression.ts";
import { type SectionGraph, sectionGraph } from "./graph.ts";
import { sedrNetwork } from "./network.ts";
import type { TissueSection } from "./sections.ts";

/** Parameters and running statistics. */
export interface SedrWeights {
  /** Parameters. */
  readonly params: Params;
  /** Running statistics of batch norm. */
  readonly state: Params;
}

/** Cells of a section as the network sees them in use. */
export interface EncodedCells {
  /** Embedding, `[N, features + spatial]`. */
  readonly z: HostArray;
  /** Squared error of the reconstructed components, as a share of their summed squares. */
  readonly unexplained: number;
}

/**
 * Embed the cells of a section: nothing is masked or dropped, and running statistics stand for those of the cells, so that
 * equal calls give equal bits.
 *
 * @param weights Parameters and statistics; borrowed.
 * @param x Components, `[N, C]`.
 * @param graph Graph of the section.
 * @param config Widths.
 * @returns The embedding, and how well components are reconstructed from it.
 */
export async function encodeSection(
  { params, state }: SedrWeights,
  x: HostArray,
  { matrix: { shape, indptr, indices, data } }: SectionGraph,
  config: Pick<SedrConfig, "network" | "masking">,
): Promise<EncodedCells> {
  const row = new Int32Array(data.length);
  for (let i = 0; i < shape[0]; i++) row.fill(i, indptr[i]!, indptr[i + 1]!);
  const links = { row: intTensor(row), column: intTensor(indices) };
  const batch = { x: fromHost(x), links, weight: tensor(data) };
  const made = tidy(() => {
    const { z, reconstruction } = sedrNetwork(params, state, batch, config, {});
    return { z, unexplained: div(mean(square(sub(reconstruction, batch.x))), mean(square(batch.x))) };
  });
  try {
    return { z: await toHost(made.z), unexplained: (await toHost(made.unexplained)).data[0]! };
  } finally {
    dispose([batch.x, batch.weight, links.row, links.column, made.z, made.unexplained]);
  }
}

/** What embeds cells. */
export interface Embedder {
  /** How features become components; undefined to take them as they are. */
  readonly fitted: FittedExpression | undefined;
  /** Weights; borrowed. */
  readonly weights: SedrWeights;
  /** Configuration. */
  readonly config: SedrConfig;
}

/** An embedded section with what went in. */
export interface EncodedSection extends EncodedCells {
  /** Components of its cells, `[N, C]`. */
  readonly components: HostArray;
}

/**
 * Embed all cells of a section from its features and positions.
 *
 * @param section The section.
 * @param embedder What embeds.
 * @returns Embedding and components.
 * @throws {DataError} If a value cannot be used or a cell has no neighbour.
 */
export async function embedSection(
  section: TissueSection,
  { fitted, weights, config }: Embedder,
): Promise<EncodedSection> {
  const components = await componentsOf(fitted, section);
  const graph = sectionGraph(section.name, section.positions, config.graph);
  return { components, ...await encodeSection(weights, components, graph, config) };
}
