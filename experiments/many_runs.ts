import { type AnyPlugin, ConfigError } from "../core/mod.ts";
import { textTable } from "../core/report/mod.ts";
import type { ExperimentArguments } from "./arguments.ts";
import type { Experiment, Study } from "./experiment.ts";
import { findNamed } from "./find_named.ts";
import { loadPlugin } from "./load_plugin.ts";
import { labelOf, planRuns, planSweep, type RunRequest, type SweepPlan, sweepRequests } from "./plan.ts";
import { EXPERIMENTS } from "./registry.ts";
import { resolve } from "./resolve.ts";
import { locateRun } from "./run_experiment.ts";
import { show } from "./show.ts";
import { runSweep } from "./sweep.ts";

/** Run what was planned, or only show it. */
async function carryOut(plan: SweepPlan, { dryRun, json, jobs }: ExperimentArguments): Promise<number> {
  if (dryRun) {
    const rows = plan.runs.map((run) => [labelOf(run), run.status === "earlier" ? "finished" : "to do", run.folder]);
    show(json, { folder: plan.folder, runs: plan.runs }, textTable(["run", "status", "folder"], rows));
    return 0;
  }
  const { folder, rows, runs, table, exitCode } = await runSweep(plan, { jobs });
  show(json, { folder, rows, runs }, `${table}\nrecorded in ${folder}`);
  return exitCode;
}

async function printConfigs(
  experiment: Experiment,
  args: ExperimentArguments,
  plugin: AnyPlugin | undefined,
  requests: readonly RunRequest[],
): Promise<number> {
  const all = await Promise.all(requests.map(async ({ values, set, seed = args.seed }) => ({
    run: labelOf({ values, ...(seed === undefined ? {} : { seed }) }),
    settings: (await resolve(experiment, { ...args, seed, set: [...args.set, ...set] }, plugin)).settings,
  })));
  console.log(JSON.stringify(all, null, 2));
  return 0;
}

/** Plan the combinations of an experiment's swept values. */
async function planCombinations(
  experiment: Experiment,
  args: ExperimentArguments,
  plugin: AnyPlugin | undefined,
): Promise<SweepPlan> {
  return await planSweep({ ...args, dryRun: false }, (own) => locateRun(experiment, own, plugin));
}

/** The experiment and the runs of a study. */
async function openStudy(
  study: Study,
  args: ExperimentArguments,
): Promise<{ readonly experiment: Experiment; readonly requests: readonly RunRequest[] }> {
  const given = args.seed !== undefined ? "seed" : args.sweep.length > 0 ? "sweep" : undefined;
  if (given !== undefined) {
    throw new ConfigError(
      `Cannot run study "${study.name}" with --${given}: it says itself which runs there are; ` +
        `use --${given} with experiment "${study.experiment}"`,
    );
  }
  return {
    experiment: await EXPERIMENTS[study.experiment]!(),
    requests: study.runs.map(({ name, set, seed }) => ({ values: { run: name }, set, seed })),
  };
}

async function planStudy(
  study: Study,
  args: ExperimentArguments,
  plugin: AnyPlugin | undefined,
): Promise<SweepPlan> {
  const { experiment, requests } = await openStudy(study, args);
  const shared = { ...args, name: study.experiment, dryRun: false };
  return await planRuns(study.name, shared, requests, (own) => locateRun(experiment, own, plugin));
}

/**
 * Run an experiment once per combination of the swept values.
 *
 * With `--print-config` the configurations are printed, with `--dry-run` the plan; then nothing is run.
 *
 * @param experiment The experiment.
 * @param args The command line, with at least one axis.
 * @param plugin A plugin from outside.
 * @returns The exit code.
 */
export async function runCombinations(
  experiment: Experiment,
  args: ExperimentArguments,
  plugin: AnyPlugin | undefined,
): Promise<number> {
  if (args.printConfig) return await printConfigs(experiment, args, plugin, sweepRequests(args));
  return await carryOut(await planCombinations(experiment, args, plugin), args);
}

/**
 * Run a study; flags as for a sweep.
 *
 * @param study The study.
 * @param args The command line; its settings hold for all runs, except where the study sets the same key.
 * @param plugin A plugin from outside.
 * @returns The exit code.
 * @throws {ConfigError} If a flag would change which runs there are.
 */
export async function runStudy(
  study: Study,
  args: ExperimentArguments,
  plugin: AnyPlugin | undefined,
): Promise<number> {
  if (args.printConfig) {
    const { experiment, requests } = await openStudy(study, args);
    return await printConfigs(experiment, args, plugin, requests);
  }
  return await carryOut(await planStudy(study, args, plugin), args);
}

/**
 * Plan the runs of an experiment or study by its name; nothing is written.
 *
 * @param args The command line; without `--sweep` an experiment is one run.
 * @returns The plan.
 * @throws {ConfigError} If there is no such name, a setting does not fit or two runs would be the same.
 */
export async function planNamed(args: ExperimentArguments): Promise<SweepPlan> {
  const outside = args.plugin === undefined ? undefined : await loadPlugin(args.plugin);
  const { experiment, study, plugin } = await findNamed(args.name ?? "", outside);
  if (experiment === undefined) return await planStudy(study!, args, plugin);
  return await planCombinations(experiment, args, plugin);
}
