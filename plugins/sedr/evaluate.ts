import type { HostArray, Metric, Trained } from "../../core/mod.ts";
import { type Agreement, agreementOf, findDomains, smoothedRows } from "./domains.ts";
import { componentsOf } from "./expression.ts";
import { sectionGraph } from "./graph.ts";
import { domainCount, domainStream, type SectionSample, type SedrSamples } from "./samples.ts";

/** What domains are found in: the embedding, and what needs no network. */
const SETS = ["sedr", "components", "smoothed components"] as const;
type SetName = (typeof SETS)[number];

/** Agreement of the domains of one section with the label, by set and then by seed of k-means. */
interface Scored {
  readonly heldOut: boolean;
  /** Cells with a label: the weight of the section. */
  readonly cells: number;
  readonly of: Readonly<Record<SetName, readonly Agreement[]>>;
}

async function scoreSection(
  { section, z, domain }: SectionSample,
  { embedder: { fitted, config } }: SedrSamples,
  label: string,
  trained: Trained,
): Promise<Scored | undefined> {
  const codes = section.labels[label]!;
  const cells = codes.reduce((sum, code) => sum + Number(code >= 0), 0);
  const count = domainCount(config.domains, section, label);
  if (count === undefined || cells < 2) return undefined;
  const components = await componentsOf(fitted, section);
  const links = sectionGraph(section.name, section.positions, config.graph).matrix;
  const points: Readonly<Record<SetName, HostArray>> = {
    "sedr": z,
    "components": components,
    "smoothed components": smoothedRows(components, links),
  };
  const score = async (set: SetName): Promise<readonly Agreement[]> => {
    const found: Agreement[] = [];
    for (let seed = 0; seed < config.domains.seeds; seed++) {
      const known = set === "sedr" && seed === 0 ? domain : undefined;
      const stream = domainStream(trained, section.name, seed);
      const made = known ?? await findDomains(points[set], count, config.domains.starts, stream);
      found.push(agreementOf(made, codes, links));
    }
    return found;
  };
  const of = {
    "sedr": await score("sedr"),
    "components": await score("components"),
    "smoothed components": await score("smoothed components"),
  };
  return { heldOut: section.heldOut, cells, of };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Agreement by seed of k-means, averaged over sections by their cells. */
function bySeed(scored: readonly Scored[], set: SetName, of: (each: Agreement) => number): readonly number[] {
  const cells = scored.reduce((sum, section) => sum + section.cells, 0);
  return scored[0]!.of[set].map((_, seed) =>
    scored.reduce((sum, section) => sum + of(section.of[set][seed]!) * section.cells / cells, 0)
  );
}

function agreementMetrics(scored: readonly Scored[], prefix: string, label: string): readonly Metric[] {
  if (scored.length === 0) return [];
  const metric = (
    name: string,
    better: Metric["better"],
    description: string,
    of: (each: Agreement) => number,
    over: (values: readonly number[]) => number,
  ): Metric => ({
    name: prefix + name,
    value: over(bySeed(scored, "sedr", of)),
    better,
    description,
    anchors: Object.fromEntries(
      SETS.filter((set) => set !== "sedr").map((set) => [set, over(bySeed(scored, set, of))]),
    ),
  });
  const index = `adjusted Rand index of ${label} and domains found by k-means`;
  const ari = ({ ari }: Agreement): number => ari;
  return [
    metric("ari", "higher", `${index}, mean over seeds of k-means and over sections by their cells`, ari, mean),
    metric("ari-spread", "lower", `standard deviation over seeds of k-means of the ${index}`, ari, deviation),
    metric(
      "ari-smoothed",
      "higher",
      `${index} after each cell took the domain that most of its neighbours have`,
      ({ smoothed }) => smoothed,
      mean,
    ),
  ];
}

/** How much of the components the embedding leaves out. */
function reconstructionMetric(sections: readonly SectionSample[], prefix: string): readonly Metric[] {
  const cells = sections.reduce((sum, { z }) => sum + z.shape[0]!, 0);
  if (cells === 0) return [];
  return [{
    name: `${prefix}unexplained-variance`,
    value: sections.reduce((sum, { z, unexplained }) => sum + unexplained * z.shape[0]! / cells, 0),
    better: "lower",
    description: "squared error of the components reconstructed from the embedding, as a share of their summed squares",
    anchors: { "mean of the cells": 1 },
  }];
}

/**
 * Measure embeddings: how well domains found in them agree with a label, beside those found in components and in components
 * averaged over neighbours, on the same cells; how much of the components is reconstructed. Sections that were held out
 * have the prefix `held-out/`.
 *
 * @param samples Embedded sections.
 * @param label The label; absent if there is none.
 * @param trained Data, stream and progress.
 * @returns Metrics in the order of the report.
 */
export async function evaluateSedr(
  samples: SedrSamples,
  label: string | undefined,
  trained: Trained,
): Promise<readonly Metric[]> {
  const scored: Scored[] = [];
  for (const [i, sample] of samples.sections.entries()) {
    if (label === undefined) break;
    const found = await scoreSection(sample, samples, label, trained);
    if (found !== undefined) scored.push(found);
    trained.progress(i + 1, samples.sections.length, sample.section.name);
  }
  return [{ heldOut: false, prefix: "" }, { heldOut: true, prefix: "held-out/" }].flatMap(({ heldOut, prefix }) => [
    ...agreementMetrics(scored.filter((each) => each.heldOut === heldOut), prefix, label ?? ""),
    ...reconstructionMetric(samples.sections.filter(({ section }) => section.heldOut === heldOut), prefix),
  ]);
}
