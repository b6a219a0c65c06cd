import { resolve } from "node:path";
import { hashConfig } from "../../core/config/mod.ts";
import { ConfigError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../core/io/atomic.ts";
import type { ChildCommand } from "../child.ts";
import type { SweepPlan } from "../plan.ts";
import { callSlurm } from "./call.ts";
import type { SlurmFlags } from "./flags.ts";
import { batchScript } from "./script.ts";

/** What is asked of Slurm for each run. */
export type Resources = Pick<
  SlurmFlags,
  "partition" | "gpus" | "time" | "cpus" | "mem" | "array-limit" | "grace" | "sbatch"
>;

/**
 * Name the jobs of a sweep, so that the queue itself tells which runs it has.
 *
 * @param plan The sweep.
 * @returns The sweep's name and a hash of its folder, in letters that every tool of Slurm takes.
 */
export async function jobNameOf({ name, folder }: SweepPlan): Promise<string> {
  return `${name.replaceAll(/[^\w.-]/g, "-")}-${await hashConfig(resolve(folder))}`;
}

/** Numbers as Slurm writes them: `1-3,7`. */
function formatNumbers(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",");
}

/**
 * The command line that submits runs as one job array.
 *
 * @param plan The sweep.
 * @param indices Runs to submit, in order.
 * @param resources What each needs.
 * @returns Arguments of `sbatch`.
 * @throws {ConfigError} If the sweep's folder has a name that Slurm cannot write logs to.
 */
export async function sbatchArguments(
  plan: SweepPlan,
  indices: readonly number[],
  resources: Resources,
): Promise<readonly string[]> {
  const { partition, gpus, time, cpus, mem, "array-limit": limit, grace = 60, sbatch } = resources;
  const folder = resolve(plan.folder);
  if (folder.includes("\\")) {
    throw new ConfigError(
      `Cannot use "${folder}" with Slurm: its log names cannot hold a backslash; choose another --out`,
    );
  }
  const given = { partition, gpus, time, "cpus-per-task": cpus, mem };
  return [
    "--parsable",
    `--job-name=${await jobNameOf(plan)}`,
    `--array=${formatNumbers(indices.map((index) => index + 1))}${limit === undefined ? "" : `%${limit}`}`,
    "--nodes=1",
    "--ntasks=1",
    "--requeue",
    "--open-mode=append",
    `--signal=B:USR1@${grace}`,
    `--output=${folder.replaceAll("%", "%%")}/logs/run-%3a.log`,
    ...Object.entries(given).flatMap(([name, value]) => value === undefined ? [] : [`--${name}=${value}`]),
    ...sbatch.map((option) => `--${option}`),
    `${folder}/job.sh`,
  ];
}

/** What helps against a refusal. */
async function remedyFor(complaint: string): Promise<string> {
  if (/partition/i.test(complaint)) {
    const { success, out } = await callSlurm("sinfo", ["--noheader", "--format=%R"]);
    const names = [...new Set(out.split("\n").map((line) => line.trim()).filter((line) => line !== ""))];
    if (success && names.length > 0) return `choose one by --partition: ${names.join(", ")}`;
  }
  if (/array/i.test(complaint)) {
    return "the array has more runs than MaxArraySize of the cluster allows, split the sweep";
  }
  if (/account|qos/i.test(complaint)) return "name yours by --sbatch account=NAME or --sbatch qos=NAME";
  if (/gres|gpu/i.test(complaint)) return "see sinfo --format='%R %G' for what there is, and change --gpus";
  if (/time/i.test(complaint)) return "see sinfo for the limits of the partitions, and change --time";
  if (/memory|cpu|node config/i.test(complaint)) return "no node is large enough, see sinfo and change --mem or --cpus";
  return "see sinfo for what the cluster offers, or show what is submitted by --dry-run";
}

/**
 * Write the batch script and submit runs as one job array.
 *
 * @param plan The sweep; its folder exists.
 * @param indices Runs to submit, in order.
 * @param resources What each needs.
 * @param program Command that runs an experiment; its arguments follow.
 * @returns The number of the job.
 * @throws {ConfigError} If Slurm is absent or refuses; the message has its reason and what helps.
 * @throws {CheckpointError} If the script cannot be written.
 */
export async function submit(
  plan: SweepPlan,
  indices: readonly number[],
  resources: Resources,
  program: ChildCommand,
): Promise<string> {
  const args = await sbatchArguments(plan, indices, resources);
  await writeFileAtomic(`${plan.folder}/job.sh`, batchScript(plan, program));
  const { success, out, complaint } = await callSlurm("sbatch", args);
  // In a federation the name of the cluster follows.
  const job = out.trim().split(";")[0]!;
  if (success && /^\d+$/.test(job)) return job;
  throw new ConfigError(`Cannot submit, sbatch says: ${complaint || out.trim()}; ${await remedyFor(complaint)}`);
}
