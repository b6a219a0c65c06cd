import {
  type Checkpoint,
  CheckpointError,
  disposeTree,
  fromHost,
  type HostArray,
  mapTree,
  type Params,
  type Tensor,
  type Tree,
} from "../core/mod.ts";
import type { Learned } from "./evaluate_run.ts";

/** What a checkpoint holds, on the backend; disposing frees it. */
export interface LoadedLearned extends Learned, Disposable {}

/**
 * The trained parameters of a checkpoint: their moving average if training kept one.
 *
 * @param checkpoint The checkpoint.
 * @returns The parameters.
 * @throws {CheckpointError} If it has none.
 */
export function trainedTree({ path, trees }: Checkpoint): Tree<HostArray> {
  const found = trees["ema"] ?? trees["params"];
  if (found === undefined) throw new CheckpointError(`Cannot use checkpoint "${path}": it has no parameters`);
  return found;
}

/**
 * Bring what a checkpoint holds to the backend.
 *
 * @param checkpoint The checkpoint.
 * @returns Trained parameters and state.
 * @throws {CheckpointError} If it has no parameters.
 */
export function loadLearned(checkpoint: Checkpoint): LoadedLearned {
  const upload = (tree: Tree<HostArray>): Params => mapTree<HostArray, Tensor>((leaf) => fromHost(leaf), tree);
  const params = upload(trainedTree(checkpoint));
  const { state: stored } = checkpoint.trees;
  const state = stored === undefined ? undefined : upload(stored);
  return {
    params,
    state,
    [Symbol.dispose](): void {
      disposeTree(params);
      if (state !== undefined) disposeTree(state);
    },
  };
}
