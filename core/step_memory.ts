import { heapUseOf } from "./backend/heap_use.ts";
import type { Rng } from "./rng/mod.ts";
import { type Differentiable, differentiate } from "./train_gradient.ts";

/**
 * Rows of the two probes; memory is a line through them. With few rows the parameters' gradients are the worst moment, with
 * many the activations, so the probes grow with the batch.
 */
function probeSizes(rows: number): readonly [few: number, more: number] {
  return [Math.max(1, rows >> 4), Math.max(3, rows >> 3)];
}

/** Gaps between tensors and working memory of kernels; NicheFlow steps of 0.1 to 0.6 GB took 1.17 to 1.25 of their tensors. */
const GAPS = 1.3;

/** Memory of a training step at its worst moment, in bytes. */
export interface StepMemory {
  /** What the step is expected to need, parameters and batch included. */
  readonly needed: number;
  /** What the backend can hold. */
  readonly limit: number;
  /** Rows of the batch. */
  readonly rows: number;
  /** Rows that fit. */
  readonly fitting: number;
}

/**
 * Estimate what a training step needs, from small steps on the first rows of its batch.
 *
 * @typeParam B Batch type.
 * @param at What would be differentiated; borrowed.
 * @param batch The batch; borrowed.
 * @param rng Stream for whatever the loss draws.
 * @returns The estimate; undefined if the backend's memory has no fixed end, the batch cannot be cut, or it is hardly larger
 *   than the probes.
 */
export function stepMemory<B extends Disposable>(at: Differentiable<B>, batch: B, rng: Rng): StepMemory | undefined {
  const cut = at.trainable.rows;
  const rows = cut?.count(batch) ?? 0;
  const [few, more] = probeSizes(rows);
  if (cut === undefined || rows <= more) return undefined;
  const probe = (
    size: number,
  ): { readonly growth: number; readonly before: number; readonly limit: number } | undefined => {
    using small = cut.first(batch, size);
    const use = heapUseOf(() => differentiate(at, small, rng, false));
    return use === undefined ? undefined : { ...use, growth: use.peak - use.before };
  };
  // The first step allocates what later ones find.
  probe(few);
  const [low, high] = [probe(few), probe(more)];
  if (low === undefined || high === undefined) return undefined;
  const perRow = (high.growth - low.growth) / (more - few);
  const fixed = low.before + low.growth - perRow * few;
  return {
    needed: GAPS * (fixed + perRow * rows),
    limit: low.limit,
    rows,
    fitting: Math.max(0, Math.floor((low.limit / GAPS - fixed) / perRow)),
  };
}
