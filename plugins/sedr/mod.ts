/**
 * SEDR: an embedding of cells by their expression and their neighbourhood.
 *
 * Xu, Fu, Long, Ang, Sethi, Chong, Li, Uddamvathanak, Lee, Ling, Chen, Shao, Liu, Chen, "Unsupervised spatially embedded
 * deep representation of spatial transcriptomics", Genome Medicine 16, 12, 2024; reference code
 * github.com/JinmiaoChenLab/SEDR (MIT).
 *
 * Deliberate differences from the reference code: cells are never masked when they are embedded, so that equal calls give
 * equal numbers; pairs that are not linked are drawn evenly and never linked; distances are searched in a tree and all
 * products are over links, so that memory is linear in cells times neighbours; sections can be held out, and are embedded
 * by what was learned from the others.
 *
 * @module
 */
import {
  type Batches,
  type Data,
  DataError,
  type DataSpec,
  type Figure,
  type Metric,
  type Model,
  type Plugin,
  type Prepared,
  type Progress,
  type Rng,
  type Trained,
} from "../../core/mod.ts";
import type { SedrBatch } from "./batch.ts";
import { checkSedr, SEDR_DEFAULTS, type SedrConfig } from "./config.ts";
import { chooseCells } from "./embed.ts";
import { evaluateSedr } from "./evaluate.ts";
import { componentsOf, fitExpression, type FittedExpression } from "./expression.ts";
import { sedrFigures } from "./figures.ts";
import { type FitCells, refine } from "./fit.ts";
import { sampleSedr, type SedrSamples } from "./samples.ts";
import { requireTissue, sectionsOf, trainingSections } from "./sections.ts";
import { everyEpoch, sedrTrainable } from "./trainable.ts";

export * from "./batch.ts";
export * from "./config.ts";
export * from "./domains.ts";
export * from "./embed.ts";
export * from "./encode.ts";
export * from "./expression.ts";
export * from "./fit.ts";
export * from "./graph.ts";
export * from "./loss.ts";
export * from "./network.ts";
export * from "./refinement.ts";
export * from "./sample.ts";
export * from "./samples.ts";
export * from "./sections.ts";
export * from "./trainable.ts";

/** Label that domains are compared with: the one asked for, else the first. */
function labelOf({ domains: { label } }: SedrConfig, { name, labels }: DataSpec): string | undefined {
  if (label === "") return Object.keys(labels)[0];
  if (labels[label] !== undefined) return label;
  throw new DataError(
    `Cannot compare domains with "${label}": "${name}" has the labels ${Object.keys(labels).join(", ") || "(none)"}; ` +
      "set plugin.config.domains.label",
  );
}

async function prepare(config: SedrConfig, data: Data, rng: Rng, progress: Progress): Promise<Prepared> {
  requireTissue(data.spec);
  progress(0, 1, "genes and components");
  const sections = trainingSections(await sectionsOf(data, config.fit));
  const expression = await fitExpression(sections, config.expression, rng);
  return expression === undefined ? {} : { expression };
}

/** Components that the network reads: of what was prepared, else the features themselves. */
function fittedOf({ expression }: SedrConfig, prepared: Prepared): FittedExpression | undefined {
  if (expression.components === 0) return undefined;
  const found = prepared["expression"] as FittedExpression | undefined;
  if (found !== undefined) return found;
  throw new TypeError("Cannot build sedr without components: pass what prepare() returned");
}

function build(config: SedrConfig, spec: DataSpec, prepared: Prepared = {}): Model<SedrBatch, SedrSamples> {
  requireTissue(spec);
  const label = labelOf(config, spec);
  const fitted = fittedOf(config, prepared);
  const components = fitted === undefined ? spec.parts["x"]!.shape[0]! : fitted.loadings.shape[0]!;
  const fitCells = async (data: Data, rng: Rng): Promise<FitCells> =>
    await chooseCells(
      trainingSections(await sectionsOf(data, config.fit)),
      (section, rows) => componentsOf(fitted, section, rows),
      config,
      rng,
    );
  return Object.freeze({
    trainable: sedrTrainable(config, components),
    async batches(data: Data, rng: Rng): Promise<Batches<SedrBatch>> {
      const { x, graph } = await fitCells(data, rng);
      return everyEpoch(x, graph);
    },
    async sample(trained: Trained): Promise<SedrSamples> {
      const { params, state, data, rng, progress } = trained;
      if (state === undefined) throw new TypeError("Cannot embed without the statistics of training");
      const given = { params, state };
      const embedder = { fitted, config };
      if (config.refinement.epochs === 0) {
        return { ...await sampleSedr({ ...embedder, weights: given }, label, trained), embedder };
      }
      const cells = await fitCells(data, rng.fold("refinement cells"));
      using weights = await refine(config, given, cells, rng.fold("refinement"), progress);
      return { ...await sampleSedr({ ...embedder, weights }, label, trained), embedder };
    },
    evaluate(trained: Trained, samples: SedrSamples): Promise<readonly Metric[]> {
      if (label === undefined) trained.note("the data have no labels: domains are not compared with any");
      if (config.fit === "jointTransductive" && trained.data.sections.some(({ split }) => split === "test")) {
        trained.note(
          "held-out sections took part in fitting (plugin.config.fit is jointTransductive): what is learned from their " +
            "embedding has seen them",
        );
      }
      return evaluateSedr(samples, label, trained);
    },
    figures: (trained: Trained, samples: SedrSamples): Promise<readonly Figure[]> =>
      sedrFigures(samples, label, trained),
  });
}

/** The SEDR plugin. */
export const plugin: Plugin<SedrConfig> = Object.freeze({
  name: "sedr",
  contract: 1,
  paper: {
    title: "Unsupervised spatially embedded deep representation of spatial transcriptomics",
    authors: "Xu H. et al.",
    year: 2024,
    venue: "Genome Medicine 16, 12",
    url: "https://doi.org/10.1186/s13073-024-01283-x",
    licence: "reference code MIT",
    source: "github.com/JinmiaoChenLab/SEDR",
  },
  defaults: SEDR_DEFAULTS,
  check: checkSedr,
  prepare,
  build,
});
