import {
  type AnnData,
  concatRows,
  type Data,
  DataError,
  formatCitation,
  type HostArray,
  hostArray,
  readImages,
  readPartOfRows,
  type RowAddress,
  type Samples,
  takeRows,
  thinned,
  type Trained,
} from "../../core/mod.ts";
import { type ChangeRequest, drawChange, type SampleSetting } from "./draw_change.ts";
import { inState, meanChanges, spreadOver } from "./mean_change.ts";
import { type Transition, transitionWeights } from "./transitions.ts";

/** Cells that were drawn for one transition, with real ones. */
export interface TransitionSamples {
  /** The transition. */
  readonly transition: Transition;
  /** Whether it was held out of training. */
  readonly heldOut: boolean;
  /** Control cells. */
  readonly rows: readonly RowAddress[];
  /** Their crops, `[n, H, W, C]`, values in [0, 1]. */
  readonly control: HostArray;
  /** What was drawn from them, same shape. */
  readonly generated: HostArray;
  /** Controls with the mean change of training crops added: what needs no network. */
  readonly shifted: HostArray;
  /** Real target cells of the same wells or sections, `[m, H, W, C]`. */
  readonly target: HostArray;
  /** Real target cells of the training sections, as many as there are up to m; empty if there are none. */
  readonly replicate: HostArray;
}

/** What was drawn. */
export interface ChangeSamples extends Samples {
  /** By transition, held-out ones first. */
  readonly transitions: readonly TransitionSamples[];
  /** States on the way from the first controls, with their times. */
  readonly way: readonly { readonly t: number; readonly images: HostArray }[];
  /** Transitions without enough real cells to compare with. */
  readonly skipped: readonly string[];
  /** Whether the real cells were held out. */
  readonly heldOut: boolean;
  /** Network evaluations per cell. */
  readonly evaluations: number;
}

/** Cells whose way is kept. */
const WATCHED = 8;
/** States of the way that are kept, ends included. */
const STATES = 6;
function shiftedBy({ data, shape }: HostArray, change: Float64Array): HostArray {
  const values = data.map((value, at) => Math.min(1, Math.max(0, value + change[at % change.length]!)));
  return hostArray(values, shape);
}

/** Draws all cells of a transition, in batches. */
async function drawAll(
  setting: SampleSetting,
  trained: Trained,
  { transition, rows, control }: Pick<TransitionSamples, "transition" | "rows" | "control">,
  onStep: ChangeRequest["onStep"],
): Promise<{ readonly images: HostArray; readonly evaluations: number }> {
  const { batch } = setting.config.sampling;
  const weights = transitionWeights(setting.transitions, transition, trained.data.spec);
  const embedding = setting.config.control === "" ? undefined : await readPartOfRows(rows, setting.config.control);
  const images = new Float32Array(control.data.length);
  const size = images.length / rows.length;
  let evaluations = 0;
  for (let first = 0; first < rows.length; first += batch) {
    const index = Int32Array.from({ length: Math.min(batch, rows.length - first) }, (_, i) => first + i);
    const made = await drawChange(setting, {
      params: trained.params,
      control: takeRows(control, index),
      weights,
      ...(embedding === undefined ? {} : { embedding: takeRows(embedding, index) }),
      rng: trained.rng.fold("cells").fold(transition.name).fold(first),
      ...(onStep === undefined || first > 0 ? {} : { onStep }),
    });
    images.set(made.images.data, first * size);
    evaluations = made.evaluations;
  }
  return { images: hostArray(images, control.shape), evaluations };
}

function firstImages({ data, shape }: HostArray, count: number): HostArray {
  const rows = Math.min(count, shape[0]!);
  return hostArray(data.slice(0, rows * data.length / shape[0]!), [rows, ...shape.slice(1)]);
}

function tableOf(samples: Omit<ChangeSamples, "table">, data: Data): AnnData {
  const all = samples.transitions;
  const sections = [...new Set(all.flatMap(({ rows }) => rows.map(({ section }) => section.name)))];
  const cells = all.flatMap(({ rows }, transition) => rows.map((address) => ({ ...address, transition })));
  return {
    obs: {
      index: cells.map(({ section, row, transition }) => `${all[transition]!.transition.name}: ${section.name}_${row}`),
      columns: {
        transition: {
          kind: "categorical",
          codes: Int32Array.from(cells, ({ transition }) => transition),
          categories: all.map(({ transition }) => transition.name),
          ordered: false,
        },
        section: {
          kind: "categorical",
          codes: Int32Array.from(cells, ({ section }) => sections.indexOf(section.name)),
          categories: sections,
          ordered: false,
        },
        row: Int32Array.from(cells, ({ row }) => row),
      },
    },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      generated: concatRows(all.map(({ generated }) => generated)),
      control: concatRows(all.map(({ control }) => control)),
    },
    varm: {},
    obsp: {},
    uns: {
      generated_by: `SPATIA, ${samples.evaluations} network evaluations per cell`,
      unit: "share of white, 0 to 1",
      data: formatCitation(data.citation),
      notes: [...data.notes],
    },
  };
}

/** Least number of cells on either side that are compared. */
const LEAST = 2;

/**
 * Draw target cells for the controls of the held-out sections, or of the training sections if none is held out, by every
 * transition, held-out ones first.
 *
 * @param setting The model.
 * @param trained Parameters, data, stream and progress.
 * @returns Real and drawn cells.
 * @throws {DataError} If no transition has real cells to compare with.
 */
export async function sampleChanges(setting: SampleSetting, trained: Trained): Promise<ChangeSamples> {
  const { data } = trained;
  const heldOut = data.sections.some(({ split }) => split === "test");
  const split = heldOut ? "test" : "train";
  const { transitions, config } = setting;
  const changeOf = meanChanges(data, config.transitions, transitions);
  const wanted = [
    ...transitions.heldOut.map((transition) => ({ transition, heldOut: true })),
    ...transitions.trained.map((transition) => ({ transition, heldOut: false })),
  ];
  const done: TransitionSamples[] = [];
  const way: { t: number; images: HostArray }[] = [];
  const skipped: string[] = [];
  let evaluations = 0;
  for (const [i, each] of wanted.entries()) {
    const { transition } = each;
    trained.progress(i, wanted.length, transition.name);
    const rows = spreadOver(inState(data, config.transitions, split, transition.from), config.sampling.cells);
    const targets = spreadOver(inState(data, config.transitions, split, transition.to), config.sampling.cells);
    if (rows.length < LEAST || targets.length < LEAST) {
      skipped.push(transition.name);
      continue;
    }
    const [control, target] = [await readImages(data, rows), await readImages(data, targets)];
    const made = await drawAll(
      setting,
      trained,
      { transition, rows, control },
      done.length > 0 ? undefined : (t, images) => way.push({ t, images: firstImages(images, WATCHED) }),
    );
    evaluations = made.evaluations;
    const others = heldOut ? spreadOver(inState(data, config.transitions, "train", transition.to), targets.length) : [];
    done.push({
      ...each,
      rows,
      control,
      generated: made.images,
      shifted: shiftedBy(control, await changeOf(transition)),
      target,
      replicate: others.length < LEAST
        ? hostArray(new Float32Array(0), [0, ...control.shape.slice(1)])
        : await readImages(data, others),
    });
  }
  if (done.length === 0) {
    throw new DataError(
      `Cannot compare cells of "${data.spec.name}": no transition has ${LEAST} ${split} cells in both states`,
    );
  }
  const samples = { transitions: done, way: thinned(way, STATES), skipped, heldOut, evaluations };
  return { ...samples, table: tableOf(samples, data) };
}
