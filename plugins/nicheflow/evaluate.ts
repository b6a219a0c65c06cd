import {
  assignment,
  breathe,
  distances,
  gromovWasserstein,
  type HostArray,
  hostArray,
  type Metric,
  type Rng,
  squaredDistances,
  takeRows,
  type Trained,
  wasserstein1,
  wasserstein2,
} from "../../core/mod.ts";
import { type Anchor, anchors } from "./anchors.ts";
import { evenlySpaced } from "./evenly_spaced.ts";
import { classify } from "./classifier.ts";
import type { Journey } from "./journeys.ts";
import { nichesAt } from "./generate.ts";
import { itemsOf } from "./items.ts";
import type { NicheSamples, SampleSetting } from "./samples.ts";
import { type Cells, flatten, score, type Scored, type Scores, subsample, type TypeOf } from "./score.ts";
import { poolSets, type Slide } from "./slides.ts";

const UNIT = "in scaled coordinates; the paper's tables print 100 times this";

interface Column {
  readonly name: string;
  readonly better: Metric["better"];
  readonly description: string;
  readonly of: (scores: Scores) => number | undefined;
}

const COLUMNS: readonly Column[] = [
  {
    name: "1nn-f1",
    better: "higher",
    description: "weighted F1 of the generated cells' types against the type of the nearest real cell",
    of: ({ types }) => types?.f1,
  },
  {
    name: "spd-equal-budget",
    better: "lower",
    description: `mean distance from a real cell to the nearest of as many generated cells, ${UNIT}`,
    of: ({ spdEqualBudget }) => spdEqualBudget,
  },
  {
    name: "psd",
    better: "lower",
    description: `mean distance from a generated cell to the nearest real cell, ${UNIT}`,
    of: ({ psd }) => psd,
  },
  {
    name: "spd",
    better: "lower",
    description: `mean distance from a real cell to the nearest generated cell, all of them, ${UNIT}`,
    of: ({ spd }) => spd,
  },
  {
    name: "1nn-accuracy",
    better: "higher",
    description: "share of generated cells whose type is that of the nearest real cell",
    of: ({ types }) => types?.accuracy,
  },
];

/** Share of the way from copying the source (0) to another replicate of the target day (1). */
function wayToReplicate(value: number, references: Readonly<Record<string, number>>): Metric | undefined {
  const from = references["copy-source"];
  const to = references["replicate"];
  if (from === undefined || to === undefined || from === to) return undefined;
  return {
    name: "psd-way",
    value: (from - value) / (from - to),
    better: "higher",
    description: "PSD as the share of the way from copy-source (0) to another replicate of the target day (1)",
    anchors: { "copy-source": 0, replicate: 1 },
  };
}

/** Types are compared on at most this many cells of each; exact transport is cubic in it. */
const PER_TYPE = 256;

/** Says what is measured next, and lets Ctrl-C have its turn. */
type Pause = (what: string) => Promise<void>;

/** W1 and W2 between generated and real cells of one type, averaged over types and targets (section 8.3). */
async function distancesByType(
  scored: readonly Scored[],
  typeOf: TypeOf,
  classes: number,
  rng: Rng,
  pause: Pause,
): Promise<Readonly<Record<string, number>>> {
  const sums = { "w1-pos": 0, "w2-pos": 0, "w1-x": 0, "w2-x": 0 };
  let count = 0;
  for (const { target, items } of scored) {
    const item = items[0]!;
    const types = typeOf(item);
    for (let type = 0; type < classes; type++) {
      const rows = (list: Int32Array): Int32Array => Int32Array.from(list.keys()).filter((row) => list[row] === type);
      const [made, real] = [rows(types), rows(target.cellType!)];
      const size = Math.min(made.length, real.length, PER_TYPE);
      if (size < 8) continue;
      await pause("distances by type");
      const stream = rng.fold(target.name).fold(type);
      const take = (cells: Cells, list: Int32Array, tag: string): Cells =>
        subsample({ x: takeRows(cells.x, list), pos: takeRows(cells.pos, list) }, size, stream.fold(tag).host);
      const [a, b] = [take(item, made, "generated"), take(target, real, "real")];
      sums["w1-pos"] += wasserstein1(a.pos, b.pos);
      sums["w2-pos"] += wasserstein2(a.pos, b.pos);
      sums["w1-x"] += wasserstein1(a.x, b.x);
      sums["w2-x"] += wasserstein2(a.x, b.x);
      count++;
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
}

/** Niches compared by Gromov-Wasserstein per step in time. */
const GW_NICHES = 32;

/** Cells of a niche that take part, from its centre outwards; the cost is cubic in their number. */
const GW_CELLS = 96;

function nicheShape(values: HostArray, set: number): HostArray {
  const [, size, width] = values.shape as [number, number, number];
  const niche = hostArray(values.data.slice(set * size * width, (set + 1) * size * width), [size, width]);
  return takeRows(niche, evenlySpaced(size, GW_CELLS));
}

/**
 * Gromov-Wasserstein between each generated niche and the real niche that transport matches to its source, and the same
 * for the source niche itself in place of the generated one.
 */
async function nicheShapes(
  samples: NicheSamples,
  targetOf: (journey: Journey) => Slide | undefined,
  lambda: number,
  pause: Pause,
): Promise<{ readonly value: number; readonly copy: number }> {
  const made: number[] = [];
  const copied: number[] = [];
  for (const { journey, repeats } of samples.steps) {
    const target = targetOf(journey);
    if (target === undefined) continue;
    await pause("shapes of niches");
    const size = journey.seen.size;
    const real = nichesAt(target, samples.centres.get(target)!, size);
    const source = nichesAt(journey.source, samples.centres.get(journey.source)!, size);
    const count = Math.min(real.cells.length, source.cells.length) / size;
    const match = assignment(
      squaredDistances(
        poolSets(source.slide, source.cells.subarray(0, count * size), size, lambda),
        poolSets(real.slide, real.cells.subarray(0, count * size), size, lambda),
      ),
      count,
      count,
    );
    const cellsOf = (slide: Slide, cells: Int32Array, at: number): HostArray =>
      takeRows(slide.pos, evenlySpaced(size, GW_CELLS).map((i) => cells[at * size + i]!));
    for (const set of evenlySpaced(count, GW_NICHES)) {
      await pause("shapes of niches");
      const truth = cellsOf(target, real.cells, match[set]!);
      const within = distances(truth, truth);
      const shape = (pos: HostArray): number => gromovWasserstein(distances(pos, pos), within).value;
      made.push(shape(nicheShape(repeats[0]!.pos, set)));
      copied.push(shape(cellsOf(journey.source, source.cells, set)));
    }
  }
  const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return { value: average(made), copy: average(copied) };
}

/**
 * Measure generated sections against sections that were never seen, and against those that were, with their anchors.
 *
 * @param samples What was generated.
 * @param setting Configuration, names and classifier.
 * @param trained Data, stream and progress.
 * @param testF1 Weighted F1 of the classifier on cells it never saw; absent without labels.
 * @returns Metrics; names without prefix are on held-out sections if there are any, `seen/` on training sections.
 */
export async function evaluateNiches(
  samples: NicheSamples,
  setting: SampleSetting,
  trained: Trained,
  testF1: number | undefined,
): Promise<readonly Metric[]> {
  const { classifier, label, spec, config } = setting;
  const classes = label === undefined ? 0 : spec.labels[label]!.length;
  const typeOf: TypeOf | undefined = classifier === undefined ? undefined : (cells) => classify(classifier, cells.x);
  const rng = trained.rng.fold("evaluate");
  const budget = (target: string) => rng.fold("budget").fold(target).host;
  let parts = 0;
  const pause: Pause = async (what) => {
    await breathe();
    trained.progress(parts++, 0, what);
  };

  async function against(targetOf: (journey: Journey) => Slide | undefined, prefix: string): Promise<Metric[]> {
    const scored = samples.steps.flatMap((step) => {
      const target = targetOf(step.journey);
      if (target === undefined) return [];
      return [{ target, items: itemsOf(step.repeats, config.model) }];
    });
    await pause("anchors");
    const references = anchors(
      samples.steps.map(({ journey }) => journey),
      targetOf,
      samples.centres,
      rng.fold("shuffle"),
      typeOf,
    );
    const grade = ({ scored: rows, typeOf: own }: Anchor): Scores => score(rows, classes, own ?? typeOf, budget);
    await pause("model");
    const model = grade({ scored });
    const graded: (readonly [name: string, scores: Scores])[] = [];
    for (const [name, anchor] of Object.entries(references)) {
      await pause(name);
      graded.push([name, grade(anchor)]);
    }
    return COLUMNS.flatMap(({ name, better, description, of }): Metric[] => {
      const value = of(model);
      if (value === undefined) return [];
      const shown = graded.filter(([anchor]) => anchor !== "shuffled-labels" || name.startsWith("1nn"));
      const values = Object.fromEntries(shown.map(([anchor, scores]) => [anchor, of(scores)!]));
      const way = name === "psd" ? wayToReplicate(value, values) : undefined;
      const metric = { name: prefix + name, value, better, description, anchors: values };
      return [metric, ...(way === undefined ? [] : [{ ...way, name: prefix + way.name }])];
    });
  }

  const heldOut = samples.steps.some(({ journey }) => journey.unseen !== undefined);
  if (!heldOut) trained.note("no section is held out: the metrics compare with sections that were trained on");
  const mainTarget = (journey: Journey): Slide | undefined => heldOut ? journey.unseen : journey.seen;
  const main = await against(mainTarget, "");
  const seen = heldOut ? await against(({ seen }) => seen, "seen/") : [];
  const rows = samples.steps.flatMap((step) => {
    const target = mainTarget(step.journey);
    return target === undefined ? [] : [{ target, items: [flatten(step.repeats[0]!)] }];
  });
  const shapes = config.model === "nicheflow"
    ? await nicheShapes(samples, mainTarget, config.coupling.lambda, pause)
    : undefined;
  const transport: Metric[] = typeOf === undefined ? [] : await (async () => {
    const model = await distancesByType(rows, typeOf, classes, rng.fold("transport"), pause);
    const references = anchors(
      samples.steps.map(({ journey }) => journey),
      mainTarget,
      samples.centres,
      rng,
      typeOf,
    );
    const shown: (readonly [name: string, values: Readonly<Record<string, number>>])[] = [];
    for (const name of ["replicate", "copy-source"]) {
      if (references[name] === undefined) continue;
      const { scored } = references[name];
      shown.push([name, await distancesByType(scored, typeOf, classes, rng.fold("transport"), pause)]);
    }
    return Object.keys(model).map((name): Metric => ({
      name,
      value: model[name]!,
      better: "lower",
      description: `exact Wasserstein-${name[1]} distance of ${
        name.endsWith("pos") ? "scaled coordinates" : "features"
      } between generated and real cells of a type, mean over types`,
      anchors: Object.fromEntries(shown.map(([anchor, values]) => [anchor, values[name]!])),
    }));
  })();
  return [
    ...main,
    ...transport,
    ...(shapes === undefined ? [] : [
      {
        name: "gw",
        value: shapes.value,
        better: "lower",
        description:
          `Gromov-Wasserstein distance between a generated niche and its matched real niche, mean over niches`,
        anchors: { "copy-source": shapes.copy },
      } satisfies Metric,
    ]),
    ...seen,
    ...(testF1 === undefined ? [] : [
      {
        name: "classifier-f1",
        value: testF1,
        better: "higher",
        description: "weighted F1 of the cell-type classifier on training-section cells it never saw",
        anchors: {},
      } satisfies Metric,
    ]),
  ];
}
