const STEP = /^step-(\d{8,})$/;

/**
 * Name of a checkpoint folder.
 *
 * @param step Steps made.
 * @returns For example `step-00001000`.
 */
export function stepName(step: number): string {
  return `step-${String(step).padStart(8, "0")}`;
}

/**
 * Steps of all complete checkpoints of a run.
 *
 * @param folder The run folder.
 * @returns Steps in ascending order; empty if there are none.
 */
export async function savedSteps(folder: string): Promise<number[]> {
  const steps: number[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(`${folder}/checkpoints`)) {
      const match = isDirectory ? STEP.exec(name) : null;
      if (match !== null) steps.push(Number(match[1]));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return steps.sort((a, b) => a - b);
}

/**
 * Tell whether a checkpoint was saved as the best so far.
 *
 * @param path Its folder.
 * @returns Whether it was; false if that cannot be read.
 */
export async function isBest(path: string): Promise<boolean> {
  try {
    const state: unknown = JSON.parse(await Deno.readTextFile(`${path}/state.json`));
    return typeof state === "object" && state !== null && "best" in state && state.best === true;
  } catch {
    return false;
  }
}

/**
 * Remove checkpoints that are no longer needed, and what killed writers left behind.
 *
 * @param folder The run folder.
 * @param step Step that was just saved; later ones are remains of a run that could not be continued.
 * @param keep Number of latest checkpoints to keep, besides the newest one that was marked best.
 */
export async function pruneCheckpoints(folder: string, step: number, keep: number): Promise<void> {
  const parent = `${folder}/checkpoints`;
  const steps = (await savedSteps(folder)).filter((each) => each <= step);
  const kept = new Set(steps.slice(-Math.max(1, keep)).map(stepName));
  for (const each of steps.toReversed()) {
    if (!await isBest(`${parent}/${stepName(each)}`)) continue;
    kept.add(stepName(each));
    break;
  }
  for await (const { name } of Deno.readDir(parent)) {
    if (kept.has(name) || !name.startsWith("step-")) continue;
    // A leftover that cannot be removed does no harm and must not end the training.
    await Deno.remove(`${parent}/${name}`, { recursive: true }).catch(() => {});
  }
}
