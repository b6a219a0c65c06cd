import {
  type HostArray,
  hostArray,
  type NumericArray,
  pooledOrder,
  readPart,
  type Rng,
  type RowBatch,
  type RowSource,
  type Section,
  takeRows,
} from "../../core/mod.ts";

/** Rows that are used together, as float32. */
export interface DrawnBatch extends RowBatch {
  /** The rows, shape `[size, G]`. */
  readonly rows: HostArray;
}

/**
 * Read rows as float32.
 *
 * @param source What is read.
 * @param index Which rows; absent means all.
 * @returns The rows.
 */
export async function readFloats(source: RowSource, index?: ArrayLike<number>): Promise<HostArray> {
  return floats(await source.read(index));
}

/**
 * Read a few rows as float32: all of them if they are few.
 *
 * @param x What is read.
 * @param count Rows at most.
 * @param stream Stream of the choice.
 * @returns Rows chosen uniformly.
 */
export function someRows(x: RowSource, count: number, stream: Rng): Promise<HostArray> {
  return readFloats(x, x.shape[0]! <= count ? undefined : stream.host.choice(x.shape[0]!, count));
}

function floats({ data, shape }: HostArray<NumericArray>): HostArray {
  return hostArray(data instanceof Float32Array ? data : Float32Array.from(data), shape);
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/**
 * One part of several sections, one after the other.
 *
 * @param sections At least one; the part has the same columns in all.
 * @param part Name of the part.
 * @returns The rows of all; nothing is read before they are asked for.
 */
export function joinedRows(sections: readonly Section[], part: string): RowSource {
  const starts = [0];
  for (const { rows } of sections) starts.push(starts.at(-1)! + rows);
  const rows = starts.at(-1)!;
  const columns = sections[0]!.parts[part]!.shape[1]!;
  const [chunkRows, cachedRows] = (["chunkRows", "cachedRows"] as const).map((key) =>
    least(sections.map(({ parts }) => parts[part]![key]))
  );
  return Object.freeze({
    shape: [rows, columns],
    ...(chunkRows !== undefined && { chunkRows }),
    ...(cachedRows !== undefined && { cachedRows }),
    read: async (index?: ArrayLike<number>): Promise<HostArray> => {
      const wanted = index ?? Int32Array.from({ length: rows }, (_, row) => row);
      const places: number[][] = sections.map(() => []);
      for (let at = 0; at < wanted.length; at++) {
        places[starts.findLastIndex((start) => start <= wanted[at]!)]!.push(at);
      }
      const out = new Float32Array(wanted.length * columns);
      for (const [i, at] of places.entries()) {
        if (at.length === 0) continue;
        const { data } = await readPart(sections[i]!, part, at.map((place) => wanted[place]! - starts[i]!));
        at.forEach((place, from) => out.set(data.subarray(from * columns, (from + 1) * columns), place * columns));
      }
      return hostArray(out, [wanted.length, columns]);
    },
  });
}

/** Random access to rows that are used together. */
export interface DrawnRows {
  /**
   * Draw rows.
   *
   * @param step Which draw.
   * @returns Rows and which they are.
   */
  at(step: number): Promise<DrawnBatch>;
}

/** Size of the rows of a store that are in memory at a time. */
const WINDOW_BYTES = 2 ** 24;

/** How often a store may be read from end to end in an epoch, so that its rows are drawn from all of it. */
const SWEEPS = 16;

/**
 * Draw rows at random: each draw anew where any row is read at the same cost. Of a store each row is drawn once in an
 * epoch, and the rows of many draws are read together: they come from all of it if reading it all for each 16 MiB of rows
 * is cheap enough, else from few chunks, see {@linkcode pooledOrder}.
 *
 * @param source What is drawn from.
 * @param size Rows of a draw.
 * @param rng Stream of the draws; a draw depends on it and its number alone.
 * @returns The draws.
 */
export function drawnRows(source: RowSource, size: number, rng: Rng): DrawnRows {
  const rows = source.shape[0]!;
  if (source.chunkRows !== undefined && rows >= size) return storeDraws(source, size, rng.fold("order"));
  return {
    at: async (step) => {
      const index = rng.fold(step).fold("rows").host.choice(rows, size, { replace: rows < size });
      return { index, rows: await readFloats(source, index) };
    },
  };
}

/** Rows of many draws, in memory in the order of the store. */
interface Window {
  /** Rows in the order in which they are drawn. */
  readonly index: Int32Array;
  /** Where each of them is in `values`. */
  readonly place: Int32Array;
  readonly values: HostArray;
}

async function readWindow(source: RowSource, index: Int32Array): Promise<Window> {
  const sorted = Int32Array.from(index.keys()).sort((a, b) => index[a]! - index[b]!);
  const place = new Int32Array(index.length);
  sorted.forEach((drawn, at) => place[drawn] = at);
  return { index, place, values: await readFloats(source, sorted.map((drawn) => index[drawn]!)) };
}

function storeDraws(source: RowSource, size: number, rng: Rng): DrawnRows {
  const [rows, columns] = [source.shape[0]!, source.shape[1]!];
  const perEpoch = Math.floor(rows / size);
  const perWindow = Math.max(1, Math.floor(WINDOW_BYTES / (4 * columns * size)));
  const fromAll = rows <= SWEEPS * perWindow * size;
  const orderOf = lastOnly((epoch: number): Int32Array =>
    fromAll ? rng.fold(epoch).host.permutation(rows) : pooledOrder(source, rng.fold(epoch))
  );
  const windows = Math.ceil(perEpoch / perWindow);
  const windowOf = lastOnly((at: number): Promise<Window> => {
    const first = (at % windows) * perWindow;
    const last = Math.min(first + perWindow, perEpoch);
    return readWindow(source, orderOf(Math.floor(at / windows)).slice(first * size, last * size));
  });
  return {
    at: async (step) => {
      const [epoch, draw] = [Math.floor(step / perEpoch), step % perEpoch];
      const { index, place, values } = await windowOf(epoch * windows + Math.floor(draw / perWindow));
      const from = (draw % perWindow) * size;
      return { index: index.slice(from, from + size), rows: takeRows(values, place.subarray(from, from + size)) };
    },
  };
}

/** Keep the last result. */
function lastOnly<T>(make: (key: number) => T): (key: number) => T {
  let last: { readonly key: number; readonly value: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}
