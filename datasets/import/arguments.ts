// @ts-types="./std_cli.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { ConfigError, nearestName } from "../../core/mod.ts";

/** Verbs of the command. */
export type Verb = "import" | "info" | "validate";

interface Flag {
  readonly verbs: readonly Verb[];
  /** How its value looks; absent for switches. */
  readonly value?: string;
  readonly help: string;
}

const ALL: readonly Verb[] = ["import", "info", "validate"];

const FLAGS: Readonly<Record<string, Flag>> = {
  "layer": { verbs: ALL, value: "NAME", help: "take this layer as X" },
  "raw": { verbs: ALL, help: "take raw as X, with its genes" },
  "coordinates": { verbs: ALL, value: "x,y[,z]", help: "columns that hold the coordinates" },
  "genome": { verbs: ALL, value: "NAME", help: "genome of a 10x file that holds several" },
  "zarr-format": { verbs: ["import"], value: "2|3", help: "version of the Zarr format (default: 2)" },
  "chunk-rows": { verbs: ["import"], value: "N", help: "rows of a chunk (default: about 1 MiB)" },
  "overwrite": { verbs: ["import"], help: "replace OUT.zarr if it is there" },
  "spatial": { verbs: ["validate"], help: "missing coordinates are an error" },
  "json": { verbs: ["import", "info", "validate"], help: "print the result as one JSON object on stdout" },
  "help": { verbs: ALL, help: "show this help" },
};

const USAGE: Readonly<Record<Verb, string>> = {
  import: "import SOURCE OUT.zarr   bring data in",
  info: "info PATH                print what a store or file holds",
  validate: "validate PATH            check it and name the first thing wrong",
};

/** A parsed command line. */
export interface DataArguments {
  /** What to do; absent if only the help is asked for. */
  readonly verb: Verb | undefined;
  /** Paths, as many as the verb takes. */
  readonly paths: readonly string[];
  /** Layer that becomes X. */
  readonly layer: string | undefined;
  /** Whether raw becomes X. */
  readonly raw: boolean;
  /** Columns of coordinates. */
  readonly coordinates: readonly string[] | undefined;
  /** Genome to read. */
  readonly genome: string | undefined;
  /** Version of the Zarr format. */
  readonly zarrFormat: 2 | 3;
  /** Rows of a chunk. */
  readonly chunkRows: number | undefined;
  /** Whether a store is replaced. */
  readonly overwrite: boolean;
  /** Whether coordinates must be there. */
  readonly spatial: boolean;
  /** Whether the result is JSON. */
  readonly json: boolean;
  /** Whether to show the help. */
  readonly help: boolean;
}

/**
 * The help of `deno task data`.
 *
 * @returns Usage and one line per flag.
 */
export function dataHelp(): string {
  const rows = Object.entries(FLAGS).map(([name, { value, verbs, help }]) => {
    const only = verbs.length === ALL.length ? "" : ` (${verbs.join(", ")})`;
    return [`--${name}${value === undefined ? "" : ` ${value}`}`, help + only] as const;
  });
  const width = Math.max(...rows.map(([flag]) => flag.length));
  const usage = Object.values(USAGE).map((line) => `  deno task data ${line}`).join("\n");
  return `Usage:\n${usage}\n\n${rows.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`).join("\n")}`;
}

function checkFlag(given: string, verb: Verb | undefined): void {
  const name = given.slice(2);
  const flag = given.startsWith("--") && Object.hasOwn(FLAGS, name) ? FLAGS[name]! : undefined;
  if (flag === undefined) {
    const guess = nearestName(given, Object.keys(FLAGS).map((known) => `--${known}`));
    throw new ConfigError(
      `Unknown flag "${given}", ${guess === undefined ? "--help lists all" : `did you mean "${guess}"?`}`,
    );
  }
  if (verb !== undefined && !flag.verbs.includes(verb)) {
    throw new ConfigError(`Flag "--${name}" does not go with "${verb}", it goes with ${flag.verbs.join(" and ")}`);
  }
}

function checkFlags(args: readonly string[], verb: Verb | undefined): void {
  for (const [i, arg] of args.entries()) {
    if (!arg.startsWith("-") || arg === "-" || arg === "-h") continue;
    const [given = "", value] = arg.split("=", 2);
    checkFlag(given, verb);
    const { value: form } = FLAGS[given.slice(2)]!;
    if (form === undefined && value !== undefined) throw new ConfigError(`Flag "${given}" takes no value`);
    const follows = value ?? args[i + 1];
    if (form !== undefined && (follows === undefined || follows === "" || follows.startsWith("--"))) {
      throw new ConfigError(`Flag "${given}" needs a value: ${given} ${form}`);
    }
  }
}

function readVerb(text: string | undefined): Verb | undefined {
  if (text === undefined || (ALL as readonly string[]).includes(text)) return text as Verb | undefined;
  const guess = nearestName(text, ALL);
  const help = guess === undefined ? "" : `, did you mean "${guess}"?`;
  throw new ConfigError(`Unknown command "${text}": expected import, info or validate${help}`);
}

function readWhole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ConfigError(`Flag "--${name}" expects a whole number of at least 1, got "${text}"`);
}

function readCoordinates(text: string | undefined): readonly string[] | undefined {
  const columns = text?.split(",").map((column) => column.trim());
  if (columns === undefined || (columns.length >= 2 && columns.length <= 3 && !columns.includes(""))) return columns;
  throw new ConfigError(`Flag "--coordinates" expects two or three columns such as x,y, got "${text}"`);
}

/**
 * Parse the command line of `deno task data`.
 *
 * @param args Arguments as the process received them.
 * @returns The arguments by name.
 * @throws {ConfigError} If a verb or flag is unknown, or a value or path is missing or does not fit.
 */
export function parseArguments(args: readonly string[]): DataArguments {
  const texts = Object.keys(FLAGS).filter((name) => FLAGS[name]!.value !== undefined);
  const switches = Object.keys(FLAGS).filter((name) => FLAGS[name]!.value === undefined);
  const parsed = parseArgs([...args], {
    boolean: switches,
    string: ["_", ...texts],
    collect: [],
    alias: { h: "help" },
  });
  const [first, ...paths] = parsed._.map(String);
  const help = parsed.help === true;
  const verb = readVerb(first);
  checkFlags(args, verb);
  const text = (name: string): string | undefined => parsed[name] as string | undefined;
  const zarrFormat = text("zarr-format") ?? "2";
  if (zarrFormat !== "2" && zarrFormat !== "3") {
    throw new ConfigError(`Flag "--zarr-format" expects one of 2, 3, got "${zarrFormat}"`);
  }
  const wanted = verb === "import" ? 2 : 1;
  if (!help && verb !== undefined && paths.length !== wanted) {
    throw new ConfigError(`Cannot run "${verb}" with ${paths.length} paths: expected ${USAGE[verb].split(/ {2,}/)[0]}`);
  }
  return Object.freeze({
    verb,
    paths,
    layer: text("layer"),
    raw: parsed.raw === true,
    coordinates: readCoordinates(text("coordinates")),
    genome: text("genome"),
    zarrFormat: zarrFormat === "2" ? 2 : 3,
    chunkRows: readWhole("chunk-rows", text("chunk-rows")),
    overwrite: parsed.overwrite === true,
    spatial: parsed.spatial === true,
    json: parsed.json === true,
    help,
  });
}
