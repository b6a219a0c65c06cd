import {
  arrowMap,
  barChart,
  confusionMatrix,
  dotMap,
  dotMapFrames,
  type Figure,
  heatMap,
  type HostArray,
  hostArray,
  takeRows,
  timeGrid,
  type Trained,
} from "../../core/mod.ts";
import { classify } from "./classifier.ts";
import type { Generated } from "./generate.ts";
import type { Journey } from "./journeys.ts";
import type { JourneySamples, NicheSamples, SampleSetting } from "./samples.ts";
import { type Cells, flatten, referenceTypes, subsample } from "./score.ts";
import type { Slide } from "./slides.ts";

/** Cells drawn of a generated section: as many as the real one has, so that densities compare. */
function drawnCells(generated: Generated, target: Slide, trained: Trained): Cells {
  return subsample(flatten(generated), target.pos.shape[0]!, trained.rng.fold("figures").host);
}

/** The first two axes, for data with more. */
function planar(pos: HostArray): HostArray {
  const [n, dims] = pos.shape as [number, number];
  if (dims === 2) return pos;
  return hostArray(Float32Array.from({ length: 2 * n }, (_, i) => pos.data[(i >> 1) * dims + (i & 1)]!), [n, 2]);
}

function targetOf({ unseen, seen }: Journey): Slide {
  return unseen ?? seen;
}

function nameOf(journey: Journey, setting: SampleSetting): string {
  const { times } = setting.spec;
  return `${times[journey.source.time]!.name} → ${times[journey.seen.time]!.name}`;
}

function typesOf(cells: Cells, setting: SampleSetting): { readonly category?: Int32Array } {
  return setting.classifier === undefined ? {} : { category: classify(setting.classifier, cells.x) };
}

function realTypes(slide: Slide): { readonly category?: Int32Array } {
  return slide.cellType === undefined ? {} : { category: slide.cellType };
}

function categoriesOf({ label, spec }: SampleSetting): { readonly categories?: readonly string[] } {
  return label === undefined ? {} : { categories: spec.labels[label]! };
}

/** Source, generated and real target side by side, one frame per step in time. */
function sectionMaps(samples: NicheSamples, setting: SampleSetting, trained: Trained): Figure {
  const frames = samples.steps.map(({ journey, repeats }) => {
    const target = targetOf(journey);
    const made = drawnCells(repeats[0]!, target, trained);
    const time = (slide: Slide): string => setting.spec.times[slide.time]!.name;
    return {
      label: nameOf(journey, setting),
      panels: [
        { title: `Source: ${time(journey.source)}`, points: planar(journey.source.pos), ...realTypes(journey.source) },
        { title: `Generated: ${time(journey.seen)}`, points: planar(made.pos), ...typesOf(made, setting) },
        {
          title: `Real${journey.unseen === undefined ? "" : ", held out"}: ${time(target)}`,
          points: planar(target.pos),
          ...realTypes(target),
        },
      ],
    };
  });
  return {
    id: "sections",
    title: "Tissue at the source, as generated, and as measured",
    caption:
      "Every dot is a cell at its scaled position. Generated cells are coloured by the type that the classifier gives their features; as many are drawn as the real section has.",
    frames: dotMapFrames({
      title: "Source, generated and real sections by cell type",
      frames,
      ...categoriesOf(setting),
    }),
  };
}

function centroids(values: HostArray, sets: readonly number[]): HostArray {
  const [, size, dims] = values.shape as [number, number, number];
  const out = new Float32Array(sets.length * 2);
  for (const [i, set] of sets.entries()) {
    for (let cell = 0; cell < size; cell++) {
      for (let d = 0; d < 2; d++) out[2 * i + d]! += values.data[(set * size + cell) * dims + d]! / size;
    }
  }
  return hostArray(out, [sets.length, 2]);
}

/** A few generated niches over the real target, each in a colour of its own, and where each came from. */
function nicheMaps(step: JourneySamples, setting: SampleSetting): readonly Figure[] {
  const { journey, repeats } = step;
  const generated = repeats[0]!;
  const [sets, size] = generated.pos.shape as [number, number];
  if (setting.config.model !== "nicheflow") return [];
  const shown = Array.from({ length: Math.min(14, sets) }, (_, i) => Math.floor(((i + 0.5) * sets) / 14));
  const rows = shown.flatMap((set) => Array.from({ length: size }, (_, i) => set * size + i));
  const target = targetOf(journey);
  const source = shown.flatMap((set) => [
    ...generated.sourceCells.subarray(set * generated.sourceSize, (set + 1) * generated.sourceSize),
  ]);
  const all = Array.from({ length: sets }, (_, set) => set);
  const sourcePositions = takeRows(journey.source.pos, generated.sourceCells);
  const perSet = hostArray(sourcePositions.data, [sets, generated.sourceSize, journey.source.pos.shape[1]!]);
  return [
    {
      id: "niches",
      title: "Generated niches over the tissue",
      caption:
        `${shown.length} source niches (left) and the niches generated from them (right), one colour each, over all real cells in grey; ${
          nameOf(journey, setting)
        }.`,
      frames: [{
        label: "",
        svg: dotMap({
          title: "Niches at the source and as generated",
          categories: shown.map((_, i) => `niche ${i + 1}`),
          panels: [
            {
              title: "Source niches",
              points: planar(takeRows(journey.source.pos, source)),
              category: source.map((_, i) => Math.floor(i / generated.sourceSize)),
              background: planar(journey.source.pos),
            },
            {
              title: "Generated niches",
              points: planar(takeRows(flatten(generated).pos, rows)),
              category: rows.map((_, i) => Math.floor(i / size)),
              background: planar(target.pos),
            },
          ],
        }),
      }],
    },
    {
      id: "displacements",
      title: "From source niche to generated niche",
      caption:
        `Arrows run from the centre of a source niche to the centre of the niche generated from it, over the real target cells; ${
          nameOf(journey, setting)
        }.`,
      frames: [{
        label: "",
        svg: arrowMap({
          title: "Displacement of niche centres",
          from: centroids(perSet, all),
          to: centroids(generated.pos, all),
          background: planar(target.pos),
        }),
      }],
    },
  ];
}

/** Dots in a frame of the flow; every frame repeats them. */
const FLOW_DOTS = 2500;

/** Generated cells on their way from noise, in path time. */
function flowFrames(step: JourneySamples, setting: SampleSetting): Figure {
  const generated = step.repeats[0]!;
  const times = timeGrid(setting.config.sampling.points);
  const moved = generated.frames[0]!.shape[0]! * generated.frames[0]!.shape[1]!;
  const stride = Math.max(1, Math.ceil(moved / FLOW_DOTS));
  const rows = Array.from({ length: Math.floor(moved / stride) }, (_, i) => i * stride);
  const final = flatten(generated);
  const types = typesOf({ x: takeRows(final.x, rows), pos: takeRows(final.pos, rows) }, setting);
  const background = planar(targetOf(step.journey).pos);
  const frames = generated.frames.map((frame, i) => {
    const cells = hostArray(frame.data, [moved, frame.shape[2]!]);
    return {
      label: `t = ${times[i]!.toFixed(2)}`,
      panels: [{
        title: "",
        points: planar(takeRows(cells, rows)),
        ...types,
        background: takeRows(background, everyFourth(background)),
      }],
    };
  });
  return {
    id: "flow",
    title: "From noise to tissue",
    caption: `Cells of the first ${
      generated.frames[0]!.shape[0]
    } sets in path time (0 is noise, 1 the sample; not developmental time), coloured by their final type; ${
      nameOf(step.journey, setting)
    }.`,
    frames: dotMapFrames({ title: "Generated cells in path time", frames, ...categoriesOf(setting) }),
  };
}

function everyFourth(points: HostArray): Int32Array {
  return Int32Array.from({ length: Math.floor(points.shape[0]! / 4) }, (_, i) => 4 * i);
}

function confusion(samples: NicheSamples, setting: SampleSetting): readonly Figure[] {
  const { label, classifier, spec } = setting;
  if (label === undefined || classifier === undefined) return [];
  const names = spec.labels[label]!;
  const predicted: number[] = [];
  const reference: number[] = [];
  for (const { journey, repeats } of samples.steps) {
    if (journey.unseen === undefined && samples.steps.some(({ journey }) => journey.unseen !== undefined)) continue;
    const cells = flatten(repeats[0]!);
    predicted.push(...classify(classifier, cells.x));
    reference.push(...referenceTypes(cells, targetOf(journey)));
  }
  const counts = confusionMatrix(reference, predicted, names.length);
  const share = (list: readonly number[]): number[] =>
    names.map((_, type) => list.filter((value) => value === type).length / list.length);
  const order = share(reference).map((value, type) => ({ value, type })).sort((a, b) => b.value - a.value)
    .filter(({ value, type }) => value > 0 || predicted.includes(type)).map(({ type }) => type);
  const square = Float64Array.from(order.flatMap((row) => order.map((column) => counts[row * names.length + column]!)));
  const [made, real] = [share(predicted), share(reference)];
  return [
    {
      id: "confusion",
      title: "Generated type against the type that is there",
      caption:
        "Rows: type of the nearest real cell; columns: type of the generated cell; rows are divided by their sums. All steps in time with a section to compare.",
      frames: [{
        label: "",
        svg: heatMap({
          title: "Confusion of cell types",
          rows: order.map((type) => names[type]!),
          columns: order.map((type) => names[type]!),
          values: hostArray(square, [order.length, order.length]),
          rowLabel: "nearest real cell",
          columnLabel: "generated cell",
          normalise: "row",
        }),
      }],
    },
    {
      id: "composition",
      title: "Composition",
      caption: "Share of each cell type among generated cells and among the real cells next to them.",
      frames: [{
        label: "",
        svg: barChart({
          title: "Share of cell types",
          valueLabel: "share of cells",
          groups: order.map((type) => names[type]!),
          series: [
            { name: "generated", values: order.map((type) => made[type]!) },
            { name: "nearest real", values: order.map((type) => real[type]!) },
          ],
        }),
      }],
    },
  ];
}

/** Niches of the first section through all time points without real cells in between. */
function rolloutMaps(samples: NicheSamples, setting: SampleSetting): readonly Figure[] {
  if (samples.rollout.length < 2) return [];
  const steps = samples.steps.map(({ journey }) => journey);
  return [{
    id: "rollout",
    title: "Rolled out over all time points",
    caption: `Niches of ${
      steps[0]!.source.name
    } followed through time: each generated niche is the source of the next, no real cell is used after the first. Real cells in grey.`,
    frames: [{
      label: "",
      svg: dotMap({
        title: "Generated cells at each later time point",
        panels: samples.rollout.map((generated, i) => {
          const cells = flatten(generated);
          return {
            title: setting.spec.times[steps[i]!.seen.time]!.name,
            points: planar(cells.pos),
            ...typesOf(cells, setting),
            background: planar(targetOf(steps[i]!).pos),
          };
        }),
        columns: 2,
        ...categoriesOf(setting),
      }),
    }],
  }];
}

/**
 * Draw the method's figures.
 *
 * @param samples What was generated.
 * @param setting Configuration, names and classifier.
 * @param trained Data and stream.
 * @returns Figures in the order of the report.
 */
export function nicheFigures(samples: NicheSamples, setting: SampleSetting, trained: Trained): readonly Figure[] {
  const first = samples.steps.find(({ journey }) => journey.unseen !== undefined) ?? samples.steps[0]!;
  return [
    sectionMaps(samples, setting, trained),
    ...nicheMaps(first, setting),
    flowFrames(first, setting),
    ...confusion(samples, setting),
    ...rolloutMaps(samples, setting),
  ];
}
