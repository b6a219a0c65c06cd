import { dispose, slice, type Tensor } from "./tensor/mod.ts";

/**
 * The evolving quantity: named parts that share axis 0.
 *
 * Niche: `{ x: [B, N, G], pos: [B, N, D] }`. Image patch: `{ img: [B, H, W, C] }`. Axis letters everywhere: B batch,
 * N cells, G features, D space, H W C image, K mixture components, T saved times.
 */
export type State = { readonly [part: string]: Tensor };

/** Per-part 0/1 weights; a mask's shape is a prefix of its part's shape, for example `[B, N]` for `[B, N, G]`. */
export type Mask<S extends State> = { readonly [K in keyof S]?: Tensor };

/** What the backbone sees besides the state; opaque to every other interface. */
export type Cond = { readonly [name: string]: Tensor };

/** What a data set yields for one step; all tensors belong to the batch and are freed with it. */
export interface Batch<S extends State = State, C extends Cond = Cond> extends Disposable {
  /** Data end of the path (t = 1). */
  readonly target: S;
  /** Data at the other end, for paths that start from data instead of noise. */
  readonly source?: S;
  /** Start state drawn where the batch was made (noise paired with data by transport); absent: the prior draws it. */
  readonly x0?: S;
  /** Conditioning, for example the source niche and the one-hot time points. */
  readonly cond: C;
  /** Which cells or pixels are real; absent means all. */
  readonly mask?: Mask<S>;
  /** Weight of each row in the loss, shape `[B]`; absent means 1. */
  readonly weight?: Tensor;
  /**
   * Which item a row belongs to (a slide, a set of cells), int32 `[B]`, numbers from 0 to B - 1; rows of one item share
   * `t`, see {@linkcode timesByGroup}.
   */
  readonly group?: Tensor;
}

/** Random access to training batches: batch `step` depends on the data, the stream and `step` alone, so runs resume. */
export interface Batches<B> {
  /**
   * Make one batch.
   *
   * @param step Number of the (micro-)batch, from 0.
   * @returns A batch that the caller owns.
   */
  at(step: number): Promise<B>;
}

/**
 * Make a batch the owner of its tensors.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @param parts The batch's tensors; a tensor may appear more than once.
 * @returns A batch that frees all of them when it is disposed.
 */
export function ownBatch<S extends State, C extends Cond>(
  parts: Omit<Batch<S, C>, typeof Symbol.dispose>,
): Batch<S, C> {
  const { target, source, x0, cond, mask, weight, group } = parts;
  const records = [target, source, x0, cond, mask, { weight, group }];
  const tensors = new Set(records.flatMap((record) => Object.values<Tensor | undefined>(record ?? {})));
  return Object.freeze({
    ...parts,
    [Symbol.dispose]: () => dispose([...tensors].filter((tensor) => tensor !== undefined)),
  });
}

/** Start of a tensor along its first axis. */
function head(tensor: Tensor, rows: number): Tensor {
  return slice(tensor, tensor.shape.map(() => 0), [rows, ...tensor.shape.slice(1)]);
}

function heads<R extends Readonly<Record<string, Tensor | undefined>>>(record: R, rows: number): R {
  const parts = Object.entries(record).flatMap(([name, tensor]) =>
    tensor === undefined ? [] : [[name, head(tensor, rows)] as const]
  );
  return Object.fromEntries(parts) as R;
}

/**
 * Take the first rows of a batch whose tensors all have one row per item.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @param batch The batch; borrowed.
 * @param rows Rows to take, at most as many as there are.
 * @returns A batch of its own.
 */
export function firstRows<S extends State, C extends Cond>(batch: Batch<S, C>, rows: number): Batch<S, C> {
  const { target, source, x0, cond, mask, weight, group } = batch;
  return ownBatch<S, C>({
    target: heads(target, rows),
    cond: heads(cond, rows),
    ...(source === undefined ? {} : { source: heads(source, rows) }),
    ...(x0 === undefined ? {} : { x0: heads(x0, rows) }),
    ...(mask === undefined ? {} : { mask: heads(mask, rows) }),
    ...(weight === undefined ? {} : { weight: head(weight, rows) }),
    ...(group === undefined ? {} : { group: head(group, rows) }),
  });
}
