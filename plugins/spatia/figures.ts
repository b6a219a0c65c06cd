import {
  barChart,
  dotChart,
  type Figure,
  type HostArray,
  hostArray,
  imageGrid,
  lineChart,
  type PartSpec,
  readImages,
  type TimePoint,
  type Trained,
  withColourKey,
} from "../../core/mod.ts";
import { measureByTransition } from "./evaluate.ts";
import type { CropMeasures, TransitionMeasures } from "./measures.ts";
import { MORPHOLOGY_NAMES } from "./morphology.ts";
import type { PairRows } from "./pairing/stored.ts";
import { median } from "./ratio.ts";
import type { ChangeSamples } from "./samples.ts";
import { columnMeans } from "./scores.ts";

/** Images side by side in a line. */
const COLUMNS = 8;
/** Ranges of the histogram. */
const BINS = 10;

function imageAt({ data, shape }: HostArray, i: number): HostArray {
  const size = data.length / shape[0]!;
  return hostArray(data.subarray(i * size, (i + 1) * size), shape.slice(1));
}

/** A line of images, evenly over all. */
function line(images: HostArray): readonly HostArray[] {
  const rows = images.shape[0]!;
  const count = Math.min(COLUMNS, rows);
  return Array.from({ length: count }, (_, i) => imageAt(images, Math.floor((i + 0.5) * rows / count)));
}

function nameOf({ samples: { transition, heldOut } }: TransitionMeasures): string {
  return heldOut ? `${transition.name} (held out)` : transition.name;
}

function cells({ transitions }: ChangeSamples, images: PartSpec): Figure {
  return {
    id: "cells",
    title: "Control, generated and real target cells",
    caption: withColourKey(
      "Above some control cells, below them what was generated from each, at the bottom real target cells, which " +
        "are other cells: none is seen before and after.",
      images,
    ),
    frames: transitions.map(({ transition, heldOut, control, generated, target }) => ({
      label: heldOut ? `${transition.name} (held out)` : transition.name,
      svg: imageGrid({
        title: `Cells of ${transition.name}`,
        rows: [
          { label: "Control", images: line(control) },
          { label: "Generated", images: line(generated) },
          { label: "Real target", images: line(target) },
        ],
      }),
    })),
  };
}

function wayOf({ way, transitions }: ChangeSamples): Figure {
  return {
    id: "way",
    title: "From control to target",
    caption: `States on the way from control cells (t = 0) to generated ones of ${
      transitions[0]!.transition.name
    } (t = 1).`,
    frames: [{
      label: "",
      svg: imageGrid({
        title: "States on the way from control to target",
        rows: way.map(({ t, images }) => ({
          label: `t = ${t.toFixed(2)}`,
          images: Array.from({ length: images.shape[0]! }, (_, i) => imageAt(images, i)),
        })),
      }),
    }],
  };
}

function changes(all: readonly TransitionMeasures[]): Figure {
  const change = (of: CropMeasures, { control }: TransitionMeasures): Float64Array => {
    const from = columnMeans(control.profiles);
    return columnMeans(of.profiles).map((value, i) => value - from[i]!);
  };
  return {
    id: "profiles",
    title: "Change of morphology",
    caption:
      "Mean of each number of the cells' profile less that of the controls, in standard deviations of the real " +
      "targets: real, generated, and controls with the mean change of training crops.",
    frames: all.map((each) => ({
      label: nameOf(each),
      svg: dotChart({
        title: `Change of morphology of ${nameOf(each)}`,
        valueLabel: "change, in standard deviations",
        groups: [...MORPHOLOGY_NAMES],
        series: [
          { name: "real", values: change(each.target, each) },
          { name: "generated", values: change(each.generated, each) },
          { name: "mean change", values: change(each.shifted, each) },
        ],
        references: [{ label: "control", value: 0 }],
      }),
    })),
  };
}

function scores(all: readonly TransitionMeasures[]): Figure {
  const series = (name: string, of: (each: TransitionMeasures) => CropMeasures | undefined) => ({
    name,
    values: measureByTransition("ks-score", all, of),
  });
  return {
    id: "scores",
    title: "Similarity by transition",
    caption: "1 minus the mean Kolmogorov-Smirnov distance of morphology to real targets: generated cells beside the " +
      "controls themselves, controls with the mean change, and real target cells of training sections.",
    frames: [{
      label: "",
      svg: dotChart({
        title: "Similarity by transition",
        valueLabel: "KS score",
        groups: all.map(nameOf),
        series: [
          series("generated", ({ generated }) => generated),
          series("identity", ({ control }) => control),
          series("mean change", ({ shifted }) => shifted),
          series("real target", ({ replicate }) => replicate),
        ],
      }),
    }],
  };
}

/** Ratios by dose, one frame per series of doses. */
function ratios(all: readonly TransitionMeasures[], times: readonly TimePoint[]): readonly Figure[] {
  if (all.every(({ target }) => target.ratios.length === 0)) return [];
  const starts = [...new Set(all.map(({ samples }) => samples.transition.from))];
  const frames = starts.flatMap((from) => {
    const own = all.filter(({ samples }) => samples.transition.from === from)
      .toSorted((a, b) => a.samples.transition.to - b.samples.transition.to);
    if (own.length < 2) return [];
    const first = own[0]!;
    const x = [0, ...own.map((_, i) => i + 1)];
    const curve = (name: string, of: (each: TransitionMeasures) => CropMeasures, dashed: boolean) => ({
      name,
      x,
      y: [median(first.control.ratios), ...own.map((each) => median(of(each).ratios))],
      dashed,
    });
    const held = own.flatMap((each, i) => each.samples.heldOut ? [{ x: i + 1, label: "held out" }] : []);
    const names = [times[from]?.name ?? "control", ...own.map(({ samples }) => samples.transition.name)];
    return [{
      label: times[from]?.name ?? "",
      svg: lineChart({
        title: "Ratio of the signal in the nucleus to that around it",
        xLabel: `0: ${names[0]}, ${names.length - 1}: ${names.at(-1)}`,
        yLabel: "median ratio",
        series: [
          curve("real", ({ target }) => target, false),
          curve("generated", ({ generated }) => generated, false),
          curve("mean change", ({ shifted }) => shifted, true),
        ],
        markers: held,
      }),
    }];
  });
  if (frames.length === 0) return [];
  return [{
    id: "ratios",
    title: "Nucleus-to-cytoplasm ratio",
    caption: "Median ratio of the mean signal in the nucleus to that in the ring around it, from control to the last " +
      "dose, in order of the doses; measured on generated as on real cells.",
    frames,
  }];
}

function confidences({ confidence }: PairRows): Figure {
  const most = confidence.reduce((a, b) => Math.max(a, b), 0);
  const counts = new Float64Array(BINS);
  for (const value of confidence) counts[most > 0 ? Math.min(BINS - 1, Math.floor(value / most * BINS)) : 0]! += 1;
  const edge = (i: number): string => (i * most / BINS).toPrecision(2);
  return {
    id: "confidence",
    title: "Confidence of the pairs",
    caption: "How many pairs of the training sections have which confidence.",
    frames: [{
      label: "",
      svg: barChart({
        title: "Confidence of the pairs",
        valueLabel: "pairs",
        groups: Array.from(counts, (_, i) => `${edge(i)} to ${edge(i + 1)}`),
        series: [{ name: "pairs", values: counts }],
      }),
    }],
  };
}

async function pairs({ data }: Trained, rows: PairRows): Promise<Figure> {
  const order = Array.from(rows.confidence.keys()).sort((a, b) => rows.confidence[b]! - rows.confidence[a]!);
  const frame = async (label: string, chosen: readonly number[]) => {
    const read = async (column: Int32Array): Promise<readonly HostArray[]> => {
      const images = await readImages(data, chosen.map((pair) => rows.cells[column[pair]!]!));
      return chosen.map((_, i) => imageAt(images, i));
    };
    return {
      label,
      svg: imageGrid({
        title: `Pairs of ${label} confidence`,
        columns: chosen.map((pair) => rows.confidence[pair]!.toPrecision(2)),
        rows: [
          { label: "Control", images: await read(rows.control) },
          { label: "Target", images: await read(rows.target) },
        ],
      }),
    };
  };
  return {
    id: "pairs",
    title: "Pairs that were trained on",
    caption: "Control cells above the target cells that they were paired with, with the confidence of the pair.",
    frames: [await frame("highest", order.slice(0, COLUMNS)), await frame("lowest", order.slice(-COLUMNS))],
  };
}

/** What figures are drawn of. */
export interface FigureParts {
  /** What was drawn. */
  readonly samples: ChangeSamples;
  /** Its measures. */
  readonly measures: readonly TransitionMeasures[];
  /** Pairs of the training sections. */
  readonly pairs: PairRows;
}

/**
 * Draw the method's figures.
 *
 * @param parts Samples, measures and pairs.
 * @param trained The data.
 * @returns Figures in the order of the report.
 */
export async function changeFigures(parts: FigureParts, trained: Trained): Promise<readonly Figure[]> {
  const { samples, measures } = parts;
  const { parts: { img }, times } = trained.data.spec;
  return [
    cells(samples, img!),
    ...ratios(measures, times),
    ...(measures.length === 0 ? [] : [changes(measures), scores(measures)]),
    ...(samples.way.length < 2 ? [] : [wayOf(samples)]),
    confidences(parts.pairs),
    await pairs(trained, parts.pairs),
  ];
}
