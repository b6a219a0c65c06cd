import {
  describeEnvironment,
  type Figure,
  formatCitation,
  leaves,
  type Metric,
  type Params,
  readMetrics,
  type Samples,
  type SignalWatch,
  type Tensor,
  type Trained,
  writeResult,
} from "../core/mod.ts";
import { writeAnnData } from "../core/io/anndata_writer.ts";
import { writeFileAtomic } from "../core/io/atomic.ts";
import { lineChart, renderReport, runningMean } from "../core/report/mod.ts";
import { averageMetrics, type RunResult } from "./result.ts";
import { type Session, VERSIONS } from "./session.ts";
import { stage } from "./stage.ts";

/** What evaluation made of a trained model. */
interface Evaluation {
  readonly metrics: readonly Metric[];
  readonly figures: readonly Figure[];
  readonly samples: Samples;
}

async function evaluate(session: Session, params: Params, signals: SignalWatch): Promise<Evaluation> {
  const { model, data, root, resolved, notes } = session;
  const { repeats } = resolved.settings.evaluate;
  const all: (readonly Metric[])[] = [];
  let first: { readonly samples: Samples; readonly trained: Trained } | undefined;
  const note = (message: string): void => {
    if (!notes.includes(message)) notes.push(message);
  };
  for (let repeat = 0; repeat < repeats; repeat++) {
    const name = repeats === 1 ? "sampling" : `sampling ${repeat + 1} of ${repeats}`;
    await stage(name, "parts", signals, async (progress) => {
      const trained = { params, data, rng: root.fold("evaluate").fold(repeat), progress, note };
      const samples = await model.sample(trained);
      all.push(await model.evaluate(trained, samples));
      first ??= { samples, trained };
    });
  }
  const { samples, trained } = first!;
  return { metrics: averageMetrics(all), figures: await model.figures(trained, samples), samples };
}

/** Loss and its parts over steps, from the log of the run. */
async function lossFigure(session: Session): Promise<readonly Figure[]> {
  const lines = await readMetrics(session.run);
  if (lines.length < 2) return [];
  const x = lines.map(({ step }) => step);
  const names = Object.keys(lines[0]!).filter((name) => name !== "step" && name !== "gradient-norm");
  const window = Math.max(1, Math.floor(lines.length / 30));
  return [{
    id: "loss",
    title: "Training",
    caption: `Loss and its weighted parts per step; bold lines are running means over ${window} logged steps.`,
    frames: [{
      label: "",
      svg: lineChart({
        title: "Loss over training steps",
        xLabel: "step",
        yLabel: "loss",
        series: names.flatMap((name) => {
          const y = lines.map((line) => Number(line[name]));
          return [{ name, x, y, faint: true }, { name, x, y: runningMean(y, window) }];
        }),
        logY: lines.every((line) => names.every((name) => Number(line[name]) > 0)),
      }),
    }],
  }];
}

function rerunCommands(session: Session): readonly string[] {
  const { resolved, run } = session;
  const overrides = run.record.overrides.map((text) => ` --set ${text}`).join("");
  const data = session.data.source.startsWith("embedded:") || session.data.source.startsWith("synthetic")
    ? ""
    : ` --data ${session.data.source}`;
  return [
    `deno task exp ${resolved.experiment.name}${data}${overrides} --seed ${resolved.settings.seed}`,
    `deno task eval ${run.folder}`,
  ];
}

function summaryOf(session: Session, metrics: readonly Metric[], steps: number): readonly string[] {
  const { plugin, experiment, settings } = session.resolved;
  const sections = session.data.sections;
  const rows = sections.reduce((sum, section) => sum + section.rows, 0);
  const held = sections.filter(({ split }) => split === "test").length;
  const first = metrics[0];
  const against = first === undefined ? "" : Object.entries(first.anchors)
    .map(([name, value]) => `${name} ${value.toPrecision(3)}`).join(", ");
  return [
    `${experiment.description}. Trained "${plugin.paper.title}" (plugin ${plugin.name}) for ${steps} steps with seed ${settings.seed} on ` +
    `${session.data.spec.name}: ${
      rows.toLocaleString("en")
    } rows in ${sections.length} sections, ${held} of them held out.`,
    ...(first === undefined ? [] : [
      `${first.name} is ${first.value.toPrecision(3)} (${first.better} is better${
        against === "" ? "" : `; for comparison: ${against}`
      }).`,
    ]),
  ];
}

async function writeFigures(folder: string, figures: readonly Figure[]): Promise<void> {
  await Deno.mkdir(`${folder}/figures`, { recursive: true });
  for (const { id, frames } of figures) {
    for (const [i, { svg }] of frames.entries()) {
      const name = frames.length === 1 ? id : `${id}-${String(i + 1).padStart(2, "0")}`;
      await writeFileAtomic(`${folder}/figures/${name}.svg`, svg);
    }
  }
}

function countParameters(params: Params): number {
  return leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0);
}

/** Text values of an environment, for the report. */
function flat(environment: object): Readonly<Record<string, string>> {
  const rows = Object.entries(environment).flatMap(([key, value]): [string, string][] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).map(([inner, text]) => [inner, String(text)])
      : [[key, String(value)]]
  );
  return Object.fromEntries(rows);
}

/** What finishing a run needs to know about its training. */
export interface Finished {
  /** Parameters to evaluate with. */
  readonly params: Params;
  /** Training steps made. */
  readonly steps: number;
  /** Seconds before this stage, over all resumptions. */
  readonly seconds: () => number;
}

/**
 * Draw, measure and report: writes `samples.zarr`, `figures/`, `report.html`, `env.json` and, last, `result.json`.
 *
 * @param session Data, run folder and model.
 * @param finished The trained parameters.
 * @param signals Signal watch.
 * @returns The result.
 */
export async function finishRun(
  session: Session,
  finished: Finished,
  signals: SignalWatch,
): Promise<RunResult> {
  const { run, resolved, backend, data, notes } = session;
  const { metrics, figures, samples } = await evaluate(session, finished.params, signals);
  const shown = [...figures, ...await lossFigure(session)];
  const result: RunResult = {
    experiment: resolved.experiment.name,
    run: run.folder,
    seed: resolved.settings.seed,
    backend: backend.name,
    steps: finished.steps,
    seconds: Math.round(finished.seconds() * 10) / 10,
    data: data.source,
    params: countParameters(finished.params),
    metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    detail: metrics,
    notes,
    citation: formatCitation(data.citation),
  };
  const { notes: _, name, ...device } = backend;
  const environment = await describeEnvironment({ versions: VERSIONS, backend: name, device });
  await writeAnnData(`${run.folder}/samples.zarr`, samples.table);
  await writeFigures(run.folder, shown);
  await writeFileAtomic(`${run.folder}/env.json`, `${JSON.stringify(environment, null, 2)}\n`);
  await writeFileAtomic(
    `${run.folder}/report.html`,
    renderReport({
      title: `${resolved.experiment.name}: ${data.spec.name}`,
      summary: summaryOf(session, metrics, finished.steps),
      notes,
      metrics,
      figures: shown,
      config: resolved.settings,
      citations: [
        { role: "Method", citation: resolved.plugin.paper },
        { role: "Data", citation: data.citation },
      ],
      environment: {
        run: run.folder,
        seed: String(result.seed),
        parameters: String(result.params),
        seconds: String(result.seconds),
        ...flat(environment),
      },
      rerun: rerunCommands(session),
    }),
  );
  await writeResult(run, result);
  return result;
}
