// @ts-types="../import/std_cli.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { ConfigError, nearestName } from "../../core/mod.ts";
import { parseSteps } from "./grammar.ts";
import { STEPS } from "./registry.ts";
import type { Step } from "./step.ts";

interface Flag {
  /** How its value looks; absent for switches. */
  readonly value?: string;
  readonly help: string;
}

const FLAGS: Readonly<Record<string, Flag>> = {
  "seed": { value: "N", help: "seed of all random choices (default: 0)" },
  "like": { value: "PREPARED.zarr", help: "do what was done to PREPARED.zarr, with what was learned there" },
  "again": { value: "PREPARED.zarr", help: "do the steps of PREPARED.zarr with its seeds, and learn again" },
  "overwrite": { help: "replace OUT.zarr if it is there; it may be IN" },
  "json": { help: "print the records as one JSON object on stdout" },
  "help": { help: "show this help" },
};

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
  const flags = Object.entries(FLAGS).map(([name, { value, help }]) =>
    `  ${`--${name}${value === undefined ? "" : ` ${value}`}`.padEnd(24)} ${help}`
  );
  return [
    "Usage: deno task data prep IN.zarr OUT.zarr STEP...",
    "       deno task data prep IN.zarr OUT.zarr --like PREPARED.zarr",
    "       deno task data prep IN.zarr OUT.zarr --again PREPARED.zarr",
    "",
    "Reads an AnnData-Zarr store in blocks, does the steps in order, and writes another; uns/morphogen/steps records each.",
    "A step is its name and key=value pairs separated by colons, for example",
    "  qc:min_counts=10 normalize:target=median log1p hvg:n=2000:flavor=seurat_v3 pca:components=50",
    "",
    ...flags,
    "",
    "Steps, with their defaults:",
    ...steps,
  ].join("\n");
}

function checkFlags(args: readonly string[]): void {
  for (const [i, arg] of args.entries()) {
    if (!arg.startsWith("-") || arg === "-h") continue;
    const [given = "", value] = arg.split("=", 2);
    const flag = given.startsWith("--") && Object.hasOwn(FLAGS, given.slice(2)) ? FLAGS[given.slice(2)]! : undefined;
    if (flag === undefined) {
      const guess = nearestName(given, Object.keys(FLAGS).map((name) => `--${name}`));
      throw new ConfigError(
        `Unknown flag "${given}" of "prep", ${guess === undefined ? "--help lists all" : `did you mean "${guess}"?`}`,
      );
    }
    if (flag.value === undefined && value !== undefined) throw new ConfigError(`Flag "${given}" takes no value`);
    const follows = value ?? args[i + 1];
    if (flag.value !== undefined && (follows === undefined || follows === "" || follows.startsWith("--"))) {
      throw new ConfigError(`Flag "${given}" needs a value: ${given} ${flag.value}`);
    }
  }
}

function seedOf(text: string | undefined): number {
  const seed = text === undefined ? 0 : /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(seed)) return seed;
  throw new ConfigError(`Flag "--seed" expects a whole number of at least 0, got "${text}"`);
}

/**
 * Parse what follows `deno task data prep`.
 *
 * @param args Arguments after the verb.
 * @returns Arguments by name, or undefined if only the help is asked for.
 * @throws {ConfigError} If a flag is unknown, a value, step or path is missing or does not fit, or it is not clear which steps.
 */
export function parsePrep(args: readonly string[]): PrepArguments | undefined {
  const switches = Object.keys(FLAGS).filter((name) => FLAGS[name]!.value === undefined);
  const texts = Object.keys(FLAGS).filter((name) => FLAGS[name]!.value !== undefined);
  checkFlags(args);
  const parsed = parseArgs([...args], {
    boolean: switches,
    string: ["_", ...texts],
    collect: [],
    alias: { h: "help" },
  });
  if (parsed.help === true) return undefined;
  const [from, to, ...steps] = parsed._.map(String);
  if (from === undefined || to === undefined) {
    throw new ConfigError(`Cannot run "prep" with ${parsed._.length} paths: expected prep IN.zarr OUT.zarr STEP...`);
  }
  const text = (name: string): string | undefined => parsed[name] as string | undefined;
  const [like, again] = [text("like"), text("again")];
  if (Number(steps.length > 0) + Number(like !== undefined) + Number(again !== undefined) !== 1) {
    throw new ConfigError('Cannot run "prep": expected either steps, as in "qc:min_counts=10", or --like, or --again');
  }
  return Object.freeze({
    from,
    to,
    steps: steps.flatMap(parseSteps),
    like,
    again,
    seed: seedOf(text("seed")),
    overwrite: parsed.overwrite === true,
    json: parsed.json === true,
  });
}
