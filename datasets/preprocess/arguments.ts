import { type FlagTable, helpOfFlags, parseFlags } from "../../core/config/flags.ts";
import { ConfigError } from "../../core/mod.ts";
import { parseSteps } from "./grammar.ts";
import { STEPS } from "./registry.ts";
import type { Step } from "./step.ts";

const FLAGS = {
  "seed": { kind: "integer", value: "N", least: 0, help: "seed of all random choices (default: 0)" },
  "like": {
    kind: "text",
    value: "PREPARED.zarr",
    help: "do what was done to PREPARED.zarr, with what was learned there",
  },
  "again": {
    kind: "text",
    value: "PREPARED.zarr",
    help: "do the steps of PREPARED.zarr with its seeds, and learn again",
  },
  "overwrite": { kind: "switch", help: "replace OUT.zarr if it is there; it may be IN" },
  "json": { kind: "switch", help: "print the records as one JSON object on stdout" },
  "help": { kind: "switch", help: "show this help" },
} as const satisfies FlagTable;

/** Arguments of `deno task data prep`. */
export interface PrepArguments {
  /** Store to read. */
  readonly from: string;
  /** Store to write. */
  readonly to: string;
  /** Steps in order; empty where a prepared store says which. */
  readonly steps: readonly Step[];
  /** Prepared store whose steps are done with what was learned there. */
  readonly like: string | undefined;
  /** Prepared store whose steps are done again. */
  readonly again: string | undefined;
  /** Seed of all random choices. */
  readonly seed: number;
  /** Whether a store is replaced. */
  readonly overwrite: boolean;
  /** Whether the result is JSON. */
  readonly json: boolean;
}

/**
 * The help of `deno task data prep`.
 *
 * @returns Usage, flags, and every step with its defaults.
 */
export function prepHelp(): string {
  const steps = Object.values(STEPS).flatMap(({ name, description, defaults }) => {
    const keys = Object.entries(defaults).map(([key, value]) => `${key}=${value === "" ? '""' : value}`).join(" ");
    return [`  ${name.padEnd(18)} ${description}`, ...(keys === "" ? [] : [`  ${"".padEnd(18)}   ${keys}`])];
  });
  return [
    "Usage: deno task data prep IN.zarr OUT.zarr STEP...",
    "       deno task data prep IN.zarr OUT.zarr --like PREPARED.zarr",
    "       deno task data prep IN.zarr OUT.zarr --again PREPARED.zarr",
    "",
    "Reads an AnnData-Zarr store in blocks, does the steps in order, and writes another; uns/morphogen/steps records each.",
    "A step is its name and key=value pairs separated by colons, for example",
    "  qc:min_counts=10 normalize:target=median log1p hvg:n=2000:flavor=seurat_v3 pca:components=50",
    "",
    helpOfFlags(FLAGS),
    "",
    "Steps, with their defaults:",
    ...steps,
  ].join("\n");
}

/**
 * Parse what follows `deno task data prep`.
 *
 * @param args Arguments after the verb.
 * @returns Arguments by name, or undefined if only the help is asked for.
 * @throws {ConfigError} If a flag is unknown, a value, step or path is missing or does not fit, or it is not clear which steps.
 */
export function parsePrep(args: readonly string[]): PrepArguments | undefined {
  const { names, flags: { help, like, again, seed = 0, overwrite, json } } = parseFlags(args, FLAGS);
  if (help) return undefined;
  const [from, to, ...steps] = names;
  if (from === undefined || to === undefined) {
    throw new ConfigError(`Cannot run "prep" with ${names.length} paths: expected prep IN.zarr OUT.zarr STEP...`);
  }
  if (Number(steps.length > 0) + Number(like !== undefined) + Number(again !== undefined) !== 1) {
    throw new ConfigError('Cannot run "prep": expected either steps, as in "qc:min_counts=10", or --like, or --again');
  }
  return Object.freeze({ from, to, steps: steps.flatMap(parseSteps), like, again, seed, overwrite, json });
}
