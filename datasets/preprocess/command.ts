import { openAnnData } from "../../core/io/anndata_store.ts";
import { DataError, exitCodeOf, type SignalWatch, watchSignals } from "../../core/mod.ts";
import { printable } from "../../core/printable.ts";
import { checkTarget } from "../import/import_store.ts";
import { Stopped } from "../import/stopped.ts";
import { parsePrep, type PrepArguments, prepHelp } from "./arguments.ts";
import { openStream } from "./open_stream.ts";
import { passLine } from "./pass_line.ts";
import { prepare, repeat, replay, type Told } from "./pipeline.ts";
import { recordsOf, type StepRecord } from "./record.ts";
import type { Note, StreamTable } from "./stream_table.ts";
import { writeStream } from "./write.ts";

/** Where the command writes lines. */
export interface Lines {
  /** Results. */
  readonly out: Note;
  /** Everything else; absent means standard error, with a line that shows how far the work is. */
  readonly err?: Note;
}

const CONSOLE: Lines = Object.freeze({ out: (line: string) => console.log(printable(line)) });

async function recordsIn(path: string, note: Note): Promise<readonly StepRecord[]> {
  const records = recordsOf(await (await openAnnData(path)).uns((name, reason) => note(`Left out ${name}: ${reason}`)));
  if (records.length > 0) return records;
  throw new DataError(`Cannot repeat the steps of "${path}": uns/morphogen/steps records none, name steps instead`);
}

async function prepared(args: PrepArguments, table: StreamTable, told: Told): Promise<StreamTable> {
  const { steps, like, again, seed } = args;
  if (like !== undefined) return await replay(table, await recordsIn(like, told.note), told);
  if (again !== undefined) return await repeat(table, await recordsIn(again, told.note), told);
  return await prepare(table, steps, { ...told, seed });
}

async function run(args: PrepArguments, lines: Lines, signals: SignalWatch): Promise<void> {
  using line = passLine();
  const note = lines.err ?? line.say;
  let stage = "";
  const onBlock = (done: number, total: number): void => {
    if (signals.received !== undefined) throw new Stopped(signals.received);
    if (lines.err === undefined) line.report(done, total, stage);
  };
  const begin = (name: string): void => {
    stage = name;
  };
  const table = await prepared(args, await openStream(args.from, { note, onBlock }), { note, begin });
  begin("writing");
  await writeStream(args.to, table);
  const result = { path: args.to, cells: table.obs.index.length, genes: table.var.index.length };
  if (args.json) lines.out(JSON.stringify({ ...result, steps: recordsOf(table.uns).map(brief) }));
  else note(`${result.cells} cells x ${result.genes} genes written to ${result.path}`);
}

/**
 * Prepare an AnnData-Zarr store: `deno task data prep`.
 *
 * @param args Arguments after `prep`; see {@linkcode prepHelp}.
 * @param lines Where to write; absent means the console.
 * @returns Exit code: 0, or that of the signal that stopped it; nothing is written then.
 * @throws {ConfigError} If the arguments are wrong.
 * @throws {DataError} If the data cannot be used; nothing is written.
 * @throws {RangeError} If a parameter does not fit the data; nothing is written.
 * @throws {CheckpointError} If the store cannot be written.
 */
export async function prepCommand(args: readonly string[], lines: Lines = CONSOLE): Promise<number> {
  const parsed = parsePrep(args);
  if (parsed === undefined) {
    lines.out(prepHelp());
    return 0;
  }
  await checkTarget(parsed.to, parsed.overwrite);
  const say = lines.err ?? ((sentence: string) => console.error(printable(sentence)));
  using signals = watchSignals({ notify: () => say("Stopping; once more stops at once") });
  try {
    await run(parsed, lines, signals);
    return 0;
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause;
    say(`${cause.message}; nothing was written`);
    return exitCodeOf(cause.signal);
  }
}

/** A record without what was learned, which may be large. */
function brief({ fitted: _, ...rest }: StepRecord): Omit<StepRecord, "fitted"> {
  return rest;
}
