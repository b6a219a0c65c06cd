import type { Trainable } from "./method.ts";
import type { MicroShare } from "./parallel/micro_share.ts";
import type { Rng } from "./rng/mod.ts";
import type { Batches } from "./state.ts";
import {
  add,
  clone,
  dispose,
  div,
  maximum,
  mul,
  ones,
  type Operand,
  type Tensor,
  tidy,
  valueAndGrads,
} from "./tensor/mod.ts";
import { disposeTree, leaves, mapTree, type Params, unflatten } from "./tree.ts";

/** Gradient of one step with what goes with it; all tensors belong to the holder. */
export interface Gradient {
  /** Same structure as the parameters. */
  readonly gradient: Params;
  /** Loss and parts. */
  readonly scalars: Readonly<Record<string, Tensor>>;
  /** New state, if the trainable has one. */
  readonly state?: Params;
}

/** A gradient and scalars times the loss's divisor. */
export interface Weighted extends Gradient {
  /** What the loss was divided by. */
  readonly divisor: Tensor;
}

/** What is differentiated. */
export interface Differentiable<B> {
  /** What is fitted. */
  readonly trainable: Trainable<B>;
  /** Current parameters; borrowed. */
  readonly params: Params;
  /** Current state, if the trainable has one; borrowed. */
  readonly state?: Params;
  /** Training step, from 0. */
  readonly step: number;
}

/** Adds up what several processes have; borrows its argument and returns new tensors. */
export type SumGradients = (own: Weighted) => Promise<Weighted>;

/** Smallest total divisor: micro-batches without a single real entry have the loss 0. */
const LEAST = 1e-12;

function scalarOf(value: Operand): Tensor {
  return typeof value === "number" ? mul(ones([]), value) : value;
}

/**
 * Differentiate a loss on one batch; to be called within `tidy`.
 *
 * @typeParam B Batch type.
 * @param at What is differentiated, and where.
 * @param batch The batch.
 * @param rng Stream of the batch.
 * @param weigh Whether loss and gradient are multiplied by the loss's divisor.
 * @returns Loss, gradient and divisor; new tensors.
 */
export function differentiate<B>(at: Differentiable<B>, batch: B, rng: Rng, weigh: boolean): Weighted {
  let names: string[] = [];
  const { value, grads, aux } = valueAndGrads(() => {
    const { total, parts, state, divisor = 1 } = at.trainable.loss(at.params, batch, { step: at.step, rng }, at.state);
    names = Object.keys(parts);
    const weighed = (scalar: Tensor): Tensor => weigh ? mul(scalar, divisor) : scalar;
    return {
      value: weighed(total),
      aux: [
        scalarOf(divisor),
        ...Object.values(parts).map(weighed),
        // A loss that returns no state leaves it as it is.
        ...(at.state === undefined ? [] : leaves<Tensor>(state ?? at.state)),
      ],
    };
  }, leaves<Tensor>(at.params));
  const [divisor, ...rest] = aux;
  return {
    gradient: unflatten<Tensor, Tensor>(at.params, grads),
    scalars: { loss: value, ...Object.fromEntries(names.map((name, i) => [name, rest[i]!])) },
    divisor: divisor!,
    ...(at.state === undefined ? {} : { state: unflatten<Tensor, Tensor>(at.state, rest.slice(names.length)) }),
  };
}

/**
 * Add trees of the same structure.
 *
 * @param a First tree; borrowed.
 * @param b Second tree; borrowed.
 * @returns New tensors.
 */
export function sumTrees(a: Params, b: Params): Params {
  const other = leaves<Tensor>(b);
  let next = 0;
  return mapTree<Tensor, Tensor>((leaf) => add(leaf, other[next++]!), a);
}

/** Scalars of both; one that only one of them has counts as 0 in the other. */
function sumScalars(a: Gradient["scalars"], b: Gradient["scalars"]): Record<string, Tensor> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [left, right] = [a[name], b[name]];
      return [name, left === undefined || right === undefined ? clone((left ?? right)!) : add(left, right)];
    }),
  );
}

function free({ gradient, scalars, divisor, state }: Weighted): void {
  disposeTree([gradient, state ?? []]);
  dispose([divisor, ...Object.values(scalars)]);
}

async function one<B extends Disposable>(at: Differentiable<B>, batches: Batches<B>, rng: Rng): Promise<Gradient> {
  using batch = await batches.at(at.step);
  return tidy(() => {
    const { divisor: _, ...rest } = differentiate(at, batch, rng.fold(0), false);
    return rest;
  });
}

/** Sum of the gradients of some micro-batches, each times its divisor. */
async function sumOf<B extends Disposable>(
  at: Differentiable<B>,
  batches: Batches<B>,
  { first, count, of }: MicroShare,
  rng: Rng,
): Promise<Weighted> {
  let sum: Weighted | undefined;
  try {
    for (let micro = first; micro < first + count; micro++) {
      using batch = await batches.at(at.step * of + micro);
      const previous = sum;
      sum = tidy(() => {
        // State goes through the micro-batches one after the other, as it would through steps.
        const now = previous?.state === undefined ? at : { ...at, state: previous.state };
        const next = differentiate(now, batch, rng.fold(micro), true);
        if (previous === undefined) return next;
        return {
          ...next,
          gradient: sumTrees(previous.gradient, next.gradient),
          scalars: sumScalars(previous.scalars, next.scalars),
          divisor: add(previous.divisor, next.divisor),
        };
      });
      if (previous !== undefined) free(previous);
    }
    return sum!;
  } catch (error) {
    if (sum !== undefined) free(sum);
    throw error;
  }
}

/** Add what other processes have, if there are any; takes what it is given. */
async function withOthers(own: Weighted, sum: SumGradients | undefined): Promise<Weighted> {
  if (sum === undefined) return own;
  try {
    return await sum(own);
  } finally {
    free(own);
  }
}

/**
 * Differentiate a loss on the batches of one step: the mean over micro-batches, weighted by what each loss was divided by.
 *
 * @typeParam B Batch type.
 * @param at What is differentiated, and where.
 * @param batches Random access to micro-batches; those of step `n` are `n * of` to `n * of + of - 1`.
 * @param share Micro-batches per step, and those to be made here.
 * @param rng Stream of the step; micro-batch `i` gets `rng.fold(i)`.
 * @param sum Adds what other processes have; absent if there are none.
 * @returns Gradient, scalars and the state after the last micro-batch; new tensors.
 */
export async function gradientOf<B extends Disposable>(
  at: Differentiable<B>,
  batches: Batches<B>,
  share: MicroShare,
  rng: Rng,
  sum?: SumGradients,
): Promise<Gradient> {
  if (share.of === 1 && sum === undefined) return await one(at, batches, rng);
  const { state, ...total } = await withOthers(await sumOf(at, batches, share, rng), sum);
  const mean = tidy(() => {
    const divisor = maximum(total.divisor, LEAST);
    const scaled = Object.entries(total.scalars).map(([name, scalar]) => [name, div(scalar, divisor)] as const);
    return {
      gradient: mapTree<Tensor, Tensor>((leaf) => div(leaf, divisor), total.gradient),
      scalars: Object.fromEntries(scaled),
    };
  });
  free(total);
  return { ...mean, ...(state === undefined ? {} : { state }) };
}
