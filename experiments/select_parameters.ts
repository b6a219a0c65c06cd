import {
  disposeTree,
  fromHost,
  type HostArray,
  loadBest,
  mapTree,
  type Params,
  type Tensor,
  type Tree,
} from "../core/mod.ts";
import { type Learned, trainedModel } from "./evaluate_run.ts";
import type { Session } from "./session.ts";

/** Scores the parameters that are saved while training, if the model asks for it. */
export interface Selector {
  /**
   * Score parameters.
   *
   * @param learned Parameters and state.
   * @returns What belongs to the checkpoint: its score, and whether it is the best so far; nothing if nobody chooses.
   */
  score(learned: Learned): Promise<{ readonly score?: number; readonly best: boolean }>;
}

async function bestScore({ run, model }: Session): Promise<number> {
  if (model.select === undefined) return -Infinity;
  const score = (await loadBest(run))?.meta["score"];
  return typeof score === "number" ? score : -Infinity;
}

/**
 * Prepare to choose among the parameters that are saved.
 *
 * @param session The model and its run, whose earlier checkpoints count.
 * @returns The selector.
 */
export async function selectorOf(session: Session): Promise<Selector> {
  let top = await bestScore(session);
  return {
    async score(learned: Learned): Promise<{ readonly score?: number; readonly best: boolean }> {
      const { model, root } = session;
      if (model.select === undefined) return { best: false };
      const rng = root.fold("select");
      const score = await model.select({ ...trainedModel(session, learned), rng, progress: () => {} });
      const best = score > top;
      if (best) top = score;
      return { ...(Number.isFinite(score) ? { score } : {}), best };
    },
  };
}

/** Parameters that were chosen; disposing them frees them. */
export interface Selected extends Learned, Disposable {
  /** Steps after which they were saved. */
  readonly step: number;
}

/**
 * Read the best parameters of a run, and say so in its notes.
 *
 * @param session The model and its run.
 * @returns The parameters; undefined if the model does not choose, or none scored.
 */
export async function selectedParameters(session: Session): Promise<Selected | undefined> {
  const { model, run, notes } = session;
  const found = model.select === undefined ? undefined : await loadBest(run);
  const chosen = found?.trees["ema"] ?? found?.trees["params"];
  if (found === undefined || chosen === undefined) return undefined;
  const upload = (tree: Tree<HostArray>): Params => mapTree<HostArray, Tensor>((leaf) => fromHost(leaf), tree);
  const params = upload(chosen);
  const state = found.trees["state"] === undefined ? undefined : upload(found.trees["state"]);
  const score = found.meta["score"];
  notes.push(
    `the parameters are those of step ${found.step}, the best of those that were saved` +
      (typeof score === "number" ? ` (score ${score.toPrecision(3)})` : ""),
  );
  return {
    params,
    state,
    step: found.step,
    [Symbol.dispose](): void {
      disposeTree(params);
      if (state !== undefined) disposeTree(state);
    },
  };
}
