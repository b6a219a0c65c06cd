import { CheckpointError, resumeRun, type Snapshot } from "../core/mod.ts";
import { requireMatch } from "./match_params.ts";
import type { Session } from "./session.ts";

/** Where training begins. */
export interface StartingPoint {
  /** What the trainer goes on from; absent starts afresh. */
  readonly from?: Snapshot;
  /** Whether it is a checkpoint of this very run. */
  readonly own: boolean;
  /** Seconds that training took before. */
  readonly seconds: number;
}

/**
 * Find where training begins: at the run's newest checkpoint, at what `--from` names, or afresh.
 *
 * From another run only the parameters and their average are taken: its optimizer belongs to its own course of steps.
 *
 * @param session Run folder, model and settings.
 * @param say Tells the user one sentence.
 * @returns Where training begins.
 * @throws {CheckpointError} If there are checkpoints but none is intact, or they are of another model.
 */
export async function startingPoint(
  session: Session,
  say: (sentence: string) => void,
): Promise<StartingPoint> {
  const { run, model, root } = session;
  const found = await resumeRun(run, { notify: say });
  if (found === undefined) return { own: false, seconds: 0 };
  const { step, trees, meta, path } = found;
  const params = trees["params"];
  if (params === undefined) throw new CheckpointError(`Cannot use checkpoint "${path}": it has no parameters`);
  requireMatch(model, params, path, root);
  if (path.startsWith(`${run.folder}/checkpoints/`)) {
    say(`continuing at step ${step} of ${session.resolved.settings.train.steps}`);
    const { backend } = meta;
    if (typeof backend === "string" && backend !== session.backend.name) {
      say(
        `WARNING: the run was on backend ${backend} so far and is on ${session.backend.name} now, so its last digits ` +
          `will differ from those of one go; --backend ${backend} keeps them`,
      );
    }
    return { from: { step, trees }, own: true, seconds: typeof meta["seconds"] === "number" ? meta["seconds"] : 0 };
  }
  say(`starting from the parameters of ${path}`);
  // The trainer starts what is left out (slots, a missing average) from the parameters.
  const { opt: _, ...kept } = trees;
  return { from: { step: 0, trees: kept }, own: false, seconds: 0 };
}
