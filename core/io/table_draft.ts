import { basename, dirname, join } from "node:path";
import { CheckpointError, DataError } from "../errors.ts";
import { rowSize } from "../host_array.ts";
import type { AnnData } from "./anndata.ts";
import { openAnnData } from "./anndata_store.ts";
import { writeError, writeFileAtomic } from "./atomic.ts";
import { putFolderInPlace, remove } from "./put_in_place.ts";
import { refuseToReplace } from "./replaceable.ts";
import { type RowArray, rowArrays } from "./row_arrays.ts";
import { type TableShape, writeSkeleton } from "./table_skeleton.ts";
import { encodeVlenUtf8 } from "./vlen_utf8.ts";
import { compressChunk } from "./zarr_codecs.ts";

/** What decides the rows of a table: equal origins give equal rows; texts are not empty, and no name has a slash. */
export type TableOrigin = Readonly<Record<string, string | number>>;

/** What is to be written. */
export interface TableDraftOptions extends TableShape {
  /** What decides the rows; it is kept as `uns/origin`. */
  readonly origin: TableOrigin;
}

/** A store that grows by blocks of rows, in any order and from several processes at a time. */
export interface TableDraft {
  /** Number of blocks. */
  readonly blocks: number;
  /**
   * Count the rows of a block.
   *
   * @param block Its number.
   * @returns The rows; the last block has what is left.
   */
  rowsOf(block: number): number;
  /**
   * Tell whether a block is written.
   *
   * @param block Its number.
   * @returns Whether all its chunks are in place.
   */
  has(block: number): Promise<boolean>;
  /**
   * Write a block; each of its chunks is put in place whole.
   *
   * @param block Its number.
   * @param table Its rows.
   * @throws {TypeError} If the table is not of the form that was announced.
   * @throws {CheckpointError} If it cannot be written.
   */
  write(block: number, table: AnnData): Promise<void>;
  /**
   * Give the store its final name if all blocks are written.
   *
   * @returns How many blocks are missing.
   * @throws {CheckpointError} If the store cannot be renamed.
   */
  finish(): Promise<number>;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return false;
    throw cause;
  }
}

async function originOf(store: string): Promise<Readonly<Record<string, unknown>>> {
  const { origin } = await (await openAnnData(store)).uns(() => {});
  return typeof origin === "object" && origin !== null ? origin as Readonly<Record<string, unknown>> : {};
}

function difference(there: Readonly<Record<string, unknown>>, now: TableOrigin): string | undefined {
  const names = [...new Set([...Object.keys(now), ...Object.keys(there)])].filter((name) => there[name] !== now[name]);
  const shown = names.map((name) => `${name} (${there[name] ?? "none"} there, ${now[name] ?? "none"} now)`);
  return shown.length === 0 ? undefined : shown.join(", ");
}

async function requireSame(growing: string, path: string, origin: TableOrigin): Promise<void> {
  const other = difference(await originOf(growing), origin);
  if (other === undefined) return;
  throw new CheckpointError(
    `Cannot go on with "${growing}": it differs in ${other}; remove it, or write to another place than "${path}"`,
  );
}

/** Whether a store is whole already, so that nothing is left to do. */
async function isWhole(path: string, origin: TableOrigin): Promise<boolean> {
  if (!await refuseToReplace(path)) return false;
  try {
    return difference(await originOf(path), origin) === undefined;
  } catch (cause) {
    if (cause instanceof DataError) return false;
    throw cause;
  }
}

/** Several processes may begin at once: one of them names its folder first, and the others join in. */
async function begin(growing: string, shape: TableShape): Promise<void> {
  const own = `${growing}-${Deno.pid}`;
  try {
    await remove(own);
    await writeSkeleton(own, shape);
    await Deno.rename(own, growing);
  } catch (cause) {
    await remove(own).catch(() => {});
    if (cause instanceof TypeError || cause instanceof RangeError) throw cause;
    if (!await exists(growing)) throw writeError(growing, cause);
  }
}

/** Chunks that a killed process did not put in place. */
async function sweep(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) await sweep(join(folder, name));
    else if (/\.partial-\d+$/.test(name)) await remove(join(folder, name));
  }
}

/** Skeletons of processes that were killed while they wrote them. */
async function sweepBeside(growing: string): Promise<void> {
  const name = basename(growing);
  for await (const entry of Deno.readDir(dirname(growing))) {
    if (entry.name.startsWith(`${name}-`) && /^\d+$/.test(entry.name.slice(name.length + 1))) {
      await remove(join(dirname(growing), entry.name));
    }
  }
}

function chunkPath(growing: string, { path, tail }: RowArray, block: number): string {
  return join(growing, path, [block, ...tail.map(() => 0)].join("."));
}

/** A chunk as it is stored: at full length, also the last one. */
function chunkBytes({ values, tail }: RowArray, blockRows: number): Uint8Array {
  const length = blockRows * rowSize([1, ...tail]);
  if (!ArrayBuffer.isView(values)) {
    return compressChunk(encodeVlenUtf8([...values, ...new Array<string>(length - values.length).fill("")]));
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const full = new Uint8Array(length * values.BYTES_PER_ELEMENT);
  full.set(bytes);
  return compressChunk(full);
}

function requireForm(arrays: readonly RowArray[], found: readonly RowArray[], rows: number): void {
  const form = ({ path, type, tail }: RowArray): string => `${path} of ${type} [${["rows", ...tail].join(", ")}]`;
  const [expected, given] = [arrays, found].map((list) => list.map(form).join("; "));
  if (expected !== given) throw new TypeError(`Cannot write a block of ${given}: expected ${expected}`);
  for (const { path, tail, values } of found) {
    if (values.length === rows * rowSize([1, ...tail])) continue;
    throw new TypeError(`Cannot write a block of "${path}": it has ${values.length} values, expected ${rows} rows`);
  }
}

/**
 * Begin a store that is written in blocks of rows, or go on with one.
 *
 * It grows as `PATH.growing` beside its place, metadata first, and is renamed once all blocks are there: what bears the
 * final name is whole. What a process that was killed has written stays, and the next one goes on with it.
 *
 * @param path Folder to create or replace; its parent exists.
 * @param options The table without rows, how many there will be, and what decides them.
 * @returns The draft; undefined if the store is there already, whole and of the same origin.
 * @throws {TypeError} If the table holds what cannot be written in blocks.
 * @throws {DataError} If the path holds something that is no Zarr store.
 * @throws {CheckpointError} If the store grows already from another origin, or cannot be written.
 */
export async function openTableDraft(path: string, options: TableDraftOptions): Promise<TableDraft | undefined> {
  const { rows, origin } = options;
  const blockRows = Math.min(options.blockRows, rows);
  const empty: AnnData = { ...options.empty, uns: { ...options.empty.uns, origin } };
  if (await isWhole(path, origin)) return undefined;
  const growing = `${path}.growing`;
  try {
    if (!await exists(growing)) await begin(growing, { empty, rows, blockRows });
    await requireSame(growing, path, origin);
  } catch (cause) {
    // Another process may have finished it in the meantime.
    if (await isWhole(path, origin)) return undefined;
    if (!(cause instanceof DataError)) throw cause;
    throw new CheckpointError(`Cannot go on with "${growing}": ${cause.message}; remove it to begin anew`, { cause });
  }
  const arrays = rowArrays(empty);
  const blocks = Math.ceil(rows / blockRows);
  const rowsOf = (block: number): number => Math.min(blockRows, rows - block * blockRows);
  const has = async (block: number): Promise<boolean> => {
    for (const array of arrays) if (!await exists(chunkPath(growing, array, block))) return false;
    return true;
  };
  // What fails because another process was faster has not failed: the block is there, or the whole store.
  const unlessDone = async (work: () => Promise<void>, done: () => Promise<boolean>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      if (!await done() && !await isWhole(path, origin)) throw cause;
    }
  };
  return Object.freeze({
    blocks,
    rowsOf,
    has,
    write: async (block: number, table: AnnData) => {
      const found = rowArrays(table);
      requireForm(arrays, found, rowsOf(block));
      await unlessDone(async () => {
        await Promise.all(
          found.map((array) => writeFileAtomic(chunkPath(growing, array, block), chunkBytes(array, blockRows))),
        );
      }, () => has(block));
    },
    finish: async () => {
      let missing = 0;
      for (let block = 0; block < blocks; block++) if (!await has(block)) missing++;
      if (missing > 0) return await isWhole(path, origin) ? 0 : missing;
      await unlessDone(async () => {
        try {
          await sweep(growing);
          await putFolderInPlace(growing, path);
          await sweepBeside(growing);
        } catch (cause) {
          throw writeError(path, cause);
        }
      }, () => Promise.resolve(false));
      return 0;
    },
  });
}
