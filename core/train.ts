import { NumericsError } from "./errors.ts";
import type { Trainable } from "./method.ts";
import { globalNorm } from "./optim/clip.ts";
import { type DecayLaw, emaStep, warmedDecay } from "./optim/ema.ts";
import type { GradientTransform } from "./optim/mod.ts";
import { microShare } from "./parallel/micro_share.ts";
import { ONE_RANK, type Ranks } from "./parallel/ranks.ts";
import { sumGradients } from "./parallel/sum_gradients.ts";
import type { Rng } from "./rng/mod.ts";
import type { Batches } from "./state.ts";
import { dispose, type Tensor, tidy, toHost } from "./tensor/mod.ts";
import { gradientOf, sumTrees } from "./train_gradient.ts";
import { type Snapshot, snapshotOf, startLive } from "./train_start.ts";
import { disposeTree, type Params, type Tree } from "./tree.ts";

export type { Snapshot };

/** What the training loop needs. */
export interface TrainerOptions<B extends Disposable> {
  /** What is fitted. */
  readonly trainable: Trainable<B>;
  /** Random access to batches. */
  readonly batches: Batches<B>;
  /** Gradients in, updates out. */
  readonly optimizer: GradientTransform;
  /** Root stream; step `n` uses `rng.fold("train").fold(n)`, parameters `rng.fold("init")`. */
  readonly rng: Rng;
  /**
   * Micro-batches per step, so that a batch larger than the heap can be used. Their losses and gradients are averaged with
   * the losses' divisors for weights, which is exact for unequal micro-batches too; see `Loss.divisor`.
   *
   * @default {1}
   */
  readonly accumulate?: number;
  /**
   * Processes that make each step together: micro-batches are dealt out evenly where that is possible, gradients are added
   * up, and every rank makes the same update. Where it is not, each rank is to have rows of its own, see `shareWork`.
   *
   * @default {one process}
   */
  readonly ranks?: Ranks;
  /**
   * Moving average of the parameters: its decay per step, reached as {@linkcode warmedDecay} does, or another law; 0 keeps
   * none.
   *
   * @default {0}
   */
  readonly ema?: number | DecayLaw;
  /**
   * Where to go on; absent starts afresh. Without `opt` the slots start afresh, without `ema` the average (if one is asked
   * for) starts at the parameters, without `state` the state starts as the trainable makes it.
   */
  readonly from?: Snapshot;
}

/** What one step reports. */
export interface StepReport {
  /** Steps made, this one included. */
  readonly step: number;
  /** Loss, its weighted parts and `gradient-norm` before clipping. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** Trains step by step; the caller decides when to log, save, stop. */
export interface Trainer extends Disposable {
  /** Steps made so far. */
  readonly step: number;
  /** Parameters to evaluate with: the moving average if there is one; borrowed, valid until the next step. */
  readonly params: Params;
  /** What gradients do not train (batch-norm statistics), if the trainable has any; borrowed, valid until the next step. */
  readonly state: Params | undefined;
  /**
   * Make one step.
   *
   * @returns Scalars of the step.
   * @throws {NumericsError} If the loss or the gradient is not finite; parameters are then those before the step.
   * @throws {RankError} If another rank failed; parameters are then those before the step.
   */
  advance(): Promise<StepReport>;
  /**
   * Copy everything to the host.
   *
   * @returns The snapshot.
   */
  snapshot(): Promise<Snapshot>;
}

async function readScalars(scalars: Readonly<Record<string, Tensor>>): Promise<Record<string, number>> {
  const names = Object.keys(scalars);
  const values = await Promise.all(names.map(async (name) => (await toHost(scalars[name]!)).data[0]!));
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

function requireFinite(scalars: Readonly<Record<string, number>>, step: number): void {
  // A part says more than the total, so it is named first.
  const order = Object.keys(scalars).sort((a, b) => Number(a === "loss") - Number(b === "loss"));
  for (const part of order) {
    const value = scalars[part]!;
    if (Number.isFinite(value)) continue;
    throw new NumericsError(
      `Cannot go on at step ${step}: "${part}" is ${value}; lower train.lr, or look for extreme values in the data`,
      { step, part, value },
    );
  }
}

/**
 * Create the training loop's one step.
 *
 * @typeParam B Batch type.
 * @param options What to fit, on which batches, with which optimizer and stream.
 * @returns The trainer; it owns parameters, slots and averages until it is disposed.
 * @throws {RangeError} If `accumulate` is no whole number of at least 1.
 * @throws {CheckpointError} If a tree of `from` does not fit the trainable or the optimizer.
 */
export function createTrainer<B extends Disposable>(options: TrainerOptions<B>): Trainer {
  const { trainable, batches, optimizer, accumulate = 1, ema = 0, ranks = ONE_RANK } = options;
  if (!(Number.isInteger(accumulate) && accumulate >= 1)) {
    throw new RangeError(`Cannot accumulate ${accumulate} micro-batches: it takes a whole number of at least 1`);
  }
  const law = typeof ema === "function" ? ema : ema === 0 ? undefined : warmedDecay(ema);
  const root = options.rng.fold("train");
  const share = microShare(accumulate, ranks);
  const sum = ranks.size === 1 ? undefined : sumGradients(ranks);
  let live = startLive(options, law !== undefined);
  let made = options.from?.step ?? 0;

  return Object.freeze({
    get step(): number {
      return made;
    },
    get params(): Params {
      return live.ema ?? live.params;
    },
    get state(): Params | undefined {
      return live.state;
    },
    async advance(): Promise<StepReport> {
      const { params, opt, ema: average, state } = live;
      const at = { trainable, params, step: made, ...(state === undefined ? {} : { state }) };
      const result = await gradientOf(at, batches, share, root.fold(made), sum);
      const norm = tidy(() => globalNorm(result.gradient));
      const scalars = await readScalars({ ...result.scalars, "gradient-norm": norm });
      dispose([norm, ...Object.values(result.scalars)]);
      const carried = result.state === undefined ? {} : { state: result.state };
      try {
        requireFinite(scalars, made);
        const next = tidy(() => {
          const { updates, slots } = optimizer.update(result.gradient, opt, { params, step: made });
          const moved = sumTrees(params, updates);
          return {
            params: moved,
            opt: slots,
            ...(average === undefined ? {} : { ema: emaStep(average, moved, law!, made) }),
          };
        });
        disposeTree(Object.values<Tree<Tensor>>(live));
        live = { ...next, ...carried };
      } catch (error) {
        disposeTree(Object.values<Tree<Tensor>>(carried));
        throw error;
      } finally {
        disposeTree(result.gradient);
      }
      made++;
      return { step: made, scalars };
    },
    snapshot: (): Promise<Snapshot> => snapshotOf(live, made),
    [Symbol.dispose](): void {
      disposeTree(Object.values<Tree<Tensor>>(live));
    },
  });
}
