import { RankError, type Ranks, type StopSignal } from "../core/mod.ts";
import { reportFailure } from "./failure.ts";
import { Stopped } from "./stage.ts";

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/**
 * Let all ranks stop at the same step if one of them received a signal.
 *
 * @param ranks Who takes part.
 * @param received The signal that arrived here, if one did.
 * @throws {Stopped} On every rank, if a signal arrived at any.
 * @throws {RankError} If another rank failed.
 */
export async function stopTogether(ranks: Ranks, received: StopSignal | undefined): Promise<void> {
  const words = await ranks.meet(received === undefined ? 0 : 1 + SIGNALS.indexOf(received));
  const signal = SIGNALS[Math.max(...words) - 1];
  if (signal !== undefined) throw new Stopped(signal);
}

/**
 * Do the first rank's part of something while the others wait for it.
 *
 * @typeParam T Result.
 * @param ranks Who takes part.
 * @param lead What the first rank does.
 * @param follow What the others do when it is done.
 * @returns What this rank's part returned.
 * @throws {RankError} On the others, if the first rank failed.
 */
export async function leadThenFollow<T>(
  ranks: Ranks,
  lead: () => Promise<T>,
  follow: () => Promise<T>,
): Promise<T> {
  if (ranks.rank > 0) {
    await ranks.meet();
    return await follow();
  }
  const result = await lead();
  await ranks.meet();
  return result;
}

/** Why a rank fails, as the others are told it. */
function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message.split("\n")[0]! : String(error);
}

/**
 * Do a rank's part of a job. If one fails all do; of what is said at the end only the first rank's counts, so the others'
 * processes end here, when all are done.
 *
 * @typeParam T Result.
 * @param ranks Who takes part.
 * @param part The part.
 * @returns What the part returned; on the first rank only.
 */
export async function together<T>(ranks: Ranks, part: () => Promise<T>): Promise<T> {
  try {
    return await part();
  } catch (error) {
    if (!(error instanceof RankError)) {
      if (ranks.rank > 0 && !(error instanceof Stopped)) {
        console.error(`Rank ${ranks.rank} of ${ranks.size} has failed:`);
        reportFailure(error);
      }
      await ranks.fail(sentenceOf(error));
    }
    throw error;
  } finally {
    await ranks.leave();
    // Launchers kill the rest of a job when one process ends badly, so that is left to the first rank, which explains why.
    if (ranks.rank > 0) Deno.exit(0);
  }
}
