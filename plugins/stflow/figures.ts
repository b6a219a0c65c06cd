import {
  barChart,
  dotMap,
  type Figure,
  type HostArray,
  hostArray,
  pearsonByColumn,
  scatterPlot,
  type Trained,
} from "../../core/mod.ts";
import { structureOf } from "./evaluate.ts";
import type { PredictedSlide, SampleSetting, StSamples } from "./samples.ts";

/** Best and worst genes that are mapped. */
const SHOWN = 3;
/** Genes in the chart of correlations. */
const LISTED = 50;
/** Values beyond this many standard deviations have the colour of this many. */
const FAR = 2.5;

/** Diameter at which spots nearly touch, for maps side by side. */
function dotSize(spots: number, maps: number): number {
  const width = 920 / maps;
  return Math.max(1.4, Math.min(14, 0.5 * width / Math.sqrt(spots)));
}

/** One gene of a slide in standard deviations of the slide, so that patterns compare. */
function pattern({ data, shape }: HostArray, gene: number): Float32Array {
  const [rows, genes] = shape as [number, number];
  const values = Float32Array.from({ length: rows }, (_, i) => data[i * genes + gene]!);
  const mean = values.reduce((sum, value) => sum + value, 0) / rows;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
  return values.map((value) => Math.max(-FAR, Math.min(FAR, spread > 0 ? (value - mean) / spread : 0)));
}

/** Mean over genes of each spot. */
function overGenes({ data, shape }: HostArray, of: (value: number, at: number) => number): Float32Array {
  const [rows, genes] = shape as [number, number];
  const out = new Float32Array(rows);
  data.forEach((value, at) => out[Math.floor(at / genes)]! += of(value, at) / genes);
  return out;
}

/** Genes by falling correlation on a slide; those without one are left out. */
function ranked({ mean, slide }: PredictedSlide): readonly { readonly gene: number; readonly r: number }[] {
  return Array.from(pearsonByColumn(mean, slide.y), (r, gene) => ({ gene, r })).filter(({ r }) => Number.isFinite(r))
    .sort((a, b) => b.r - a.r);
}

/** Best among the baselines by name, on a slide. */
function strongest({ baselines, slide }: PredictedSlide): string | undefined {
  const score = (name: string): number => {
    const r = Array.from(pearsonByColumn(baselines[name]!, slide.y)).filter(Number.isFinite);
    return r.reduce((sum, value) => sum + value, 0) / r.length;
  };
  return Object.keys(baselines).sort((a, b) => score(b) - score(a))[0];
}

function geneMaps(slides: readonly PredictedSlide[], { genes }: SampleSetting, unit: string): Figure {
  const frames = slides.flatMap((predicted) => {
    const { slide, mean } = predicted;
    const order = ranked(predicted);
    const rival = strongest(predicted);
    const shown = [...order.slice(0, SHOWN), ...order.slice(SHOWN).slice(-SHOWN)];
    return shown.map(({ gene, r }, i) => {
      const name = genes[gene]!;
      const panel = (title: string, values: HostArray) => ({
        title,
        points: slide.coords,
        value: pattern(values, gene),
      });
      return {
        label: `${slide.name}, ${name}`,
        svg: dotMap({
          title: `${name} in ${slide.name}, measured and predicted`,
          panels: [
            panel(`${name}, measured`, slide.y),
            panel(`STFlow, r = ${r.toFixed(2)}${i < SHOWN ? "" : " (among the worst)"}`, mean),
            ...(rival === undefined ? [] : [panel(rival, predicted.baselines[rival]!)]),
          ],
          unit,
          valueUnit: "standard deviations within the slide",
          yAxis: "down",
          pointSize: dotSize(slide.coords.shape[0]!, rival === undefined ? 2 : 3),
        }),
      };
    });
  });
  return {
    id: "genes-on-slides",
    title: "Measured and predicted genes",
    caption:
      `The ${SHOWN} genes of each slide that are predicted best and the ${SHOWN} that are predicted worst. Each map ` +
      "is in its own standard deviations, since predictions vary less than noisy counts do; the strongest baseline beside.",
    frames,
  };
}

function uncertainty(slides: readonly PredictedSlide[], unit: string, draws: number): Figure {
  return {
    id: "uncertainty",
    title: "Uncertainty and error",
    caption:
      `Left: standard deviation of the prediction over ${draws} draws of the prior, mean over genes. Right: absolute ` +
      "difference between prediction and measurement, mean over genes. Both in ln(1 + counts), " +
      "by rank. The spread says how much the start matters, not how large the error is: the network is trained on means.",
    frames: slides.map(({ slide, spread, mean }) => ({
      label: slide.name,
      svg: sideBySide([
        { title: `Spread over draws, ${slide.name}`, value: overGenes(spread, (v) => v), slide },
        { title: "Error", value: overGenes(mean, (v, at) => Math.abs(v - slide.y.data[at]!)), slide },
      ], unit),
    })),
  };
}

interface ValueMap {
  readonly title: string;
  readonly value: Float32Array;
  readonly slide: PredictedSlide["slide"];
}

/** Ranks from 0 to 1, so that maps of different size share one scale. */
function shares(values: Float32Array): Float32Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const out = new Float32Array(values.length);
  order.forEach((row, rank) => out[row] = rank / Math.max(1, values.length - 1));
  return out;
}

function sideBySide(maps: readonly ValueMap[], unit: string): string {
  return dotMap({
    title: maps.map(({ title }) => title).join(" and "),
    panels: maps.map(({ title, value, slide }) => {
      const sorted = value.slice().sort();
      const [low, high] = [sorted[0]!, sorted.at(-1)!];
      return {
        title: `${title}: ${low.toPrecision(2)} to ${high.toPrecision(2)}`,
        points: slide.coords,
        value: shares(value),
      };
    }),
    unit,
    valueUnit: "share of the spots with less",
    yAxis: "down",
    pointSize: dotSize(maps[0]!.value.length, maps.length),
  });
}

function geneChart(slides: readonly PredictedSlide[], { genes }: SampleSetting): Figure {
  return {
    id: "correlation-by-gene",
    title: "Correlation of each gene",
    caption: `Pearson correlation over the spots of a slide${
      genes.length > LISTED ? `; of ${genes.length} genes the ${LISTED} with the highest` : ""
    }, with the strongest baseline of that slide.`,
    frames: slides.map((predicted) => {
      const order = ranked(predicted).slice(0, LISTED);
      const rival = strongest(predicted);
      const other = rival === undefined ? undefined : pearsonByColumn(predicted.baselines[rival]!, predicted.slide.y);
      return {
        label: predicted.slide.name,
        svg: barChart({
          title: `Correlation by gene on ${predicted.slide.name}`,
          valueLabel: "Pearson correlation",
          groups: order.map(({ gene }) => genes[gene]!),
          series: [
            { name: "STFlow", values: order.map(({ r }) => r) },
            ...(other === undefined ? [] : [{ name: rival!, values: order.map(({ gene }) => other[gene]!) }]),
          ],
        }),
      };
    }),
  };
}

function structurePlot(slides: readonly PredictedSlide[]): Figure {
  return {
    id: "structure",
    title: "Spatial structure",
    caption:
      "Moran's I of each gene, measured against predicted; on the dashed line both are equally smooth. A mean over " +
      "what could be lies above it: noise in the counts has no structure.",
    frames: slides.map(({ slide, mean, draws }) => {
      const measured = structureOf(slide.y, slide.coords);
      const points = (values: HostArray) => {
        const made = structureOf(values, slide.coords);
        const kept = Array.from(made.keys()).filter((g) => Number.isFinite(made[g]!) && Number.isFinite(measured[g]!));
        return hostArray(Float32Array.from(kept.flatMap((g) => [measured[g]!, made[g]!])), [kept.length, 2]);
      };
      return {
        label: slide.name,
        svg: scatterPlot({
          title: `Moran's I on ${slide.name}`,
          xLabel: "Moran's I, measured",
          yLabel: "Moran's I, predicted",
          series: [
            { name: "mean over draws", points: points(mean) },
            ...(draws.length < 2 ? [] : [{ name: "one draw", points: points(draws[0]!) }]),
          ],
          diagonal: true,
        }),
      };
    }),
  };
}

/**
 * Draw the method's figures.
 *
 * @param samples What was predicted.
 * @param setting Configuration and genes.
 * @param trained The data.
 * @returns Figures in the order of the report.
 */
export function spotFigures({ slides }: StSamples, setting: SampleSetting, { data }: Trained): readonly Figure[] {
  const { unit } = data.spec.parts["pos"]!;
  const { draws } = setting.config.sampling;
  return [
    geneMaps(slides, setting, unit),
    geneChart(slides, setting),
    ...(draws < 2 ? [] : [uncertainty(slides, unit, draws)]),
    structurePlot(slides),
  ];
}
