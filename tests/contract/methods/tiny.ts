import {
  add,
  applyLinear,
  type Batch,
  concat,
  type Cond,
  expandDims,
  intTensor,
  linearParams,
  ownBatch,
  type Params,
  type Rng,
  rowCount,
  silu,
  type State,
  subtree,
  type Tensor,
  tidy,
  type Trainable,
} from "../../../core/mod.ts";

/** A published method's shape on toy data: small enough to read in one go, with no line of core written for it. */
export interface Tiny<B extends Disposable = Disposable> {
  /** Name of the method. */
  readonly name: string;
  /** What is trained. */
  readonly trainable: Trainable<B>;
  /** Learning rate of AdamW. */
  readonly rate: number;
  /** By how much the loss of a fixed batch has to fall in 40 steps. */
  readonly falls: number;
  /** Whether rows of a batch see each other in the loss; equal micro-batches must then hold equal rows. */
  readonly rowsInteract: boolean;
  /** Make micro-batch `step`. */
  batch(step: number): Promise<B>;
  /** Make two micro-batches one; both are borrowed. */
  join(a: B, b: B): B;
  /** Draw with parameters and, where there is one, the untrained state; the result is the caller's. */
  draw(params: Params, stream: Rng, state?: Params): Promise<State>;
}

/** A state of one part `x`, `[B, D]`. */
export type Cells = State & { readonly x: Tensor };

/** Start of a multilayer perceptron with widths `sizes`. */
export function mlpParams(stream: Rng, sizes: readonly number[]): Params {
  return { layers: sizes.slice(1).map((width, i) => linearParams(stream.fold(`layer ${i}`), sizes[i]!, width)) };
}

/** Multilayer perceptron at `path` with SiLU between its layers. */
export function applyMlp(params: Params, path: string, x: Tensor): Tensor {
  const count = (subtree(params, `${path}/layers`) as readonly Params[]).length;
  let h = x;
  for (let i = 0; i < count; i++) h = applyLinear(params, `${path}/layers/${i}`, i === 0 ? h : silu(h));
  return h;
}

/** Times as a column, `[B, 1]`. */
export function column(t: Tensor): Tensor {
  return expandDims(t, 1);
}

/** Concatenate two batches; int32 tensors hold row or group numbers, which move up by the rows of the first. */
export function joinBatches<S extends State, C extends Cond>(a: Batch<S, C>, b: Batch<S, C>): Batch<S, C> {
  const rows = rowCount(a.target);
  const both = (x: Tensor, y: Tensor): Tensor => concat([x, x.dtype === "int32" ? add(y, intTensor([rows])) : y], 0);
  const records = ([x, y]: readonly (Readonly<Record<string, Tensor>> | undefined)[]): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(x ?? {}).map(([name, tensor]) => [name, both(tensor, y![name]!)]));
  return ownBatch(tidy(() => ({
    target: records([a.target, b.target]) as S,
    cond: records([a.cond, b.cond]) as C,
    ...(a.source === undefined ? {} : { source: records([a.source, b.source]) as S }),
    ...(a.x0 === undefined ? {} : { x0: records([a.x0, b.x0]) as S }),
    ...(a.weight === undefined ? {} : { weight: both(a.weight, b.weight!) }),
    ...(a.group === undefined ? {} : { group: both(a.group, b.group!) }),
  })));
}
