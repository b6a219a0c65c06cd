import type { DataSpec } from "../data.ts";
import { concatRows, type HostArray, hostArray, takeRows } from "../host_array.ts";
import { proportions, transferLabels } from "../metrics/label_transfer.ts";
import { coordinateWasserstein } from "../metrics/sliced_wasserstein.ts";
import { wasserstein2 } from "../metrics/wasserstein.ts";
import { barChart } from "../report/bar_chart.ts";
import type { Figure } from "../report/figure.ts";
import { scatterPlot } from "../report/scatter_plot.ts";
import type { Rng } from "../rng/mod.ts";
import { fitPca, type Pca, projectPca } from "../spatial/pca.ts";
import { nearestStage } from "./stage_condition.ts";
import type { GeneratedStage } from "./stage_metrics.ts";
import type { Stage } from "./stages.ts";

/** What figures of stages need besides the cells. */
export interface StageFiguresOptions {
  /** Description of the data. */
  readonly spec: DataSpec;
  /** Trained stages, which the axes of maps are fitted on. */
  readonly trained: readonly Stage[];
  /** Label that types cells; absent without labels. */
  readonly label?: string;
  /** Stream that thins crowded maps. */
  readonly rng: Rng;
}

/** Most cells of one kind in a map. */
const SHOWN = 800;

/** Fewest and most cells of a type that a distance is computed on. */
const [FEWEST, MOST] = [8, 500];

function some(x: HostArray, count: number, stream: Rng): HostArray {
  return x.shape[0]! <= count ? x : takeRows(x, stream.host.choice(x.shape[0]!, count));
}

function maps(stages: readonly GeneratedStage[], pca: Pca, { rng }: StageFiguresOptions): Figure {
  const share = (axis: number): string => {
    const whole = pca.explainedVariance.reduce((sum, value) => sum + value, 0);
    return `PC${axis + 1} (${Math.round((100 * pca.explainedVariance[axis]!) / whole)} % of the variance)`;
  };
  const plane = (x: HostArray, count: number, stream: Rng): HostArray => {
    const scores = projectPca(pca, some(x, count, stream));
    const width = scores.shape[1]!;
    const rows = scores.shape[0]!;
    const data = Float32Array.from({ length: 2 * rows }, (_, i) => scores.data[(i >> 1) * width + (i & 1)]!);
    return hostArray(data, [rows, 2]);
  };
  return {
    id: "embedding",
    title: "Real and generated cells",
    caption:
      "First two principal components of the training cells. Held-out stages come first; of both kinds as many " +
      `cells are drawn, ${SHOWN} at most.`,
    frames: stages.map(({ stage, heldOut, x }) => {
      const kind = heldOut ? "held out" : "trained on";
      const count = Math.min(SHOWN, stage.x.shape[0]!, x.shape[0]!);
      return {
        label: `${stage.name} (${kind})`,
        svg: scatterPlot({
          title: `Real and generated cells of ${stage.name}`,
          xLabel: share(0),
          yLabel: share(1),
          series: [
            { name: `real, ${kind}`, points: plane(stage.x, count, rng.fold(stage.name).fold("real")) },
            { name: "generated", points: plane(x, count, rng.fold(stage.name).fold("generated")) },
          ],
        }),
      };
    }),
  };
}

/** Distances coordinate by coordinate, with the nearest trained stage for scale. */
function byCoordinate({ stage, x, heldOut }: GeneratedStage, { spec, trained }: StageFiguresOptions): Figure {
  const names = spec.parts["x"]!.names ?? Array.from({ length: x.shape[1]! }, (_, i) => `${i + 1}`);
  const known = trained.map(({ time }) => time);
  const nearest = trained.find(({ time }) => time === nearestStage(spec.times, known, stage.time))!;
  const series = [
    { name: "generated", values: coordinateWasserstein(x, stage.x) },
    ...(heldOut && nearest.time !== stage.time
      ? [{ name: `${nearest.name}, copied`, values: coordinateWasserstein(nearest.x, stage.x) }]
      : []),
  ];
  return {
    id: "coordinates",
    title: "Distance by coordinate",
    caption: `1-Wasserstein distance from the real cells of ${stage.name} in each coordinate by itself, in its unit.`,
    frames: [{
      label: "",
      svg: barChart({
        title: `Distance by coordinate, ${stage.name}`,
        valueLabel: "1-Wasserstein distance",
        groups: names,
        series,
      }),
    }],
  };
}

/** Shares of types, and how far generated cells of each type are from real ones. */
function byType({ stage, x }: GeneratedStage, label: string, { spec, rng }: StageFiguresOptions): readonly Figure[] {
  const names = spec.labels[label]!;
  const real = stage.labels[label]!;
  const made = transferLabels(stage.x, real, x);
  const [shares, madeShares] = [proportions(real, names.length), proportions(made, names.length)];
  const order = [...names.keys()].filter((type) => shares[type]! + madeShares[type]! > 0)
    .sort((a, b) => shares[b]! - shares[a]!);
  const rowsOf = (types: Int32Array, type: number): Int32Array =>
    Int32Array.from(types.keys()).filter((row) => types[row] === type);
  const distance = (type: number): number => {
    const [a, b] = [rowsOf(made, type), rowsOf(real, type)];
    const size = Math.min(a.length, b.length, MOST);
    if (size < FEWEST) return NaN;
    const stream = rng.fold("types").fold(type);
    return wasserstein2(
      some(takeRows(x, a), size, stream.fold("generated")),
      some(takeRows(stage.x, b), size, stream.fold("real")),
    );
  };
  const groups = order.map((type) => names[type]!);
  const chart = (id: string, title: string, caption: string, valueLabel: string, series: BarSeriesList): Figure => ({
    id,
    title,
    caption,
    frames: [{ label: "", svg: barChart({ title, valueLabel, groups, series }) }],
  });
  return [
    chart(
      "proportions",
      `Share of each ${label}`,
      `Among generated cells (type of the nearest real cell) and real cells of ${stage.name}.`,
      "share of cells",
      [
        { name: "generated", values: order.map((type) => madeShares[type]!) },
        { name: "real", values: order.map((type) => shares[type]!) },
      ],
    ),
    chart(
      "type-distances",
      `Distance by ${label}`,
      `Exact 2-Wasserstein distance between generated and real cells of one type, ${FEWEST} to ${MOST} cells each; ` +
        `${stage.name}.`,
      "2-Wasserstein distance",
      [{ name: "generated", values: order.map(distance) }],
    ),
  ];
}

type BarSeriesList = Parameters<typeof barChart>[0]["series"];

/**
 * Draw generated stages beside real ones: maps, distance by coordinate, and where cells are typed the shares of types and
 * the distance by type.
 *
 * @param stages Generated stages, held-out ones first, at least one.
 * @param options Data, trained stages, label and stream.
 * @returns Figures in the order of a report.
 */
export function stageFigures(stages: readonly GeneratedStage[], options: StageFiguresOptions): readonly Figure[] {
  const { trained, label } = options;
  const first = stages[0]!;
  const flat = first.x.shape[1]! < 2;
  const pca = flat ? undefined : fitPca(concatRows(trained.map(({ x }) => x)), first.x.shape[1]!);
  return [
    ...(pca === undefined ? [] : [maps(stages, pca, options)]),
    byCoordinate(first, options),
    ...(label === undefined ? [] : byType(first, label, options)),
  ];
}
