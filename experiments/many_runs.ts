import { type AnyPlugin, ConfigError } from "../core/mod.ts";
import { textTable } from "../core/report/mod.ts";
import type { ExperimentArguments } from "./arguments.ts";
import type { Experiment, Study } from "./experiment.ts";
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
  const shared = { ...args, dryRun: false };
  return await carryOut(await planSweep(shared, (own) => locateRun(experiment, own, plugin)), args);
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
  const given = args.seed !== undefined ? "seed" : args.sweep.length > 0 ? "sweep" : undefined;
  if (given !== undefined) {
    throw new ConfigError(
      `Cannot run study "${study.name}" with --${given}: it says itself which runs there are; ` +
        `use --${given} with experiment "${study.experiment}"`,
    );
  }
  const experiment = await EXPERIMENTS[study.experiment]!();
  const requests = study.runs.map(({ name, set, seed }) => ({ values: { run: name }, set, seed }));
  if (args.printConfig) return await printConfigs(experiment, args, plugin, requests);
  const shared = { ...args, name: study.experiment, dryRun: false };
  return await carryOut(
    await planRuns(study.name, shared, requests, (own) => locateRun(experiment, own, plugin)),
    args,
  );
}
