import {
  type AnnData,
  type Categorical,
  concatRows,
  type Data,
  type DataSpec,
  formatCitation,
  type HostArray,
  hostArray,
  readPart,
} from "../../core/mod.ts";
import { classify } from "./classifier.ts";
import type { JourneySamples, SampleSetting } from "./samples.ts";
import { flatten } from "./score.ts";
import { scaleCoordinates } from "./slides.ts";

function categorical(codes: Int32Array, categories: readonly string[]): Categorical {
  return { kind: "categorical", codes, categories, ordered: false };
}

/** A step's coordinates in the unit of its training target section. */
async function unscaled(step: JourneySamples, pos: HostArray, setting: SampleSetting, data: Data): Promise<HostArray> {
  const section = data.sections.find(({ name }) => name === step.journey.seen.name)!;
  const { scaling } = scaleCoordinates(await readPart(section, "pos"), setting.config.niche.scaling);
  const dims = pos.shape[1]!;
  return hostArray(pos.data.map((value, i) => value * scaling.std[i % dims]! + scaling.mean[i % dims]!), pos.shape);
}

function featureNames(spec: DataSpec, count: number): readonly string[] {
  return spec.parts["x"]!.names ?? Array.from({ length: count }, (_, i) => `feature_${i}`);
}

/**
 * Everything generated as one table: features in X, coordinates in the frame of the training target section
 * (`obsm/spatial`) and scaled as the method sees them (`obsm/spatial_scaled`).
 *
 * @param steps Steps in time; the first repeat of each is taken.
 * @param setting Configuration, names and classifier.
 * @param data The data set.
 * @returns The table.
 */
export async function generatedTable(
  steps: readonly JourneySamples[],
  setting: SampleSetting,
  data: Data,
): Promise<AnnData> {
  const { spec, classifier, label, config } = setting;
  const cells = steps.map(({ repeats }) => flatten(repeats[0]!));
  const x = concatRows(cells.map((part) => part.x));
  const n = x.shape[0]!;
  const perRow = (of: (step: JourneySamples, row: number) => number): Int32Array => {
    const out = new Int32Array(n);
    let at = 0;
    for (const [i, step] of steps.entries()) {
      for (let row = 0; row < cells[i]!.x.shape[0]!; row++) out[at++] = of(step, row);
    }
    return out;
  };
  const sizeOf = ({ repeats }: JourneySamples): number => repeats[0]!.x.shape[1]!;
  const columns = {
    step: categorical(
      perRow((step) => steps.indexOf(step)),
      steps.map(({ journey }) => `${spec.times[journey.source.time]!.name} to ${spec.times[journey.seen.time]!.name}`),
    ),
    source_section: categorical(perRow((step) => steps.indexOf(step)), steps.map(({ journey }) => journey.source.name)),
    niche: perRow((step, row) => Math.floor(row / sizeOf(step))),
    source_cell: perRow(({ repeats }, row) =>
      repeats[0]!.sourceCells[Math.floor(row / repeats[0]!.x.shape[1]!) * repeats[0]!.sourceSize]!
    ),
    ...(classifier === undefined || label === undefined
      ? {}
      : { predicted_type: categorical(classify(classifier, x), spec.labels[label]!) }),
  };
  const spatial = await Promise.all(steps.map((step, i) => unscaled(step, cells[i]!.pos, setting, data)));
  return {
    obs: { index: Array.from({ length: n }, (_, i) => `generated_${i}`), columns },
    var: { index: featureNames(spec, x.shape[1]!), columns: {} },
    X: x,
    layers: {},
    obsm: { spatial: concatRows(spatial), spatial_scaled: concatRows(cells.map(({ pos }) => pos)) },
    varm: {},
    obsp: {},
    uns: {
      generated_by: `NicheFlow, ${config.model}, ${config.objective.kind}`,
      spatial_frame: `each step lies in the frame of ${
        steps.map(({ journey }) => journey.seen.name).join(", ")
      } in turn, ${spec.parts["pos"]!.unit}`,
      data: formatCitation(data.citation),
      notes: [...data.notes],
    },
  };
}
