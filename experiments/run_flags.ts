import { ConfigError } from "../core/mod.ts";
import { BACKENDS } from "./arguments.ts";
import type { FlagTable } from "../core/config/flags.ts";

const COMMON = {
  "json": { kind: "switch", help: "print the result as one JSON object on stdout" },
  "help": { kind: "switch", help: "show this help" },
} as const satisfies FlagTable;

const MODEL = {
  "repeats": { kind: "integer", value: "5", least: 1, help: "number of independent draws" },
  "data": { kind: "text", value: "PATH|URL", help: "where the data are now, or other data of the same kind" },
  "backend": { kind: "choice", choices: BACKENDS, help: "where tensors are computed (default: auto)" },
  "plugin": { kind: "text", value: "SPEC", help: "the run's plugin, if it is from outside" },
} as const satisfies FlagTable;

/** Flags of `deno task sample`. */
export const SAMPLE_FLAGS = {
  "seed": { kind: "integer", value: "1", least: 0, help: "seed of the draws (default: the run's own)" },
  "out": { kind: "text", value: "DIR", help: "folder for samples.zarr (default: the run folder)" },
  ...MODEL,
  ...COMMON,
} as const satisfies FlagTable;

/** Flags of `deno task eval`. */
export const EVAL_FLAGS = { ...MODEL, ...COMMON } as const satisfies FlagTable;

/** Flags of `deno task report`. */
export const REPORT_FLAGS = COMMON;

/** Flags of `deno task compare`. */
export const COMPARE_FLAGS = {
  "html": { kind: "text", value: "FILE.html", help: "write the comparison as a page" },
  ...COMMON,
} as const satisfies FlagTable;

/**
 * Take the run folder that a command is about.
 *
 * @param verb What is to be done with it.
 * @param names Arguments that are no flags.
 * @returns The folder, without closing slashes.
 * @throws {ConfigError} If there is not exactly one.
 */
export function onlyRun(verb: string, names: readonly string[]): string {
  const [folder, ...more] = names;
  if (folder !== undefined && more.length === 0) return folderName(folder);
  throw new ConfigError(`Cannot ${verb} ${names.length} runs: name one run folder such as runs/NAME/HASH-s1`);
}

/**
 * Write a folder without closing slashes, so that paths compare.
 *
 * @param folder Path as it was typed.
 * @returns The path.
 */
export function folderName(folder: string): string {
  return folder.replace(/(?<=.)[\\/]+$/, "");
}
