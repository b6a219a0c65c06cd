import type { DataSpec } from "../data.ts";
import type { HostArray } from "../host_array.ts";
import { jensenShannon, proportions, totalVariation, transferLabels } from "../metrics/label_transfer.ts";
import type { Metric } from "../plugin.ts";
import type { Rng } from "../rng/mod.ts";
import { stageAnchors } from "./stage_anchors.ts";
import { type CellDistances, stageDistances } from "./stage_distances.ts";
import { sectionMetrics } from "./stage_sections.ts";
import type { Stage } from "./stages.ts";

/** Cells generated for a stage, beside the real ones. */
export interface GeneratedStage {
  /** Real cells to compare with. */
  readonly stage: Stage;
  /** Whether none of them was trained on. */
  readonly heldOut: boolean;
  /** Generated cells, `[n, G]`. */
  readonly x: HostArray;
  /** Cells generated in other ways by the same network, by name. */
  readonly controls: Readonly<Record<string, HostArray>>;
}

/** What stages are measured with. */
export interface StageMetricsOptions {
  /** Description of the data. */
  readonly spec: DataSpec;
  /** Trained stages, for the anchors. */
  readonly trained: readonly Stage[];
  /** Label that types cells; absent without labels. */
  readonly label?: string;
  /** Stream of the comparisons. */
  readonly rng: Rng;
  /**
   * Called before each stage is measured; the work on the host lets signals in there.
   *
   * @param stage Name of the stage.
   */
  pause(stage: string): Promise<void>;
}

interface Column {
  readonly name: string;
  readonly description: string;
  readonly of: (distances: CellDistances) => number;
}

const COLUMNS: readonly Column[] = [
  {
    name: "w1-per-coordinate",
    description: "1-Wasserstein distance between generated and real cells of each coordinate by itself, mean over them",
    of: ({ w1 }) => w1,
  },
  {
    name: "w1-spread",
    description: "standard deviation over coordinates of their 1-Wasserstein distances",
    of: ({ w1Spread }) => w1Spread,
  },
  { name: "w2", description: "exact 2-Wasserstein distance between generated and real cells", of: ({ w2 }) => w2 },
  {
    name: "sliced-w2",
    description: "2-Wasserstein distance between generated and real cells, sliced in 256 directions",
    of: ({ slicedW2 }) => slicedW2,
  },
  {
    name: "energy",
    description: "energy distance between generated and real cells, 0 in the mean for equal distributions",
    of: ({ energy }) => energy,
  },
];

interface Measured {
  readonly generated: GeneratedStage;
  readonly distances: Readonly<Record<string, CellDistances>>;
  readonly references: readonly string[];
  readonly anchors: Readonly<Record<string, HostArray>>;
}

/** Name of the main draw among the sets of a stage. */
const MAIN = "generated";

async function measure(generated: GeneratedStage, options: StageMetricsOptions): Promise<Measured> {
  const { spec, trained, rng } = options;
  const { stage, x, controls } = generated;
  await options.pause(stage.name);
  const stream = rng.fold(stage.name);
  const anchors = stageAnchors(spec.times, trained, stage, stream.fold("anchors"));
  const distances = stageDistances(stage.x, { [MAIN]: x, ...controls, ...anchors }, stream.fold("distances"));
  const others = [MAIN, ...Object.keys(controls)];
  const references = Object.keys(distances).filter((name) => !others.includes(name));
  return { generated, distances, references, anchors };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Metrics of some stages, averaged; only anchors that all of them have. */
function metricsOf(all: readonly Measured[], set: string, prefix: string, columns: readonly Column[]): Metric[] {
  const shared = all[0]!.references.filter((name) => all.every(({ references }) => references.includes(name)));
  return columns.map(({ name, description, of }) => ({
    name: prefix + name,
    value: mean(all.map(({ distances }) => of(distances[set]!))),
    better: "lower",
    description: `${description}, in the unit of the features`,
    anchors: Object.fromEntries(shared.map((anchor) => [
      anchor,
      mean(all.map(({ distances }) => of(distances[anchor]!))),
    ])),
  }));
}

function typeMetrics({ stage, x }: GeneratedStage, label: string, categories: number): Metric[] {
  const labels = stage.labels[label]!;
  const real = proportions(labels, categories);
  const made = proportions(transferLabels(stage.x, labels, x), categories);
  const entry = (name: string, value: number, description: string): Metric => ({
    name,
    value,
    better: "lower",
    description: `${description} of ${label} among generated cells (type of the nearest real cell) and real ones`,
    anchors: {},
  });
  const missing = real.filter((share, i) => share > 0 && made[i] === 0).length;
  return [
    entry("type-total-variation", totalVariation(made, real), "total variation between the proportions"),
    entry("type-jensen-shannon", jensenShannon(made, real), "Jensen-Shannon divergence (nats) of the proportions"),
    entry("types-never-generated", missing, "number of categories that are absent"),
  ];
}

/**
 * Measure generated stages, with their anchors: held-out stages first, then each section of the first of them (prefix: its
 * name), then controls (prefix: their name), then stages that were trained on (prefix `seen/`).
 *
 * @param stages Generated stages with the real ones, at least one.
 * @param options Data, trained stages, label and stream.
 * @returns Metrics; those of several stages are means over them.
 */
export async function stageMetrics(
  stages: readonly GeneratedStage[],
  options: StageMetricsOptions,
): Promise<readonly Metric[]> {
  const measured: Measured[] = [];
  for (const stage of stages) measured.push(await measure(stage, options));
  const unseen = measured.filter(({ generated }) => generated.heldOut);
  const seen = measured.filter(({ generated }) => !generated.heldOut);
  const main = unseen.length > 0 ? unseen : seen;
  const controls = Object.keys(main[0]!.generated.controls);
  const bare = (metrics: Metric[]): Metric[] => metrics.map((metric) => ({ ...metric, anchors: {} }));
  const plain = COLUMNS.filter(({ name }) => name !== "w1-spread");
  const { label, spec } = options;
  return [
    ...metricsOf(main, MAIN, "", COLUMNS),
    ...unseen.slice(0, 1).flatMap(({ generated: { stage, x }, anchors }) => sectionMetrics(stage, x, anchors)),
    ...controls.flatMap((name) => bare(metricsOf(main, name, `${name}/`, plain))),
    ...(label === undefined
      ? []
      : main.length > 1
      ? []
      : typeMetrics(main[0]!.generated, label, spec.labels[label]!.length)),
    ...(unseen.length === 0 || seen.length === 0 ? [] : [
      ...metricsOf(seen, MAIN, "seen/", plain),
      ...controls.flatMap((name) => bare(metricsOf(seen, name, `seen/${name}/`, plain))),
    ]),
  ];
}
