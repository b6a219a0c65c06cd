import { CheckpointError } from "./errors.ts";
import type { HostArray } from "./host_array.ts";
import type { Trainable } from "./method.ts";
import type { GradientTransform, Slots } from "./optim/mod.ts";
import type { Rng } from "./rng/mod.ts";
import { clone, fromHost, type Tensor, tidy, toHost } from "./tensor/mod.ts";
import { entries, leaves, mapTree, type Params, type Tree, unflatten } from "./tree.ts";

/** Everything that a later step depends on, on the host; bits survive the round trip. */
export interface Snapshot {
  /** Steps made. */
  readonly step: number;
  /** Trees by name: `params`, `opt`, `ema` if kept, `state` if the trainable has one; only `params` is needed to go on. */
  readonly trees: Readonly<Record<string, Tree<HostArray>>>;
}

/** What changes from step to step. */
export type Live = {
  readonly params: Params;
  readonly opt: Slots;
  readonly ema?: Params;
  readonly state?: Params;
};

/** What training starts with. */
export interface StartOptions<B> {
  /** What is fitted. */
  readonly trainable: Trainable<B>;
  /** Makes the slots. */
  readonly optimizer: GradientTransform;
  /** Root stream; parameters are drawn from `rng.fold("init")`. */
  readonly rng: Rng;
  /** Where to go on. */
  readonly from?: Snapshot;
}

function shapeText(shape: readonly number[] | undefined): string {
  return shape === undefined ? "is absent" : `has shape [${shape.join(", ")}]`;
}

/** Upload a stored tree in the structure of the model's own. */
function restored(name: string, stored: Tree<HostArray>, like: Tree<Tensor>): Tree<Tensor> {
  const found = new Map(entries<HostArray>(stored));
  const wanted = new Map(entries<Tensor>(like));
  for (const path of new Set([...wanted.keys(), ...found.keys()])) {
    const [there, here] = [shapeText(found.get(path)?.shape), shapeText(wanted.get(path)?.shape)];
    if (there === here) continue;
    throw new CheckpointError(
      `Cannot go on from the snapshot: "${path === "" ? name : `${name}/${path}`}" ${there} there and ${here} here; ` +
        "build model and optimizer with the settings it was made with, or start from its parameters alone",
    );
  }
  return mapTree<Tensor, Tensor>((_, path) => fromHost(found.get(path)!), like);
}

/**
 * Make what training starts with: anew, or from a snapshot with what it lacks made anew.
 *
 * @param options Trainable, optimizer, stream and snapshot.
 * @param averaged Whether an average of the parameters is kept.
 * @returns New tensors.
 * @throws {CheckpointError} If a tree of the snapshot does not fit.
 */
export function startLive<B>({ trainable, optimizer, rng, from }: StartOptions<B>, averaged: boolean): Live {
  const take = (name: string, own: Tree<Tensor>): Tree<Tensor> => {
    const stored = from?.trees[name];
    return stored === undefined ? own : restored(name, stored, own);
  };
  if (from !== undefined && from.trees["params"] === undefined) {
    throw new CheckpointError('Cannot go on from the snapshot: it has no tree "params"; start without it');
  }
  return tidy(() => {
    const params = take("params", trainable.init(rng.fold("init")));
    const state = trainable.initState?.();
    return {
      params,
      opt: take("opt", optimizer.init(params)),
      ...(averaged ? { ema: take("ema", mapTree<Tensor, Tensor>(clone, params)) } : {}),
      ...(state === undefined ? {} : { state: take("state", state) }),
    };
  });
}

/**
 * Copy everything to the host.
 *
 * @param live What changes from step to step; borrowed.
 * @param step Steps made.
 * @returns The snapshot.
 */
export async function snapshotOf(live: Live, step: number): Promise<Snapshot> {
  const copy = async (tree: Tree<Tensor>): Promise<Tree<HostArray>> =>
    unflatten<Tensor, HostArray>(tree, await Promise.all(leaves<Tensor>(tree).map(toHost)));
  const names = Object.keys(live) as (keyof Live)[];
  const trees = await Promise.all(names.map((name) => copy(live[name]!)));
  return { step, trees: Object.fromEntries(names.map((name, i) => [name, trees[i]!])) };
}
