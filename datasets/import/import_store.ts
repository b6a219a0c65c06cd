import { DataError, isMorphogenError, type Progress, type SignalWatch } from "../../core/mod.ts";
import { encoding } from "../../core/io/anndata_encoding.ts";
import { writeError } from "../../core/io/atomic.ts";
import { writeDataFrame } from "../../core/io/dataframe_encoding.ts";
import { writeMatrix } from "../../core/io/matrix_encoding.ts";
import { putFolderInPlace, remove } from "../../core/io/put_in_place.ts";
import { refuseToReplace } from "../../core/io/replaceable.ts";
import { writeUns } from "../../core/io/uns_encoding.ts";
import type { ZarrFormat } from "../../core/io/zarr_array_document.ts";
import { denseRowWriter, type RowWriter, sparseRowWriter } from "../../core/io/zarr_row_writer.ts";
import { writeZarr, type ZarrGroupWriter } from "../../core/io/zarr_writer.ts";
import { checkedRows } from "./checked_rows.ts";
import { checkTable, hasRepeatedGenes, REPEATED_GENES, SPATIAL } from "./check_table.ts";
import { type Identity, type ImportState, openState, STATE } from "./resume.ts";
import type { ImportSource, RowSource } from "./source.ts";
import { Stopped } from "./stopped.ts";

/** How a source becomes a store. */
export interface ImportOptions {
  /** Version of the Zarr format. */
  readonly zarrFormat: ZarrFormat;
  /** Rows of a chunk of dense matrices; of sparse ones, chunks hold as many values as so many rows have on average. */
  readonly chunkRows?: number;
  /** Whether a store of that name is replaced. */
  readonly overwrite: boolean;
  /** Source and choices, so that the same import goes on after an interruption. */
  readonly identity: Identity;
  /** Receives the rows that are written, over all matrices. */
  readonly progress: Progress;
  /** Asks for a stop. */
  readonly signals: Pick<SignalWatch, "received">;
  /** Receives warnings and what was left out. */
  say(sentence: string): void;
  /**
   * Milliseconds between records of how far the import is.
   *
   * @default {2000}
   */
  readonly saveEvery?: number;
}

interface Work extends ImportOptions {
  readonly source: ImportSource;
  readonly state: ImportState;
  readonly total: number;
  done: number;
}

/**
 * Refuse a target before anything is read.
 *
 * @param target Path of the store to write.
 * @param overwrite Whether a store may be replaced.
 * @throws {DataError} If there is a store and it is not to be replaced, or something else.
 */
export async function checkTarget(target: string, overwrite: boolean): Promise<void> {
  if (/^https?:/i.test(target)) {
    throw new DataError(`Cannot write "${target}": stores are written to folders, give a path`);
  }
  if (await refuseToReplace(target) && !overwrite) {
    throw new DataError(`Cannot write "${target}": it is there already, --overwrite replaces it`);
  }
}

/**
 * Write a source as an AnnData-Zarr store that Python opens with `anndata.read_zarr`.
 *
 * The store grows as `TARGET.partial`, which is no store, and takes its name when it is complete. After an interruption
 * the same import goes on there; after a failure it is removed.
 *
 * @param source The source.
 * @param target Path of the store; its folder is created.
 * @param options How.
 * @throws {DataError} If the target is taken or the data are wrong; the message names file, array and row or column.
 * @throws {CheckpointError} If the store cannot be written; the message names path and reason.
 * @throws {Stopped} If a signal arrived.
 */
export async function importStore(source: ImportSource, target: string, options: ImportOptions): Promise<void> {
  const path = target.replace(/(?<=.)[\/\\]+$/, "");
  await checkTarget(path, options.overwrite);
  checkTable(source);
  sayWhatIsOdd(source, options);
  const partial = `${path}.partial`;
  try {
    const { identity, zarrFormat, chunkRows } = options;
    const state = await openState(partial, path, { ...identity, zarrFormat, chunkRows });
    try {
      if (state.resumed) options.say("Going on with the interrupted import");
      const total = matricesOf(source).reduce((sum, { rows }) => sum + rows.shape[0]!, 0);
      const work: Work = { ...options, source, state, total, done: 0 };
      await writeZarr(partial, zarrFormat, encoding("anndata"), (root) => fill(root, work));
    } finally {
      state[Symbol.dispose]();
    }
    await remove(`${partial}/${STATE}`);
    await putFolderInPlace(partial, path);
  } catch (cause) {
    if (cause instanceof Stopped) throw cause;
    const busy = isMorphogenError(cause, "CheckpointError") && cause.cause === undefined;
    if (!busy) await remove(partial).catch(() => {});
    const fromSystem = cause instanceof Error && ("code" in cause || cause instanceof Deno.errors.NotCapable);
    throw fromSystem && !isMorphogenError(cause) ? writeError(path, cause) : cause;
  }
}

function sayWhatIsOdd(source: ImportSource, { say }: ImportOptions): void {
  for (const note of source.notes) say(note);
  if (!Object.hasOwn(source.obsm, SPATIAL)) {
    say(`There are no coordinates: "${source.location}" has no obsm/${SPATIAL}, spatial methods will refuse the store`);
  }
  if (hasRepeatedGenes(source)) say(REPEATED_GENES);
}

interface Placed {
  readonly group: "" | "layers" | "obsp";
  readonly name: string;
  readonly rows: RowSource;
}

function matricesOf({ X, layers, obsp }: ImportSource): readonly Placed[] {
  return [
    ...(X === undefined ? [] : [{ group: "", name: "X", rows: X } as const]),
    ...Object.entries(layers).map(([name, rows]) => ({ group: "layers", name, rows }) as const),
    ...Object.entries(obsp).map(([name, rows]) => ({ group: "obsp", name, rows }) as const),
  ];
}

async function fill(root: ZarrGroupWriter, work: Work): Promise<void> {
  const { source } = work;
  await writeDataFrame(root, "obs", source.obs);
  await writeDataFrame(root, "var", source.var);
  const groups: Record<string, ZarrGroupWriter> = { "": root };
  for (const name of ["layers", "obsp", "obsm", "varm", "varp"]) {
    groups[name] = await root.group(name, encoding("dict"));
  }
  for (const name of ["obsm", "varm"] as const) {
    for (const [key, array] of Object.entries(source[name])) await writeMatrix(groups[name]!, key, array);
  }
  await writeUns(root, "uns", source.uns);
  for (const placed of matricesOf(source)) await writeRows(groups[placed.group]!, placed, work);
}

async function writeRows(group: ZarrGroupWriter, placed: Placed, work: Work): Promise<void> {
  const { rows, name } = placed;
  const path = placed.group === "" ? name : `${placed.group}/${name}`;
  const from = await work.state.read(path);
  const writer = await writerOf(group, name, rows, work, from);
  const before = work.done;
  const check = {
    rows: work.source.obs.index,
    sorted: false,
    counts: placed.group !== "obsp",
    note: work.say,
  };
  let saved = performance.now();
  let row = from.rows;
  const stopIfAsked = async (): Promise<void> => {
    if (work.signals.received === undefined) return;
    await work.state.write(path, writer.progress());
    throw new Stopped(work.signals.received);
  };
  if (row > 0) work.progress(before + row, work.total, path);
  work.done = before + row;
  await stopIfAsked();
  for await (const block of checkedRows(rows, from.rows, check)) {
    await writer.append(block);
    row += block.shape[0]!;
    work.done = before + row;
    work.progress(work.done, work.total, path);
    await stopIfAsked();
    if (performance.now() - saved < (work.saveEvery ?? 2000)) continue;
    await work.state.write(path, writer.progress());
    saved = performance.now();
  }
  await work.state.write(path, writer.progress());
  await writer.finish();
}

function writerOf(
  group: ZarrGroupWriter,
  name: string,
  { kind, shape, type, values }: RowSource,
  { chunkRows }: Work,
  from: Awaited<ReturnType<ImportState["read"]>>,
): Promise<RowWriter> {
  if (kind === "dense") {
    return denseRowWriter(
      group,
      name,
      { shape, type, ...(chunkRows !== undefined && { chunkLength: chunkRows }) },
      from,
    );
  }
  const average = values === undefined ? undefined : values / Math.max(1, shape[0]!);
  const chunkLength = chunkRows === undefined || average === undefined
    ? {}
    : { chunkLength: Math.max(1, Math.ceil(chunkRows * average)) };
  return sparseRowWriter(group, name, { shape, type, ...chunkLength }, from);
}
