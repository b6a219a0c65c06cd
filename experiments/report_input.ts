import type { Environment, Figure, Metric, MetricLine } from "../core/mod.ts";
import { formatNumber, lineChart, type ReportInput, runningMean } from "../core/report/mod.ts";
import { rerunCommands } from "./rerun.ts";
import type { RunResult } from "./result.ts";
import type { Session } from "./session.ts";

/** Loss and its parts over steps, from the log of the run. */
function lossFigures(lines: readonly MetricLine[]): readonly Figure[] {
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

function summaryOf({ resolved, data }: Session, metrics: readonly Metric[], steps: number): readonly string[] {
  const { plugin, experiment, settings } = resolved;
  const rows = data.sections.reduce((sum, section) => sum + section.rows, 0);
  const held = data.sections.filter(({ split }) => split === "test").length;
  const first = metrics[0];
  const anchors = Object.entries(first?.anchors ?? {}).map(([name, value]) => `${name} ${formatNumber(value)}`);
  return [
    `${experiment.description}. Trained "${plugin.paper.title}" (plugin ${plugin.name}) for ${steps} steps with seed ` +
    `${settings.seed} on ${data.spec.name}: ${
      formatNumber(rows)
    } rows in ${data.sections.length} sections, ${held} of ` +
    "them held out.",
    ...(first === undefined ? [] : [
      `${first.name} is ${formatNumber(first.value)} (${first.better} is better${
        anchors.length === 0 ? "" : `; for comparison: ${anchors.join(", ")}`
      }).`,
    ]),
  ];
}

/** Text values of an environment, for the report. */
function flat(environment: Environment): Readonly<Record<string, string>> {
  const rows = Object.entries(environment).flatMap(([key, value]): [string, string][] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).map(([inner, text]) => [inner, String(text)])
      : [[key, value === null ? "unknown" : String(value)]]
  );
  return Object.fromEntries(rows);
}

/** What the report of a run is made of. */
export interface ReportParts {
  /** The result. */
  readonly result: RunResult;
  /** The method's own figures. */
  readonly figures: readonly Figure[];
  /** Log of the training. */
  readonly log: readonly MetricLine[];
  /** Where the run was evaluated. */
  readonly environment: Environment;
  /** Plugin from outside, as the user named it. */
  readonly plugin?: string | undefined;
}

/**
 * Collect what the report of a run shows.
 *
 * @param session Data, settings and notes.
 * @param parts Result, figures, log and environment.
 * @returns The content of the report.
 */
export function reportInput(session: Session, parts: ReportParts): ReportInput {
  const { run: { folder, record }, resolved, data, notes } = session;
  const { result, figures, log, environment, plugin } = parts;
  return {
    title: `${resolved.experiment.name}: ${data.spec.name}`,
    summary: summaryOf(session, result.detail, result.steps),
    notes,
    metrics: result.detail,
    published: resolved.plugin.published ?? [],
    figures: [...figures, ...lossFigures(log)],
    config: resolved.settings,
    citations: [
      { role: "Method", citation: resolved.plugin.paper },
      { role: "Data", citation: data.citation },
    ],
    environment: {
      run: folder,
      seed: String(result.seed),
      parameters: String(result.params),
      seconds: String(result.seconds),
      ...flat(environment),
    },
    rerun: rerunCommands({
      experiment: record.experiment,
      folder,
      set: record.overrides,
      seed: record.seed,
      data: resolved.location,
      plugin,
      from: record.from,
    }),
  };
}
