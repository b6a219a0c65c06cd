import { type Array as ZarritaArray, type DataType, isZarritaError, type Readable } from "zarrita";
import { isMorphogenError } from "../errors.ts";
import { type RawArray, rawNumbers, rawZeros } from "./zarr_values.ts";

/** Consecutive rows. */
export interface RowRange {
  /** First row. */
  readonly from: number;
  /** Row after the last one. */
  readonly to: number;
}

/** Decoded chunks that are at hand for the next reading. */
export interface ChunkCache {
  /** Find a chunk and mark it as used last. */
  get(key: string): RawArray | undefined;
  /** Keep a chunk; those used longest ago give way. */
  set(key: string, chunk: RawArray): void;
}

/** Gives memory back at once, which the garbage collector would leave for as long as there is some; the chunk is empty then. */
function release(chunk: RawArray): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) buffer.transfer(0);
}

/**
 * Keep chunks that were used last.
 *
 * @param bytes Size up to which chunks are kept; a larger one is not kept at all.
 * @returns An empty cache, which owns what it is given: chunks that give way are empty from then on.
 */
export function chunkCache(bytes: number): ChunkCache {
  const chunks = new Map<string, RawArray>();
  let size = 0;
  const drop = (key: string): RawArray | undefined => {
    const chunk = chunks.get(key);
    size -= chunk?.byteLength ?? 0;
    chunks.delete(key);
    return chunk;
  };
  const keep = (key: string, chunk: RawArray): void => {
    chunks.set(key, chunk);
    size += chunk.byteLength;
  };
  return Object.freeze({
    get: (key: string) => {
      const chunk = drop(key);
      if (chunk !== undefined) keep(key, chunk);
      return chunk;
    },
    set: (key: string, chunk: RawArray) => {
      const old = drop(key);
      if (old !== undefined && old !== chunk) release(old);
      if (chunk.byteLength > bytes) return release(chunk);
      keep(key, chunk);
      for (const [oldest, values] of chunks) {
        if (size <= bytes) break;
        drop(oldest);
        release(values);
      }
    },
  });
}

/** Rows that move from a chunk to the result. */
interface Move {
  /** First row within the chunk. */
  readonly source: number;
  /** First row of the result. */
  readonly target: number;
  /** Number of rows. */
  readonly rows: number;
}

/** Bytes of decoded chunks that are on their way at a time, and how many chunks at least and at most: reading hides behind decoding. */
const [IN_FLIGHT, LEAST, MOST] = [2 ** 24, 2, 16];

function product(lengths: readonly number[]): number {
  return lengths.reduce((a, b) => a * b, 1);
}

function movesByChunk(ranges: readonly RowRange[], chunkRows: number): ReadonlyMap<number, readonly Move[]> {
  const found = new Map<number, Move[]>();
  let target = 0;
  for (const { from, to } of ranges) {
    for (let row = from; row < to;) {
      const chunk = Math.floor(row / chunkRows);
      const rows = Math.min(to, (chunk + 1) * chunkRows) - row;
      const move = { source: row - chunk * chunkRows, target, rows };
      const moves = found.get(chunk);
      if (moves === undefined) found.set(chunk, [move]);
      else moves.push(move);
      target += rows;
      row += rows;
    }
  }
  return found;
}

/** All coordinates on a grid, the last axis fastest. */
function gridOf(counts: readonly number[]): readonly (readonly number[])[] {
  return counts.reduce<readonly (readonly number[])[]>(
    (grid, count) => grid.flatMap((at) => Array.from({ length: count }, (_, i) => [...at, i])),
    [[]],
  );
}

/** How one row lies in a chunk and in the result: runs of values that are consecutive in both. */
interface RowLayout {
  /** Values in a run. */
  readonly run: number;
  /** Where each run begins in the row of the chunk. */
  readonly sources: readonly number[];
  /** Where each run begins in the row of the result. */
  readonly targets: readonly number[];
}

function layoutOf(at: readonly number[], chunk: readonly number[], whole: readonly number[]): RowLayout {
  const first = at.map((i, axis) => i * chunk[axis]!);
  const extent = first.map((start, axis) => Math.min(chunk[axis]!, whole[axis]! - start));
  // Axes from here on are of one length in chunk and array, so that they and the axis before make one run.
  let full = at.length;
  while (full > 0 && chunk[full - 1] === whole[full - 1]) full--;
  const outer = Math.max(0, full - 1);
  const steps = (lengths: readonly number[]): number[] => lengths.map((_, axis) => product(lengths.slice(axis + 1)));
  const [chunkSteps, wholeSteps] = [steps(chunk), steps(whole)];
  const grid = gridOf(extent.slice(0, outer));
  const start = first.reduce((sum, i, axis) => sum + i * wholeSteps[axis]!, 0);
  return {
    run: product(extent.slice(outer)),
    sources: grid.map((place) => place.reduce((sum, i, axis) => sum + i * chunkSteps[axis]!, 0)),
    targets: grid.map((place) => place.reduce((sum, i, axis) => sum + i * wholeSteps[axis]!, start)),
  };
}

function copyRows(
  [from, fromRow]: readonly [RawArray, number],
  [to, toRow]: readonly [RawArray, number],
  moves: readonly Move[],
  { run, sources, targets }: RowLayout,
): void {
  const whole = run === fromRow && run === toRow;
  for (const { source, target, rows } of moves) {
    if (whole) {
      to.set(from.subarray(source * run, (source + rows) * run) as never, target * run);
      continue;
    }
    for (let row = 0; row < rows; row++) {
      const [a, b] = [(source + row) * fromRow, (target + row) * toRow];
      for (let i = 0; i < sources.length; i++) {
        const start = a + sources[i]!;
        to.set(from.subarray(start, start + run) as never, b + targets[i]!);
      }
    }
  }
}

/** Says where in the array a chunk that cannot be read lies; what is wrong with the array as a whole passes. */
function inChunk(at: readonly number[], array: ZarritaArray<DataType, Readable>, cause: unknown): unknown {
  if (isZarritaError(cause, "UnknownCodecError") || isMorphogenError(cause)) return cause;
  const rows = array.chunks[0]!;
  const last = Math.min((at[0]! + 1) * rows, array.shape[0]!) - 1;
  const { message, cause: inner } = cause as Error;
  const reason = inner instanceof Error ? `${message} (${inner.message})` : message;
  return new RangeError(`chunk ${at.join(".")} with rows ${at[0]! * rows} to ${last}: ${reason}`, { cause });
}

async function inParallel(tasks: readonly (() => Promise<void>)[], count: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < tasks.length) await tasks[next++]!();
  };
  await Promise.all(Array.from({ length: Math.min(count, tasks.length) }, work));
}

/**
 * Read ranges of rows of an array of numbers; each chunk is decoded once.
 *
 * @param array Array of one axis or more.
 * @param ranges The ranges, within the array.
 * @param cache Where chunks may be found and are kept; absent means that none are kept.
 * @returns The rows of all ranges one after the other, row-major, in the stored type.
 * @throws {Error} If a chunk cannot be read; the message names the chunk and its rows.
 */
export async function readRanges(
  array: ZarritaArray<DataType, Readable>,
  ranges: readonly RowRange[],
  cache?: ChunkCache,
): Promise<RawArray> {
  const [[chunkRows, ...chunk], whole] = [array.chunks as [number, ...number[]], array.shape.slice(1)];
  const [chunkRow, row] = [product(chunk), product(whole)];
  const result = rawZeros(array.dtype, row * ranges.reduce((sum, { from, to }) => sum + to - from, 0));
  if (result.length === 0) return result;
  const decode = async (at: readonly number[]): Promise<RawArray> => {
    try {
      return rawNumbers(await array.getChunk([...at]));
    } catch (cause) {
      throw inChunk(at, array, cause);
    }
  };
  const columns = gridOf(whole.map((length, axis) => Math.ceil(length / chunk[axis]!)));
  const layouts = columns.map((at) => layoutOf(at, chunk, whole));
  const tasks = [...movesByChunk(ranges, chunkRows)].flatMap(([block, moves]) =>
    columns.map((column, i) => async () => {
      const at = [block, ...column];
      const found = cache?.get(at.join("."));
      const values = found ?? await decode(at);
      // No pause from here on: what the cache gave may be released during one.
      copyRows([values, chunkRow], [result, row], moves, layouts[i]!);
      if (found !== undefined) return;
      if (cache === undefined) release(values);
      else cache.set(at.join("."), values);
    })
  );
  const chunkBytes = chunkRows * chunkRow * result.BYTES_PER_ELEMENT;
  await inParallel(tasks, Math.max(LEAST, Math.min(MOST, Math.floor(IN_FLIGHT / chunkBytes))));
  return result;
}

/** Ranges that cover given rows: neighbours are joined. */
export function rangesOf(rows: ArrayLike<number>): readonly RowRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (let i = 0; i < rows.length; i++) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === rows[i]) last.to++;
    else ranges.push({ from: rows[i]!, to: rows[i]! + 1 });
  }
  return ranges;
}
