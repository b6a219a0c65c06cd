import {
  assignment,
  columnStats,
  countWithin,
  type Data,
  exactCoupling,
  type HostArray,
  hostArray,
  inMemory,
  nearest,
  rng,
  sinkhorn,
  squaredDistances,
  standardize,
  takeRows,
} from "../../core/mod.ts";
import { classification } from "../../core/metrics/classification.ts";
import { pointToShape } from "../../core/metrics/psd_spd.ts";
import { meanAbsoluteError, meanSquaredError } from "../../core/metrics/regression.ts";
import { classifierLogits, classify } from "../../plugins/nicheflow/classifier.ts";
import { NICHEFLOW_DEFAULTS, type NicheFlowConfig } from "../../plugins/nicheflow/config.ts";
import { allCentres, evaluationCentres } from "../../plugins/nicheflow/journeys.ts";
import { type Cells, flatten, referenceTypes, score, type Scored } from "../../plugins/nicheflow/score.ts";
import { makeSlides, poolSets, type Slide } from "../../plugins/nicheflow/slides.ts";
import { fromStateDict } from "../../plugins/nicheflow/state_dict.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats, integers, numbered, setting, stateDict } from "./fixture.ts";
import { withParams } from "./nicheflow_setup.ts";
import { read, upload } from "./tensors.ts";

function range(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i);
}

/** Cells as a section of which every cell is a set of its own. */
function sectionOf(name: string, time: number, x: HostArray, pos: HostArray): Slide {
  const n = pos.shape[0]!;
  return { name, time, split: "train", x, pos, size: 1, members: range(n) };
}

/** Sections of a fixture as a data set: rows of `in/coords` by `in/slide_index`, features already standardized. */
function dataOf(fixture: Fixture, x: HostArray): { readonly data: Data; readonly rows: readonly Int32Array[] } {
  const pos = floats(fixture, "in/coords");
  const slideOf = integers(fixture, "in/slide_index");
  const names = fixture.config["timepoints"] as readonly string[];
  const rows = names.map((_, slide) => range(slideOf.length).filter((row) => slideOf[row] === slide));
  const data: Data = {
    spec: {
      name: fixture.name,
      parts: { x: { shape: [x.shape[1]!], unit: "sd" }, pos: { shape: [pos.shape[1]!], unit: "" } },
      times: names.map((name, value) => ({ name, value, unit: "" })),
      labels: {},
    },
    sections: names.map((name, time) => ({
      name,
      time,
      split: "train",
      rows: rows[time]!.length,
      parts: { x: inMemory(takeRows(x, rows[time]!)), pos: inMemory(takeRows(pos, rows[time]!)) },
      labels: {},
    })),
    citation: { title: fixture.name, authors: "", year: 0, url: "" },
    source: fixture.name,
    notes: [],
  };
  return { data, rows };
}

/** Standardization, niches and the evaluation grid. */
export const checkPreprocessing: Check = async (fixture) => {
  const x = floats(fixture, "in/x_pca");
  const features = standardize(x, columnStats(x));
  const { data, rows } = dataOf(fixture, features);
  const niche: NicheFlowConfig["niche"] = {
    scaling: "per-axis",
    radius: setting(fixture, "radius"),
    dx: setting(fixture, "dx"),
    dy: setting(fixture, "dy"),
  };
  const slides = await makeSlides(data, { ...NICHEFLOW_DEFAULTS, niche });
  const [cells, dims] = floats(fixture, "in/coords").shape as [number, number];
  const scaled = new Float32Array(cells * dims);
  const out: Record<string, ArrayLike<number>> = {};
  for (const [i, slide] of slides.entries()) {
    for (const [at, row] of rows[i]!.entries()) {
      scaled.set(slide.pos.data.subarray(at * dims, (at + 1) * dims), row * dims);
    }
    out[`out/${slide.name}/cell_index`] = rows[i]!;
    out[`out/${slide.name}/neighbour_count`] = countWithin(slide.pos, niche.radius);
    out[`out/${slide.name}/niche_size`] = [slide.size];
    out[`out/${slide.name}/niche_members`] = slide.members;
    out[`out/${slide.name}/grid_centres`] = evaluationCentres(slide, niche);
  }
  const centres = [...allCentres(slides, niche, rng(0), () => {}).values()].map(({ length }) => length);
  return {
    "out/coords_standardised": scaled,
    "out/x_pca_standardised": features.data,
    // All sections are filled up to the same number.
    "out/test_niches": centres.every((count) => count === centres[0]) ? [centres[0]!] : [],
    ...out,
  };
};

/** Pool the niches of one side: cells side by side, each niche a set of consecutive cells. */
function pooled(fixture: Fixture, side: 1 | 2): HostArray {
  const [x, pos] = [floats(fixture, `in/niche_x_t${side}`), floats(fixture, `in/niche_pos_t${side}`)];
  const size = x.shape[1]!;
  const { x: features, pos: coordinates } = flatten({ x, pos });
  const slide = sectionOf(`side ${side}`, side, features, coordinates);
  return poolSets(slide, slide.members, size, setting(fixture, "ot_lambda"));
}

/** The reference puts features first, this project coordinates. */
function featuresFirst({ data, shape }: HostArray, dims: number): number[] {
  const [rows, width] = shape as [number, number];
  return Array.from({ length: rows }, (_, row) => {
    const vector = [...data.subarray(row * width, (row + 1) * width)];
    return [...vector.slice(dims), ...vector.slice(0, dims)];
  }).flat();
}

/** Whether all pairs have mass in a plan, and none occurs twice. */
function areDrawsOf(plan: ArrayLike<number>, columns: number, source: Int32Array, target: Int32Array): boolean {
  const entries = [...source].map((row, i) => row * columns + target[i]!);
  return new Set(entries).size === entries.length && entries.every((entry) => plan[entry]! > 0);
}

/** Pooling, cost, exact and entropic plan, drawing of pairs. */
export const checkCoupling: Check = async (fixture) => {
  const [source, target] = [pooled(fixture, 1), pooled(fixture, 2)];
  const dims = floats(fixture, "in/niche_pos_t1").shape[2]!;
  const [n, m] = [source.shape[0]!, target.shape[0]!];
  const cost = squaredDistances(source, target);
  const match = assignment(cost, n, m);
  const plan = new Float64Array(n * m);
  for (const [row, column] of match.entries()) plan[row * m + column] = 1 / n;
  const { reg, max_iter, stop_threshold } = fixture.config["sinkhorn"] as Readonly<Record<string, number>>;
  const options = { epsilon: reg!, maxIterations: max_iter!, tolerance: stop_threshold! };
  const singles = ([1, 2] as const).map((side) => {
    const x = floats(fixture, `in/cell_x_t${side}`);
    const cells = sectionOf(`cells ${side}`, side, x, floats(fixture, `in/cell_pos_t${side}`));
    return poolSets(cells, cells.members, 1, setting(fixture, "ot_lambda"));
  });
  const [a, b] = singles.map(({ shape }) => shape[0]!) as [number, number];
  // The stored draw has to fit our plan, and our own draw the stored plan.
  const stored = areDrawsOf(plan, m, integers(fixture, "out/chosen_t1"), integers(fixture, "out/chosen_t2"));
  const pairs = await exactCoupling(setting(fixture, "resample"))(source, target, rng(0).host);
  const own = areDrawsOf(floats(fixture, "out/plan").data, m, pairs.source, pairs.target);
  const drawn = { kind: "verdict", holds: stored && own } as const;
  return {
    "out/pooled_t1": featuresFirst(source, dims),
    "out/pooled_t2": featuresFirst(target, dims),
    "out/cost": cost,
    "out/plan": plan,
    "out/assignment": match,
    "out/total_cost": [plan.reduce((sum, mass, at) => sum + mass * cost[at]!, 0)],
    "out/chosen_t1": drawn,
    "out/chosen_t2": drawn,
    "out/cell_assignment": assignment(squaredDistances(singles[0]!, singles[1]!), a, b),
    "out/sinkhorn_plan": sinkhorn(cost, n, m, options).plan,
  };
};

/** One evaluation unit: generated cells, the matched true ones, and the section they are held against. */
interface Item {
  readonly made: Cells;
  readonly truth: Cells;
  readonly slide: Slide;
}

function itemOf(fixture: Fixture, item: number): Item {
  const part = (name: string): HostArray => floats(fixture, `in/item${item}/${name}`);
  const pos = part("slide_pos");
  const time = part("timepoint").data[0]!;
  const noFeatures = hostArray(new Float32Array(0), [pos.shape[0]!, 0]);
  return {
    made: flatten({ x: part("x_pred"), pos: part("pos_pred") }),
    truth: flatten({ x: part("x_true"), pos: part("pos_true") }),
    slide: {
      ...sectionOf(`slide ${time}`, time, noFeatures, pos),
      cellType: integers(fixture, `in/item${item}/slide_cell_type`),
    },
  };
}

/** The metrics of one item under the reference's names. */
function itemMetrics({ made, truth, slide }: Item, typeOf: (cells: Cells) => Int32Array, classes: number): Outcomes {
  const { index, distance } = nearest(slide.pos, made.pos);
  const types = typeOf(made);
  const { accuracy, weighted } = classification(referenceTypes(made, slide), types, classes);
  const psd = pointToShape(made.pos, slide.pos);
  return {
    "nn_index": index,
    "nn_distance": distance,
    "pred_class": types,
    "x/mae": [meanAbsoluteError(made.x, truth.x)],
    "x/mse": [meanSquaredError(made.x, truth.x)],
    "pos/mae": [meanAbsoluteError(made.pos, truth.pos)],
    "pos/mse": [meanSquaredError(made.pos, truth.pos)],
    "nn_class/accuracy": [accuracy],
    "nn_class/f1": [weighted.f1],
    "nn_class/precision": [weighted.precision],
    "nn_class/recall": [weighted.recall],
    "psd/max": [psd.max],
    "psd/mean": [psd.mean],
  };
}

/** The classifier, and the metrics of each item and of all. */
export const checkClassifierMetrics: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const host = fromStateDict(stateDict(fixture));
    const typeOf = ({ x }: Cells): Int32Array => classify(host, x);
    const classes = setting(fixture, "output_dim");
    const x = floats(fixture, "in/classifier_x");
    const { logits } = await read(() => ({ logits: classifierLogits(params, upload(x)) }));
    const numbers = numbered(fixture, "in/item");
    const items = numbers.map((item) => itemOf(fixture, item));
    const slides = new Map(items.map(({ slide }) => [slide.time, slide]));
    const scored: Scored[] = [...slides.values()].map((slide) => {
      const own = items.filter((item) => item.slide.time === slide.time).map(({ made }) => made);
      return { target: slide, items: own, repeats: own.length };
    });
    const { spd, spdMax } = score(scored, classes, typeOf, () => rng(0).host);
    return {
      "out/classifier_logits": logits,
      "out/classifier_argmax": classify(host, x),
      ...Object.fromEntries(items.flatMap((item, i) =>
        Object.entries(itemMetrics(item, typeOf, classes)).map(([name, value]) =>
          [`out/item${numbers[i]}/${name}`, value] as const
        )
      )),
      "out/spd/mean": [spd],
      "out/spd/max": [spdMax],
    };
  });
