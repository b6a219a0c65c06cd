import type { Trainable } from "../method.ts";
import { rowCount } from "../parts.ts";
import { type Batch, type Batches, firstRows, ownBatch } from "../state.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Ranks } from "./ranks.ts";
import { rowStream, type RowWindow, windowOf } from "./row_stream.ts";

/** Some rows of a batch, and which they are. */
export interface RowPart extends Disposable {
  /** The rows. */
  readonly part: Batch;
  /** Which rows of the whole batch they are. */
  readonly window: RowWindow;
}

/** What is fitted, and on what. */
export interface Fit<B> {
  /** What is fitted. */
  readonly trainable: Trainable<B>;
  /** Random access to batches. */
  readonly batches: Batches<B>;
}

/**
 * Tell whether a trainable's batches are the plain ones of a flow, whose tensors all have one row per item.
 *
 * @param trainable Any trainable.
 * @returns Whether its rows are cut by `firstRows`.
 */
export function hasPlainRows(trainable: Trainable<Disposable>): trainable is Trainable<Batch> {
  const first: unknown = trainable.rows?.first;
  return first === firstRows;
}

/**
 * Check that a batch is the plain one of a flow.
 *
 * @param batch Any batch.
 * @returns The batch.
 * @throws {TypeError} If it is of another kind.
 */
export function requireBatch(batch: Disposable): Batch {
  if ("target" in batch && "cond" in batch) return batch as Batch;
  throw new TypeError("Cannot share a batch by rows: expected target and cond");
}

/**
 * Cut rows out of a plain batch.
 *
 * @param batch The batch; borrowed.
 * @param window Which rows.
 * @returns The part, owned by the caller.
 * @throws {TypeError} If rows belong to groups.
 */
export function partOf(batch: Batch, window: RowWindow): RowPart {
  const cut = <R extends Readonly<Record<string, Tensor | undefined>>>(record: R): Readonly<Record<string, Tensor>> =>
    Object.fromEntries(
      Object.entries(record).flatMap(([name, x]) => x === undefined ? [] : [[name, windowOf(x, window)] as const]),
    );
  const { target, source, x0, cond, mask, weight, group } = batch;
  if (group !== undefined) throw new TypeError("Cannot cut a batch whose rows belong to groups: expected none");
  const part = ownBatch({
    target: cut(target),
    cond: cut(cond),
    ...(source === undefined ? {} : { source: cut(source) }),
    ...(x0 === undefined ? {} : { x0: cut(x0) }),
    ...(mask === undefined ? {} : { mask: cut(mask) }),
    ...(weight === undefined ? {} : { weight: windowOf(weight, window) }),
  });
  return Object.freeze({ part, window, [Symbol.dispose]: () => part[Symbol.dispose]() });
}

/**
 * The rows of one rank: shares differ by one row at most.
 *
 * @param of Rows of the whole batch.
 * @param ranks Number and size.
 * @returns The rows.
 */
export function rowsOfRank(of: number, { rank, size }: Pick<Ranks, "rank" | "size">): RowWindow {
  const first = Math.floor(of * rank / size);
  return { first, rows: Math.floor(of * (rank + 1) / size) - first, of };
}

/**
 * The same loss on some rows of a batch, with the random numbers that these rows have in the whole batch.
 *
 * @param trainable A trainable with plain rows.
 * @returns The trainable.
 */
export function onRows(trainable: Trainable<Batch>): Trainable<RowPart> {
  return Object.freeze(
    {
      ...trainable,
      rows: {
        count: ({ part }: RowPart): number => rowCount(part.target),
        first: ({ part }: RowPart, rows: number): RowPart => partOf(part, { first: 0, rows, of: rows }),
      },
      loss: (params, { part, window }, { step, rng }, state) =>
        trainable.loss(params, part, { step, rng: rowStream(rng, window) }, state),
    } satisfies Trainable<RowPart>,
  );
}

/**
 * Give each rank rows of its own of every batch.
 *
 * Every rank makes the whole batch, so what pairs its rows (optimal transport) pairs all of them.
 *
 * @param fit Trainable and batches of one process.
 * @param ranks Who shares.
 * @returns Trainable and batches of this rank; a batch of fewer rows than ranks is refused with a `RangeError`.
 */
export function shareRows({ trainable, batches }: Fit<Batch>, ranks: Ranks): Fit<RowPart> {
  return {
    trainable: onRows(trainable),
    batches: {
      async at(step: number): Promise<RowPart> {
        using batch = requireBatch(await batches.at(step));
        const rows = rowCount(batch.target);
        if (rows < ranks.size) {
          throw new RangeError(`Cannot share a batch of ${rows} rows among ${ranks.size} ranks: make it larger`);
        }
        return partOf(batch, rowsOfRank(rows, ranks));
      },
    },
  };
}
