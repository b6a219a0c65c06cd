import { parseArgs } from "@std/cli/parse-args";
import { openAnnData } from "../../core/io/anndata_store.ts";
import { ConfigError, DataError, isMorphogenError } from "../../core/mod.ts";
import { parseSteps } from "./grammar.ts";
import { prepare, replay } from "./pipeline.ts";
import { recordsOf, type StepRecord } from "./record.ts";
import { STEPS } from "./registry.ts";
import { type Note, openStream, type StreamTable } from "./stream_table.ts";
import { writeStream } from "./write.ts";

/** Where the command writes lines. */
export interface Lines {
  /** Results. */
  readonly out: Note;
  /** Everything else. */
  readonly err: Note;
}

const CONSOLE: Lines = Object.freeze({
  out: (line: string) => console.log(line),
  err: (line: string) => console.error(line),
});

/** Help text of the command. */
export function prepareHelp(): string {
  const steps = Object.values(STEPS).flatMap(({ name, description, defaults }) => {
    const keys = Object.entries(defaults).map(([key, value]) => `${key}=${value === "" ? '""' : value}`).join(" ");
    return [`  ${name.padEnd(18)} ${description}`, ...(keys === "" ? [] : [`  ${"".padEnd(18)}   ${keys}`])];
  });
  return [
    "Usage: deno task data prep IN OUT.zarr --steps STEPS [--seed N] [--json]",
    "       deno task data prep IN OUT.zarr --like PREPARED.zarr [--json]",
    "",
    "Reads an AnnData-Zarr store in blocks, does the steps in order, and writes another; uns/morphogen/steps records each.",
    "STEPS are separated by commas; a step is its name and key=value pairs separated by colons, for example",
    "  qc:min_counts=10,normalize:target=median,log1p,hvg:n=2000:flavor=seurat_v3,pca:components=50",
    "--like does to IN what was done to PREPARED.zarr, with what was learned there (genes, totals, components).",
    "",
    "Steps, with their defaults:",
    ...steps,
  ].join("\n");
}

interface Request {
  readonly from: string;
  readonly to: string;
  readonly steps: string | undefined;
  readonly like: string | undefined;
  readonly seed: number;
  readonly json: boolean;
}

function requestOf(args: readonly string[]): Request | undefined {
  const unknown: string[] = [];
  const found = parseArgs([...args], {
    string: ["steps", "like", "seed", "_"],
    boolean: ["json", "help"],
    unknown: (flag: string) => {
      if (flag.startsWith("-")) unknown.push(flag);
      return true;
    },
  });
  if (found.help) return undefined;
  if (unknown.length > 0) throw new ConfigError(`Cannot use option "${unknown[0]}": see deno task data prep --help`);
  const [from, to, ...more] = found._.map(String);
  if (from === undefined || to === undefined || more.length > 0) {
    throw new ConfigError(`Cannot prepare: ${found._.length} paths are given, expected IN and OUT.zarr`);
  }
  if ((found.steps === undefined) === (found.like === undefined)) {
    throw new ConfigError("Cannot prepare: expected either --steps or --like");
  }
  const seed = Number(found.seed ?? 0);
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new ConfigError(`Cannot use seed "${found.seed}": expected a whole number of at least 0`);
  }
  return { from, to, steps: found.steps, like: found.like, seed, json: found.json === true };
}

async function recordsIn(path: string, note: Note): Promise<readonly StepRecord[]> {
  const records = recordsOf(await (await openAnnData(path)).uns((name, reason) => note(`Left out ${name}: ${reason}`)));
  if (records.length > 0) return records;
  throw new DataError(`Cannot repeat the steps of "${path}": uns/morphogen/steps records none, give --steps`);
}

async function prepared(request: Request, note: Note): Promise<StreamTable> {
  const { from, steps, like, seed } = request;
  if (steps !== undefined) {
    const parsed = parseSteps(steps);
    return await prepare(await openStream(from, note), parsed, { seed, note });
  }
  return await replay(await openStream(from, note), await recordsIn(like!, note), { note });
}

/**
 * The command `deno task data prep`: prepare an AnnData-Zarr store.
 *
 * @param args Arguments after `prep`; see {@linkcode prepareHelp}.
 * @param lines Where to write; absent means the console.
 * @returns Exit code: 0 done, 1 the data cannot be used (nothing is written), 2 wrong usage.
 */
export async function prepareCommand(args: readonly string[], lines: Lines = CONSOLE): Promise<number> {
  try {
    const request = requestOf(args);
    if (request === undefined) {
      lines.out(prepareHelp());
      return 0;
    }
    const table = await prepared(request, lines.err);
    await writeStream(request.to, table);
    const result = { path: request.to, cells: table.obs.index.length, genes: table.var.index.length };
    if (request.json) lines.out(JSON.stringify({ ...result, steps: recordsOf(table.uns).map(brief) }));
    else lines.err(`Wrote ${result.path}: ${result.cells} cells x ${result.genes} genes`);
    return 0;
  } catch (cause) {
    // What is out of range only once the data are known, for example more genes than there are, is the data's.
    if (!isMorphogenError(cause) && !(cause instanceof RangeError)) throw cause;
    lines.err(cause.message);
    return isMorphogenError(cause, "ConfigError") ? 2 : 1;
  }
}

/** A record without what was learned, which may be large. */
function brief({ fitted: _, ...rest }: StepRecord): Omit<StepRecord, "fitted"> {
  return rest;
}
