import { encodeCond } from "./backbone/encode_cond.ts";
import type { Backbone } from "./backbone/mod.ts";
import type { Data } from "./data.ts";
import type { Loss, Objective, Predict } from "./objective/mod.ts";
import { rowCount } from "./parts.ts";
import type { Path } from "./path/mod.ts";
import type { Prior } from "./prior/mod.ts";
import type { Rng } from "./rng/mod.ts";
import type { Field, Sampler } from "./sampler/mod.ts";
import { type Batch, type Batches, type Cond, firstRows, type State } from "./state.ts";
import { add, type Tensor } from "./tensor/mod.ts";
import type { Params, Tree } from "./tree.ts";

/** What the builder of a field may use besides the network. */
export interface FieldContext<C extends Cond = Cond> {
  /** Conditioning of the draw as the caller gives it; borrowed. `predict` without a third argument uses its encoding. */
  readonly cond: C;
  /**
   * Encode other conditioning (the null condition of guidance) for the third argument of `predict`. Whatever the builder
   * makes, encodings included, lives until the draw ends, so encode there and not in the field itself, which runs at
   * every step.
   *
   * @param cond Conditioning of the form the batch gives, for example `backbone.nullCond`'s.
   * @returns Conditioning as `predict` takes it.
   */
  encode(cond: C): C;
}

/** Five parts whose types fit together; swap one by spreading: `{ ...method, sampler: heunSampler() }`. */
export interface Method<
  S extends State = State,
  C extends Cond = Cond,
  P = S,
  F = S,
  M extends Tree<Tensor> = readonly Tensor[],
> {
  /** Start distribution. */
  readonly prior: Prior<S>;
  /** Conditional path. */
  readonly path: Path<S>;
  /** Loss and read-out. */
  readonly objective: Objective<S, C, P>;
  /** Network. */
  readonly backbone: Backbone<S, C, P>;
  /** Numerical method. */
  readonly sampler: Sampler<S, F, M>;
  /**
   * Build the sampler's right-hand side from the network; called once per draw.
   *
   * @param predict Backbone with parameters and conditioning applied.
   * @param context Conditioning of the draw and how to encode more, for guidance.
   * @returns The field, for example `objective.velocity` after `predict`.
   */
  field(predict: Predict<S, C, P>, context: FieldContext<C>): Field<S, F>;
  /**
   * Draw path times: uniform, skewed, logit-normal or on a grid; rows of one group share one, see
   * {@linkcode timesByGroup}.
   *
   * @param batch The batch that needs times.
   * @param rng Stream of this step.
   * @returns Times in [0, 1], shape `[B]`.
   */
  times(batch: Batch<S, C>, rng: Rng): Tensor;
  /**
   * Turn the data set's sections into batches: the unit (cell, set, niche, slide, pair) is the method's business.
   *
   * @param data The data set; only sections of the training split may be used.
   * @param rng Stream of the batches.
   * @returns Random access to batches.
   */
  batches(data: Data, rng: Rng): Promise<Batches<Batch<S, C>>>;
  /**
   * A penalty on the parameters themselves (L1 on an encoder).
   *
   * @param params Parameters.
   * @returns Loss scalars that are added to the objective's.
   */
  penalty?(params: Params): Loss;
}

/** What a training step knows besides parameters and batch. */
export interface TrainContext {
  /** Training step, from 0. */
  readonly step: number;
  /** Stream of this step. */
  readonly rng: Rng;
}

/** A loss, and state to carry on that is not trained by gradients (batch-norm statistics). */
export interface TrainableLoss extends Loss {
  /** New values of the state, same structure as `Trainable.initState` returned. */
  readonly state?: Params;
}

/** How batches are cut along their rows, so that memory can be measured on a few of them. */
export interface RowCut<B> {
  /**
   * Count rows.
   *
   * @param batch One batch.
   * @returns Rows.
   */
  count(batch: B): number;
  /**
   * Take the first rows.
   *
   * @param batch One batch; borrowed.
   * @param rows Rows to take, at most as many as there are.
   * @returns A batch of its own.
   */
  first(batch: B, rows: number): B;
}

/** Anything the training loop can fit: a method's flow, SEDR, a classifier, a U-Net with a squared error. */
export interface Trainable<B> {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New parameter tensors.
   */
  init(rng: Rng): Params;
  /**
   * Create the state that gradients do not train; absent if there is none.
   *
   * @returns New tensors.
   */
  initState?(): Params;
  /** How its batches are cut; absent if rows do not stand for themselves. */
  readonly rows?: RowCut<B>;
  /**
   * Evaluate the loss.
   *
   * @param params Parameters that are differentiated.
   * @param batch One batch.
   * @param ctx Step and stream.
   * @param state Current state, if `initState` exists.
   * @returns Loss scalars, the new state, and what the loss was divided by; without a divisor micro-batches weigh equally.
   */
  loss(params: Params, batch: B, ctx: TrainContext, state?: Params): TrainableLoss;
}

/**
 * The flow-matching loss of a method as something the training loop can fit.
 *
 * Per step: draw times, draw or take the start state, evaluate the path, encode the conditioning once, evaluate the
 * objective, add the penalty. A loss without divisor counts as a mean over rows.
 *
 * @param method The five parts.
 * @returns The trainable.
 */
export function flowTrainable<
  S extends State,
  C extends Cond,
  P,
  F,
  M extends Tree<Tensor>,
>(method: Method<S, C, P, F, M>): Trainable<Batch<S, C>> {
  const { prior, path, objective, backbone } = method;
  return Object.freeze({
    init: (rng: Rng): Params => backbone.init(rng),
    rows: { count: ({ target }: Batch<S, C>): number => rowCount(target), first: firstRows<S, C> },
    loss(params: Params, batch: Batch<S, C>, { step, rng }: TrainContext): Loss {
      const t = method.times(batch, rng.fold("times"));
      const x0 = batch.x0 ?? prior.sample(batch.target, batch.source, rng.fold("prior"));
      const point = path.at(x0, batch.target, t, rng.fold("path"));
      const mask = batch.mask === undefined ? {} : { mask: batch.mask };
      let [encodings, calls] = [0, 0];
      const encode = (cond: C): C => {
        const stream = rng.fold("encode").fold(encodings++);
        return encodeCond(backbone, params, cond, { train: true, rng: stream, ...mask });
      };
      // An objective that always brings conditioning of its own needs no encoding of the batch's.
      let encoded: C | undefined;
      const predict: Predict<S, C, P> = (xt, time, cond) => {
        const given = cond ?? (encoded ??= encode(batch.cond));
        const stream = rng.fold("backbone").fold(calls++);
        return backbone.apply(params, xt, time, given, { train: true, rng: stream, ...mask });
      };
      const loss = objective.loss(predict, point, {
        cond: batch.cond,
        encode,
        ...mask,
        ...(batch.weight === undefined ? {} : { weight: batch.weight }),
        ...(batch.group === undefined ? {} : { group: batch.group }),
        step,
        path,
        rng: rng.fold("objective"),
      });
      const divisor = loss.divisor ?? rowCount(batch.target);
      const penalty = method.penalty?.(params);
      if (penalty === undefined) return { ...loss, divisor };
      return { total: add(loss.total, penalty.total), parts: { ...loss.parts, ...penalty.parts }, divisor };
    },
  });
}
