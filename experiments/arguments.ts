import { ConfigError } from "../core/errors.ts";
import { type FlagTable, helpOfFlags, parseFlags } from "../core/config/flags.ts";

/** Where tensors are computed; `auto` takes the fastest that works. */
export type BackendName = "auto" | "webgpu" | "native" | "wasm" | "cpu";

/** Names of the backends. */
export const BACKENDS: readonly BackendName[] = ["auto", "webgpu", "native", "wasm", "cpu"];

/** How the processes of one training reach each other. */
export type ParallelName = "none" | "mpi";

/** Ways to train on several processes. */
export const PARALLEL: readonly ParallelName[] = ["none", "mpi"];

/** Command line of `deno task exp`; what was not given is `undefined`, empty or false. */
export interface ExperimentArguments {
  /** Experiment to run. */
  readonly name: string | undefined;
  /** Settings `path=value`, left to right. */
  readonly set: readonly string[];
  /** JSON file with some keys of the configuration. */
  readonly config: string | undefined;
  /** Data instead of the experiment's own: a path or URL. */
  readonly data: string | undefined;
  /** Folder under which run folders are made. */
  readonly out: string | undefined;
  /** Seed of all streams, from 0. */
  readonly seed: number | undefined;
  /** Training steps, from 1. */
  readonly steps: number | undefined;
  /** Where tensors are computed. */
  readonly backend: BackendName;
  /** Start anew even if the run folder exists. */
  readonly fresh: boolean;
  /** Checkpoint or run folder to start from. */
  readonly from: string | undefined;
  /** Axes of a sweep, each `path=value,value`. */
  readonly sweep: readonly string[];
  /** Processes of a sweep at a time. */
  readonly jobs: number;
  /** How the processes of one training reach each other; absent is one process. */
  readonly parallel?: ParallelName | undefined;
  /** Plugin from outside: a path or module specifier. */
  readonly plugin: string | undefined;
  /** Print the merged configuration and stop. */
  readonly printConfig: boolean;
  /** Load data and build the model, but do not train. */
  readonly dryRun: boolean;
  /** Print the result as one JSON object on stdout, everything else on stderr. */
  readonly json: boolean;
  /** List the experiments. */
  readonly list: boolean;
  /** Show the help. */
  readonly help: boolean;
}

const FLAGS = {
  "set": { kind: "list", value: "train.lr=1e-3", help: "change one setting; repeatable, left to right" },
  "config": { kind: "text", value: "FILE.json", help: "settings from a file, or from the config.json of a run" },
  "data": { kind: "text", value: "PATH|URL", help: "your data instead of the experiment's own" },
  "out": { kind: "text", value: "DIR", help: "folder for the run folders (default: runs)" },
  "seed": { kind: "integer", value: "1", least: 0, help: "seed of everything random" },
  "steps": { kind: "integer", value: "1000", least: 1, help: "training steps" },
  "backend": { kind: "choice", choices: BACKENDS, help: "where tensors are computed (default: auto)" },
  "fresh": { kind: "switch", help: "start anew; an earlier run folder is renamed, not deleted" },
  "from": { kind: "text", value: "CHECKPOINT", help: "start from a checkpoint or run folder" },
  "sweep": { kind: "list", value: "a.b=1,2,3", help: "one run per value; repeatable, all combinations" },
  "jobs": { kind: "integer", value: "2", least: 1, help: "runs of a sweep at a time (default: 1)" },
  "parallel": { kind: "choice", choices: PARALLEL, help: "train on the processes that mpirun or srun started" },
  "plugin": { kind: "text", value: "SPEC", help: "a plugin from outside: a file or module specifier" },
  "print-config": { kind: "switch", help: "print the merged configuration and stop" },
  "dry-run": { kind: "switch", help: "load the data and build the model, but do not train" },
  "json": { kind: "switch", help: "print the result as one JSON object on stdout" },
  "list": { kind: "switch", help: "list the experiments" },
  "help": { kind: "switch", help: "show this help" },
} as const satisfies FlagTable;

/**
 * Parse the command line of `deno task exp`.
 *
 * @param args Arguments as the process received them.
 * @returns The arguments by name.
 * @throws {ConfigError} If a flag is unknown, lacks its value or has one that does not fit, or if there are two names.
 */
export function parseArguments(args: readonly string[]): ExperimentArguments {
  const { names, flags } = parseFlags(args, FLAGS);
  if (names.length > 1) {
    throw new ConfigError(`Cannot run "${names.join(" ")}": expected one experiment, got ${names.length} names`);
  }
  const { "print-config": printConfig, "dry-run": dryRun, backend = "auto", jobs = 1, parallel, ...rest } = flags;
  if (parallel === "mpi" && rest.sweep.length > 0) {
    throw new ConfigError('Flag "--parallel" is for one run: a sweep shares its runs among processes by --jobs');
  }
  return Object.freeze({
    ...rest,
    name: names[0],
    backend: backend as BackendName,
    jobs,
    ...(parallel === undefined ? {} : { parallel: parallel as ParallelName }),
    printConfig,
    dryRun,
  });
}

/**
 * Write arguments as a command line again, for the processes of a sweep and for Slurm.
 *
 * @param args Arguments; `sweep`, `jobs`, `list` and `help` are left out, they belong to the caller.
 * @returns The command line that {@linkcode parseArguments} reads back.
 */
export function formatArguments(args: Partial<ExperimentArguments>): string[] {
  const out = args.name === undefined ? [] : [args.name];
  const texts = { config: args.config, data: args.data, out: args.out, seed: args.seed, steps: args.steps };
  const more = { backend: args.backend, from: args.from, parallel: args.parallel, plugin: args.plugin };
  for (const [flag, value] of Object.entries({ ...texts, ...more })) {
    if (value !== undefined) out.push(`--${flag}=${value}`);
  }
  for (const setting of args.set ?? []) out.push(`--set=${setting}`);
  const switches = { "fresh": args.fresh, "print-config": args.printConfig, "dry-run": args.dryRun, "json": args.json };
  for (const [flag, value] of Object.entries(switches)) if (value === true) out.push(`--${flag}`);
  return out;
}

/**
 * The help of `deno task exp`.
 *
 * @returns Usage and one line per flag.
 */
export function experimentHelp(): string {
  return `Usage: deno task exp NAME [flags]\n\n${helpOfFlags(FLAGS)}`;
}
