/**
 * The command line behind `deno task slurm`.
 *
 * @module
 */
import { ConfigError } from "../../core/errors.ts";
import { textTable } from "../../core/report/mod.ts";
import { experimentCommand } from "../child.ts";
import { reportFailure } from "../failure.ts";
import type { SweepOutcome } from "../ledger.ts";
import { planNamed } from "../many_runs.ts";
import { labelOf, type SweepPlan, type SweepRun } from "../plan.ts";
import { quoted } from "../shell_word.ts";
import { show } from "../show.ts";
import { parseSlurmArguments, type SlurmArguments, slurmHelp } from "./flags.ts";
import { batchScript } from "./script.ts";
import { jobNameOf, sbatchArguments } from "./submit.ts";
import { readQueue } from "./queue.ts";
import { sweepOnSlurm, withQueue } from "./sweep_on_slurm.ts";

/** How runs stand, for readers. */
const WORDS: Readonly<Record<SweepRun["status"], string>> = {
  waiting: "to submit",
  queued: "in the queue",
  running: "running",
  earlier: "finished",
  finished: "finished",
  failed: "failed",
  interrupted: "interrupted",
};

function standing({ name, runs }: Pick<SweepPlan, "name" | "runs">): string {
  const rows = runs.map((run) => [labelOf(run) || name, WORDS[run.status], run.job ?? "", run.folder]);
  return textTable(["run", "status", "job", "folder"], rows);
}

/** Show what would be submitted; where there is no Slurm, as if the queue were empty. */
async function preview(plan: SweepPlan, { experiment, slurm }: SlurmArguments): Promise<number> {
  const tasks = await readQueue(await jobNameOf(plan)).catch((error: Error) => {
    console.error(`WARNING: ${error.message}`);
    return new Map();
  });
  const current = withQueue(plan, tasks);
  const missing = current.runs.flatMap(({ status }, index) => status === "waiting" ? [index] : []);
  const sbatch = missing.length === 0 ? undefined : ["sbatch", ...await sbatchArguments(plan, missing, slurm)];
  const script = batchScript(plan, experimentCommand([]));
  const command = sbatch?.map(quoted).join(" ") ?? "nothing to submit";
  show(
    experiment.json,
    { folder: plan.folder, runs: current.runs, sbatch, script },
    [
      script,
      command,
      standing(current),
    ].join("\n"),
  );
  return 0;
}

function outcomeText(outcome: SweepOutcome): string {
  const { table, runs, folder } = outcome;
  const open = runs.some(({ status }) => status === "queued" || status === "running");
  if (!open) return `${table}\nrecorded in ${folder}`;
  return `${standing(outcome)}\nfollow them by the same command with --watch; state and logs are in ${folder}`;
}

async function dispatch(args: SlurmArguments): Promise<number> {
  const { experiment, slurm } = args;
  if (experiment.help) {
    console.log(slurmHelp());
    return 0;
  }
  if (experiment.name === undefined) {
    throw new ConfigError(
      "Cannot submit without an experiment: name one before the flags, deno task exp --list has them",
    );
  }
  const plan = await planNamed(experiment);
  if (experiment.dryRun) return await preview(plan, args);
  const { watch, retries, poll } = slurm;
  const outcome = await sweepOnSlurm(plan, {
    resources: slurm,
    watch,
    ...(retries === undefined ? {} : { retries }),
    ...(poll === undefined ? {} : { poll }),
  });
  const { folder, rows, runs, exitCode } = outcome;
  show(experiment.json, { folder, rows, runs }, outcomeText(outcome));
  return exitCode;
}

/**
 * Run a command line.
 *
 * @param args Arguments after the task's name.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(parseSlurmArguments(args));
  } catch (error) {
    return reportFailure(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
