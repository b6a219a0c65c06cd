import { type Checkpoint, loadBest } from "../core/mod.ts";
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

/**
 * Read the checkpoint that a model chose among those of its run, and say so in the notes.
 *
 * @param session The model and its run, whose notes are added to.
 * @returns The checkpoint; undefined if the model does not choose, or none scored.
 */
export async function selectedCheckpoint({ model, run, notes }: Session): Promise<Checkpoint | undefined> {
  const found = model.select === undefined ? undefined : await loadBest(run);
  if (found === undefined) return undefined;
  const score = found.meta["score"];
  notes.push(
    `the parameters are those of step ${found.step}, the best of those that were saved` +
      (typeof score === "number" ? ` (score ${score.toPrecision(3)})` : ""),
  );
  return found;
}
