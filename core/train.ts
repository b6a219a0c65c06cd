import { NumericsError } from "./errors.ts";
import type { HostArray } from "./host_array.ts";
import type { Trainable } from "./method.ts";
import { globalNorm } from "./optim/clip.ts";
import { emaStep } from "./optim/ema.ts";
import type { GradientTransform, Slots } from "./optim/mod.ts";
import type { Rng } from "./rng/mod.ts";
import type { Batches } from "./state.ts";
import { copyOf } from "./parts.ts";
import { add, dispose, div, fromHost, type Tensor, tidy, toHost, valueAndGrads } from "./tensor/mod.ts";
import { disposeTree, leaves, mapTree, type Params, type Tree, unflatten } from "./tree.ts";

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
   * Micro-batches per step; their gradients are averaged, so that a batch larger than the heap can be used.
   *
   * @default {1}
   */
  readonly accumulate?: number;
  /**
   * Decay of the moving average of the parameters per step; 0 keeps none.
   *
   * @default {0}
   */
  readonly ema?: number;
  /** Where to go on; absent starts afresh. */
  readonly from?: Snapshot;
}

/** Everything that a later step depends on, on the host; bits survive the round trip. */
export interface Snapshot {
  /** Steps made. */
  readonly step: number;
  /** Trees by name: `params`, `opt`, `ema` if kept, `state` if the trainable has one. */
  readonly trees: Readonly<Record<string, Tree<HostArray>>>;
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
  /**
   * Make one step.
   *
   * @returns Scalars of the step.
   * @throws {NumericsError} If the loss or the gradient is not finite; parameters are then those before the step.
   */
  advance(): Promise<StepReport>;
  /**
   * Copy everything to the host.
   *
   * @returns The snapshot.
   */
  snapshot(): Promise<Snapshot>;
}

type Live = {
  readonly params: Params;
  readonly opt: Slots;
  readonly ema?: Params;
  readonly state?: Params;
};

function start<B extends Disposable>({ trainable, optimizer, rng, ema, from }: TrainerOptions<B>): Live {
  if (from !== undefined) {
    const restore = (name: string): Params => mapTree<HostArray, Tensor>((leaf) => fromHost(leaf), from.trees[name]!);
    return {
      params: restore("params"),
      opt: restore("opt"),
      ...(from.trees["ema"] === undefined ? {} : { ema: restore("ema") }),
      ...(from.trees["state"] === undefined ? {} : { state: restore("state") }),
    };
  }
  return tidy(() => {
    const params = trainable.init(rng.fold("init"));
    const state = trainable.initState?.();
    return {
      params,
      opt: optimizer.init(params),
      ...(ema === undefined || ema === 0 ? {} : { ema: mapTree<Tensor, Tensor>(copyOf, params) }),
      ...(state === undefined ? {} : { state }),
    };
  });
}

interface Gradient {
  readonly gradient: Params;
  readonly scalars: Readonly<Record<string, Tensor>>;
  readonly state?: Params;
}

/** Loss and gradient of one micro-batch; all results are new tensors. */
function differentiate<B>(trainable: Trainable<B>, live: Live, batch: B, step: number, rng: Rng): Gradient {
  let names: string[] = [];
  const { value, grads, aux } = valueAndGrads(() => {
    const { total, parts, state } = trainable.loss(live.params, batch, { step, rng }, live.state);
    names = Object.keys(parts);
    return { value: total, aux: [...Object.values(parts), ...(state === undefined ? [] : leaves<Tensor>(state))] };
  }, leaves<Tensor>(live.params));
  const parts = Object.fromEntries(names.map((name, i) => [name, aux[i]!]));
  return {
    gradient: unflatten<Tensor, Tensor>(live.params, grads),
    scalars: { loss: value, ...parts },
    ...(live.state === undefined ? {} : { state: unflatten<Tensor, Tensor>(live.state, aux.slice(names.length)) }),
  };
}

function sumTrees(a: Params, b: Params): Params {
  const other = leaves<Tensor>(b);
  let next = 0;
  return mapTree<Tensor, Tensor>((leaf) => add(leaf, other[next++]!), a);
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
 */
export function createTrainer<B extends Disposable>(options: TrainerOptions<B>): Trainer {
  const { trainable, batches, optimizer, accumulate = 1, ema = 0 } = options;
  if (!(Number.isInteger(accumulate) && accumulate >= 1)) {
    throw new RangeError(`Cannot accumulate ${accumulate} micro-batches: it takes a whole number of at least 1`);
  }
  const root = options.rng.fold("train");
  let live = start(options);
  let made = options.from?.step ?? 0;

  async function accumulated(): Promise<Gradient> {
    let sum: Gradient | undefined;
    try {
      for (let micro = 0; micro < accumulate; micro++) {
        using batch = await batches.at(made * accumulate + micro);
        const previous = sum;
        sum = tidy(() => {
          // State goes through the micro-batches one after the other, as it would through steps.
          const now = previous?.state === undefined ? live : { ...live, state: previous.state };
          const next = differentiate(trainable, now, batch, made, root.fold(made).fold(micro));
          if (previous === undefined) return next;
          return { ...next, gradient: sumTrees(previous.gradient, next.gradient), scalars: sumScalars(previous, next) };
        });
        if (previous !== undefined) free(previous);
      }
    } catch (error) {
      if (sum !== undefined) free(sum);
      throw error;
    }
    if (accumulate === 1) return sum!;
    const total = sum!;
    const mean = tidy(() => ({
      gradient: mapTree<Tensor, Tensor>((leaf) => div(leaf, accumulate), total.gradient),
      scalars: Object.fromEntries(
        Object.entries(total.scalars).map(([name, scalar]) => [name, div(scalar, accumulate)]),
      ),
    }));
    free({ gradient: total.gradient, scalars: total.scalars });
    return { ...mean, ...(total.state === undefined ? {} : { state: total.state }) };
  }

  return Object.freeze({
    get step(): number {
      return made;
    },
    get params(): Params {
      return live.ema ?? live.params;
    },
    async advance(): Promise<StepReport> {
      const result = await accumulated();
      const norm = tidy(() => globalNorm(result.gradient));
      const scalars = await readScalars({ ...result.scalars, "gradient-norm": norm });
      dispose([norm, ...Object.values(result.scalars)]);
      try {
        requireFinite(scalars, made);
      } catch (error) {
        disposeTree(result.gradient);
        if (result.state !== undefined) disposeTree(result.state);
        throw error;
      }
      const next = tidy((): Live => {
        const { updates, slots } = optimizer.update(result.gradient, live.opt, { params: live.params, step: made });
        const params = sumTrees(live.params, updates);
        return {
          params,
          opt: slots,
          ...(live.ema === undefined ? {} : { ema: emaStep(live.ema, params, ema, made) }),
        };
      });
      disposeTree(result.gradient);
      const { state: oldState, ...old } = live;
      dispose(Object.values<Tree<Tensor>>(old).flatMap((tree) => leaves<Tensor>(tree)));
      if (result.state !== undefined && oldState !== undefined) disposeTree(oldState);
      const state = result.state ?? oldState;
      live = { ...next, ...(state === undefined ? {} : { state }) };
      made++;
      return { step: made, scalars };
    },
    async snapshot(): Promise<Snapshot> {
      const copy = async (tree: Tree<Tensor>): Promise<Tree<HostArray>> =>
        unflatten<Tensor, HostArray>(tree, await Promise.all(leaves<Tensor>(tree).map(toHost)));
      const names = Object.keys(live) as (keyof Live)[];
      const trees = await Promise.all(names.map((name) => copy(live[name]!)));
      return { step: made, trees: Object.fromEntries(names.map((name, i) => [name, trees[i]!])) };
    },
    [Symbol.dispose](): void {
      for (const tree of Object.values<Tree<Tensor>>(live)) disposeTree(tree);
    },
  });
}

function sumScalars(a: Gradient, b: Gradient): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(a.scalars).map(([name, scalar]) => [name, add(scalar, b.scalars[name]!)]));
}

function free({ gradient, scalars, state }: Gradient): void {
  disposeTree(gradient);
  dispose(Object.values(scalars));
  if (state !== undefined) disposeTree(state);
}
