/**
 * The command line behind `deno task exp`.
 *
 * @module
 */
import { type AnyPlugin, watchSignals } from "../core/mod.ts";
import { textTable } from "../core/report/mod.ts";
import { type ExperimentArguments, experimentHelp, parseArguments } from "./arguments.ts";
import { dryRun } from "./dry_run.ts";
import type { Experiment } from "./experiment.ts";
import { reportFailure } from "./failure.ts";
import { findNamed } from "./find_named.ts";
import { loadPlugin, type OutsidePlugin } from "./load_plugin.ts";
import { runCombinations, runStudy } from "./many_runs.ts";
import { EXPERIMENTS, STUDIES } from "./registry.ts";
import { resolve } from "./resolve.ts";
import { runExperiment } from "./run_experiment.ts";
import { say } from "./say.ts";
import { resultText, show } from "./show.ts";

async function listExperiments({ json }: ExperimentArguments, outside: OutsidePlugin | undefined): Promise<number> {
  const own = await Promise.all([...Object.values(EXPERIMENTS), ...Object.values(STUDIES)].map((load) => load()));
  const all = [...outside?.experiments ?? [], ...own];
  const table = textTable(["experiment", "what it does"], all.map(({ name, description }) => [name, description]));
  const help = "Run one with: deno task exp NAME     Flags: deno task exp --help";
  show(json, all.map(({ name, description }) => ({ name, description })), `${table}\n\n${help}`);
  return 0;
}

async function runOnce(
  experiment: Experiment,
  args: ExperimentArguments,
  plugin: AnyPlugin | undefined,
): Promise<number> {
  if (args.printConfig) {
    console.log(JSON.stringify((await resolve(experiment, args, plugin)).settings, null, 2));
    return 0;
  }
  using signals = watchSignals({ notify: say });
  const options = { args, ...(plugin === undefined ? {} : { plugin }), signals, say };
  if (args.dryRun) {
    const plan = await dryRun(experiment, options);
    const { rows, params, run } = plan;
    show(args.json, plan, `dry run: ${rows} rows, ${params} parameters, nothing trained; the run would be ${run}`);
    return 0;
  }
  const result = await runExperiment(experiment, options);
  show(args.json, result, resultText(result));
  return 0;
}

async function dispatch(args: ExperimentArguments): Promise<number> {
  const { name, help, list, sweep } = args;
  if (help) {
    console.log(experimentHelp());
    return 0;
  }
  const outside = args.plugin === undefined ? undefined : await loadPlugin(args.plugin);
  if (list || name === undefined) return await listExperiments(args, outside);
  const { experiment, study, plugin } = await findNamed(name, outside);
  if (experiment === undefined) return await runStudy(study!, args, plugin);
  return await (sweep.length > 0 ? runCombinations : runOnce)(experiment, args, plugin);
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
