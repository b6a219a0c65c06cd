import { type FlagTable, helpOfFlags, type ParsedFlags, parseFlags } from "../../core/config/flags.ts";
import { ConfigError } from "../../core/errors.ts";
import { type ExperimentArguments, parseArguments } from "../arguments.ts";

/** Flags of `deno task slurm` beside those of `deno task exp`. */
const SLURM_FLAGS = {
  "partition": { kind: "text", value: "NAME", help: "partition of the cluster (default: the cluster's own)" },
  "gpus": { kind: "text", value: "1", help: "GPUs of a run, as Slurm writes them: 1 or a100:1" },
  "time": { kind: "text", value: "4:00:00", help: "time limit; a run that needs more saves, queues again and goes on" },
  "cpus": { kind: "integer", value: "4", least: 1, help: "processor cores of a run" },
  "mem": { kind: "text", value: "16G", help: "memory of a run" },
  "array-limit": {
    kind: "integer",
    value: "8",
    least: 1,
    help: "runs at a time (default: as many as there is room for)",
  },
  "grace": { kind: "integer", value: "60", least: 1, help: "seconds before the time limit to save in (default: 60)" },
  "sbatch": { kind: "list", value: "account=lab", help: "one more option of sbatch, without its dashes; repeatable" },
  "watch": { kind: "switch", help: "follow the runs until all have ended; Ctrl-C leaves them to the queue" },
  "retries": {
    kind: "integer",
    value: "2",
    least: 0,
    help: "with --watch: times that failed runs are submitted again",
  },
  "poll": {
    kind: "integer",
    value: "10",
    least: 1,
    help: "with --watch: seconds between looks at the queue (default: 10)",
  },
} as const satisfies FlagTable;

/** What is asked of Slurm. */
export type SlurmFlags = ParsedFlags<typeof SLURM_FLAGS>["flags"];

/** Command line of `deno task slurm`. */
export interface SlurmArguments {
  /** What to run, as for `deno task exp`. */
  readonly experiment: ExperimentArguments;
  /** How. */
  readonly slurm: SlurmFlags;
}

/** Tell the flags of this command from those of the experiment; no value begins with two dashes but after `=`. */
function divide(args: readonly string[]): { readonly own: readonly string[]; readonly rest: readonly string[] } {
  const own: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = /^--([^=]*)/.exec(args[i]!)?.[1] ?? "";
    if (!Object.hasOwn(SLURM_FLAGS, name)) {
      rest.push(args[i]!);
      continue;
    }
    own.push(args[i]!);
    const takesNext = SLURM_FLAGS[name as keyof typeof SLURM_FLAGS].kind !== "switch" && !args[i]!.includes("=");
    if (takesNext && args[i + 1]?.startsWith("--") === false) own.push(args[++i]!);
  }
  return { own, rest };
}

/** Options of sbatch on which the sweep relies. */
const OURS = /^(array|chdir|error|job-name|(no-)?requeue|nodes|ntasks|open-mode|output|parsable|signal|wait|wrap)(=|$)/;

function requireOptions(options: readonly string[]): void {
  for (const option of options) {
    if (!/^[a-z][a-z-]*(=|$)/.test(option)) {
      throw new ConfigError(`Flag "--sbatch" expects an option such as account=lab or exclusive, got "${option}"`);
    }
    if (OURS.test(option)) throw new ConfigError(`Flag "--sbatch" cannot set "${option}": the sweep relies on its own`);
  }
}

/** Flags that mean something else on a cluster, and what to use there. */
function requireFitting(
  { jobs, fresh, printConfig, parallel }: ExperimentArguments,
  { watch, retries }: SlurmFlags,
): void {
  if (jobs !== 1) {
    throw new ConfigError('Flag "--jobs" is for local sweeps: use --array-limit for runs at a time on Slurm');
  }
  if (fresh) {
    throw new ConfigError(
      'Flag "--fresh" does not go with Slurm: a run that queues again would start anew each time; choose another --out',
    );
  }
  if (parallel !== undefined) {
    throw new ConfigError(
      'Flag "--parallel" does not go with deno task slurm, whose runs are one process each: start deno task exp by srun',
    );
  }
  if (printConfig) throw new ConfigError('Flag "--print-config" does not submit anything: use it with deno task exp');
  if (retries !== undefined && !watch) {
    throw new ConfigError(
      'Flag "--retries" needs "--watch": failed runs are submitted again by the command that watches',
    );
  }
}

/**
 * Parse the command line of `deno task slurm`.
 *
 * @param args Arguments as the process received them.
 * @returns What to run and how.
 * @throws {ConfigError} If a flag is unknown, lacks its value, has one that does not fit or does not go with Slurm.
 */
export function parseSlurmArguments(args: readonly string[]): SlurmArguments {
  const { own, rest } = divide(args);
  const experiment = parseArguments(rest);
  const slurm = parseFlags(own, SLURM_FLAGS).flags;
  requireFitting(experiment, slurm);
  requireOptions(slurm.sbatch);
  return Object.freeze({ experiment, slurm });
}

/**
 * The help of `deno task slurm`.
 *
 * @returns Usage and one line per flag.
 */
export function slurmHelp(): string {
  return [
    "Usage: deno task slurm NAME --sweep a.b=1,2,3 [flags]",
    helpOfFlags(SLURM_FLAGS),
    "What to run is said as for deno task exp: --sweep, --set, --data, --out, --steps, --seed, --dry-run, --json and more,\n" +
    "see deno task exp --help. Run the same command again to submit what is not complete.",
  ].join("\n\n");
}
