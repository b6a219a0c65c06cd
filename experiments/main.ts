/**
 * The command line behind `deno task exp`.
 *
 * @module
 */
import { type AnyPlugin, ConfigError, exitCodeOf, isMorphogenError, watchSignals } from "../core/mod.ts";
import { unknownName } from "../core/config/mod.ts";
import { formatSpread, textTable } from "../core/report/mod.ts";
import { type ExperimentArguments, experimentHelp, parseArguments } from "./arguments.ts";
import type { Experiment, Study } from "./experiment.ts";
import { planRuns, planSweep } from "./plan.ts";
import { EXPERIMENTS, STUDIES } from "./registry.ts";
import { resolve } from "./resolve.ts";
import type { RunResult } from "./result.ts";
import { locateRun, runExperiment } from "./run_experiment.ts";
import { Stopped } from "./stage.ts";
import { runSweep, type SweepOutcome } from "./sweep.ts";

async function listExperiments(): Promise<void> {
  const all = [...Object.values(EXPERIMENTS), ...Object.values(STUDIES)];
  const rows = (await Promise.all(all.map((load) => load()))).map(({ name, description }) => [name, description]);
  console.log(textTable(["experiment", "what it does"], rows));
  console.log("\nRun one with: deno task exp NAME     Flags: deno task exp --help");
}

async function loadPlugin(specifier: string): Promise<AnyPlugin> {
  const url = /^[\w+.-]+:/.test(specifier) ? specifier : new URL(specifier, `file://${Deno.cwd()}/`).href;
  let found: { readonly plugin?: AnyPlugin };
  try {
    found = await import(url);
  } catch (cause) {
    throw new ConfigError(`Cannot load plugin "${specifier}": ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  if (found.plugin?.contract !== 1) {
    throw new ConfigError(`Cannot load plugin "${specifier}": expected an export named "plugin" of contract 1`);
  }
  return found.plugin;
}

function showResult(result: RunResult): void {
  const anchors = [...new Set(result.detail.flatMap(({ anchors }) => Object.keys(anchors)))];
  const rows = result.detail.map(({ name, value, spread, better, anchors: own }) => [
    name,
    formatSpread(value, spread),
    better === "higher" ? "↑" : "↓",
    ...anchors.map((anchor) => own[anchor] === undefined ? "" : formatSpread(own[anchor])),
  ]);
  console.log(textTable(["metric", "model", "", ...anchors], rows));
  for (const note of result.notes) console.log(`note: ${note}`);
  console.log(`data: ${result.citation}`);
  console.log(`report: ${result.run}/report.html`);
}

function showSweep(outcome: SweepOutcome, json: boolean): number {
  if (json) {
    const { folder, rows, runs } = outcome;
    console.log(JSON.stringify({ folder, rows, runs }));
  } else {
    console.log(outcome.table);
    console.log(`recorded in ${outcome.folder}`);
  }
  return outcome.exitCode;
}

async function runStudy(study: Study, args: ExperimentArguments): Promise<number> {
  const experiment = await EXPERIMENTS[study.experiment]!();
  const requests = study.runs.map(({ name, set, seed }) => ({ values: { run: name }, set, seed }));
  const shared = { ...args, name: study.experiment };
  const plan = await planRuns(study.name, shared, requests, (own) => locateRun(experiment, own));
  return showSweep(await runSweep(plan, { jobs: args.jobs }), args.json);
}

async function runOne(experiment: Experiment, args: ExperimentArguments): Promise<number> {
  const plugin = args.plugin === undefined ? undefined : await loadPlugin(args.plugin);
  if (args.printConfig) {
    console.log(JSON.stringify((await resolve(experiment, args, plugin)).settings, null, 2));
    return 0;
  }
  if (args.sweep.length > 0) {
    const plan = await planSweep(args, (own) => locateRun(experiment, own, plugin));
    return showSweep(await runSweep(plan, { jobs: args.jobs }), args.json);
  }
  using signals = watchSignals();
  const result = await runExperiment(experiment, {
    args,
    ...(plugin === undefined ? {} : { plugin }),
    signals,
    say: (sentence) => console.error(sentence),
  });
  if (result === undefined) return 0;
  if (args.json) console.log(JSON.stringify(result));
  else showResult(result);
  return 0;
}

async function dispatch(args: ExperimentArguments): Promise<number> {
  if (args.help) {
    console.log(experimentHelp());
    return 0;
  }
  if (args.list || args.name === undefined) {
    await listExperiments();
    return 0;
  }
  const experiment = Object.hasOwn(EXPERIMENTS, args.name) ? EXPERIMENTS[args.name] : undefined;
  if (experiment !== undefined) return await runOne(await experiment(), args);
  const study = Object.hasOwn(STUDIES, args.name) ? STUDIES[args.name] : undefined;
  if (study !== undefined) return await runStudy(await study(), args);
  throw unknownName("experiment", args.name, [...Object.keys(EXPERIMENTS), ...Object.keys(STUDIES)]);
}

/**
 * Turn a failure into one sentence and an exit code; what is nobody's input keeps its stack.
 *
 * @param error What was thrown.
 * @returns 2 for wrong usage, 130 or 143 for signals, else 1.
 */
export function reportFailure(error: unknown): number {
  if (error instanceof Stopped) {
    console.error(`${error.message}; the same command goes on from the last checkpoint`);
    return exitCodeOf(error.signal);
  }
  if (isMorphogenError(error)) {
    console.error(error.message);
    return isMorphogenError(error, "ConfigError") ? 2 : 1;
  }
  console.error(error);
  return 1;
}

/**
 * Run a command line.
 *
 * @param args Arguments after the task's name.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(parseArguments(args));
  } catch (error) {
    return reportFailure(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
