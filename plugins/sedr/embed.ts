import { concatRows, harmony, type HostArray, type Progress, type Rng, takeRows } from "../../core/mod.ts";
import { SEDR_DEFAULTS, type SedrConfig } from "./config.ts";
import { embedSection } from "./encode.ts";
import { componentsOf, fitExpression } from "./expression.ts";
import { type FitCells, fitEpochs, refine } from "./fit.ts";
import { joinGraphs, type SectionGraph, sectionGraph } from "./graph.ts";
import { balancedRows } from "./sample.ts";
import { type SedrSection, type TissueSection, tissueSection, trainingSections } from "./sections.ts";
import { sedrTrainable } from "./trainable.ts";

/** What {@linkcode sedrEmbedding} may be told. */
export interface SedrEmbeddingOptions {
  /** Configuration. @default {SEDR_DEFAULTS} */
  readonly config?: SedrConfig;
  /** Epochs. @default {200} */
  readonly epochs?: number;
  /** Learning rate per epoch. @default {0.01} */
  readonly lr?: number;
  /** Where to report progress. */
  readonly progress?: Progress;
}

/** Embedding of one section. */
export interface EmbeddedSection {
  /** Its name. */
  readonly name: string;
  /** SEDR embedding, `[N, features + spatial]`. */
  readonly z: HostArray;
  /** Components that SEDR was given, `[N, C]`. */
  readonly components: HostArray;
}

/**
 * Choose the cells to train on, and link them.
 *
 * @param sections Training sections.
 * @param components Gives the components of some rows of a section.
 * @param config Neighbours, and how many cells.
 * @param rng Stream of the choice and of the pairs that are not linked.
 * @returns Cells and graph.
 * @throws {DataError} If a section has too few cells, or one has no neighbour.
 */
export async function chooseCells<S extends Pick<TissueSection, "name" | "positions" | "time">>(
  sections: readonly S[],
  components: (section: S, rows: Int32Array | undefined) => Promise<HostArray>,
  { cells, graph }: Pick<SedrConfig, "cells" | "graph">,
  rng: Rng,
): Promise<FitCells> {
  const sizes = sections.map(({ positions, time }) => ({ rows: positions.shape[0]!, time }));
  const chosen = balancedRows(sizes, cells, rng.fold("cells"));
  const parts: { readonly x: HostArray; readonly graph: SectionGraph }[] = [];
  for (const [i, section] of sections.entries()) {
    const rows = chosen[i];
    const positions = rows === undefined ? section.positions : takeRows(section.positions, rows);
    parts.push({ x: await components(section, rows), graph: sectionGraph(section.name, positions, graph) });
  }
  const joined = joinGraphs(parts.map((part) => part.graph), rng.fold("negatives"));
  return { x: concatRows(parts.map(({ x }) => x)), graph: joined, sections: parts };
}

/**
 * Correct batch effects between the sections of each time point.
 *
 * @param embedded Embeddings with time and cells, in order.
 * @param variant Form of the penalty, or `"none"`.
 * @param rng Stream.
 * @returns Embeddings in the same order.
 */
export async function harmonized(
  embedded: readonly { readonly z: HostArray; readonly time: number }[],
  variant: SedrConfig["harmony"],
  rng: Rng,
): Promise<readonly HostArray[]> {
  const out = embedded.map(({ z }) => z);
  if (variant === "none") return out;
  for (const time of new Set(embedded.map((each) => each.time))) {
    const own = [...embedded.keys()].filter((i) => embedded[i]!.time === time);
    const batch = own.flatMap((i) => Array<number>(out[i]!.shape[0]!).fill(i));
    const { corrected } = await harmony(concatRows(own.map((i) => out[i]!)), batch, rng.fold(time), { variant });
    let from = 0;
    for (const i of own) {
      const rows = out[i]!.shape[0]!;
      out[i] = takeRows(corrected, Int32Array.from({ length: rows }, (_, row) => from + row));
      from += rows;
    }
  }
  return out;
}

/**
 * Embed the cells of tissue sections by expression and neighbourhood (SEDR: Xu et al., Genome Medicine 16, 12, 2024).
 *
 * Genes, components and network are fitted on the sections that are not held out; every cell of every section is embedded.
 *
 * @example Usage
 * ```ts
 * import { chooseBackend, hostArray, rng } from "@morphogen/morphogen";
 * import { SEDR_DEFAULTS, sedrEmbedding } from "@morphogen/morphogen/plugins/sedr";
 *
 * await chooseBackend("cpu");
 * const [cells, genes, stream] = [30, 5, rng(1)];
 * const x = hostArray(stream.fold("x").host.normal(cells * genes), [cells, genes]);
 * const positions = hostArray(stream.fold("positions").host.uniform(cells * 2), [cells, 2]);
 * const config = { ...SEDR_DEFAULTS, expression: { ...SEDR_DEFAULTS.expression, normalize: "none" as const } };
 * const [section] = await sedrEmbedding([{ name: "a", x, positions }], stream, { config, epochs: 2 });
 * if (section!.z.shape.join() !== "30,32") throw new Error(section!.z.shape.join());
 * ```
 *
 * @param sections Sections with equal features.
 * @param rng Stream of everything random: equal streams give equal bits on one backend.
 * @param options Configuration, epochs, learning rate, progress.
 * @returns One embedding per section, in order.
 * @throws {DataError} If the data cannot be used; one sentence says which cell of which section.
 * @throws {NumericsError} If the loss stops being finite.
 */
export async function sedrEmbedding(
  sections: readonly SedrSection[],
  rng: Rng,
  options: SedrEmbeddingOptions = {},
): Promise<readonly EmbeddedSection[]> {
  const { config = SEDR_DEFAULTS, epochs = 200, lr = 0.01, progress = () => {} } = options;
  const all = sections.map(tissueSection);
  const training = trainingSections(all);
  const fitted = await fitExpression(training, config.expression, rng.fold("prepare"));
  const cells = await chooseCells(
    training,
    (section, rows) => componentsOf(fitted, section, rows),
    config,
    rng.fold("data"),
  );
  using trainer = await fitEpochs(sedrTrainable(config, cells.x.shape[1]!), cells, { epochs, lr, rng, progress });
  const trained = { params: trainer.params, state: trainer.state! };
  using weights = await refine(config, trained, cells, rng.fold("refinement"), progress);
  const made: { readonly z: HostArray; readonly time: number; readonly components: HostArray }[] = [];
  for (const section of all) {
    const { z, components } = await embedSection(section, { fitted, weights, config });
    made.push({ z, components, time: section.time });
  }
  const corrected = await harmonized(made, config.harmony, rng.fold("harmony"));
  return made.map(({ components }, i) => ({ name: all[i]!.name, z: corrected[i]!, components }));
}
