import { canonicalJson } from "../config/canonical.ts";
import { seal } from "../config/seal.ts";
import { CheckpointError } from "../errors.ts";
import { isFileFailure, replaceFolderAtomic, writeError, writeFileAtomic } from "../io/atomic.ts";
import { pruneCheckpoints, savedSteps, stepName } from "./retention.ts";
import { RUN_FORMAT } from "./record.ts";
import type { HostTree } from "./tree_file.ts";
import { type FileWriter, writeTrees } from "./trees.ts";

/** Everything that training needs to go on. */
export interface CheckpointContent {
  /** Steps made. */
  readonly step: number;
  /** Trees by name; each becomes `<name>.safetensors`. */
  readonly trees: Readonly<Record<string, HostTree>>;
  /**
   * Small facts to carry along, JSON values without NaN and infinity.
   *
   * @default {{}}
   */
  readonly meta?: Readonly<Record<string, unknown>>;
  /**
   * Whether this is the best so far; it is kept until a better one is saved.
   *
   * @default {false}
   */
  readonly best?: boolean;
}

/** How checkpoints are saved. */
export interface SaveOptions {
  /**
   * Number of latest checkpoints that are kept besides the best.
   *
   * @default {2}
   */
  readonly keep?: number;
  /**
   * Writes one file.
   *
   * @default {writeFileAtomic}
   */
  readonly writeFile?: (path: string, content: Uint8Array | string) => Promise<void>;
}

async function writeContent(
  folder: string,
  { step, trees, meta = {}, best = false }: CheckpointContent,
  writeFile: FileWriter,
): Promise<void> {
  const files = await writeTrees(folder, trees, writeFile);
  const state = await seal({ format: RUN_FORMAT, step, best, meta, files });
  await writeFile(`${folder}/state.json`, `${canonicalJson(state)}\n`);
}

/** The disk may be full or gone: say what, where, and which checkpoint is still good. */
async function saveFailure(folder: string, target: string, error: unknown): Promise<unknown> {
  const cause = error instanceof CheckpointError ? error.cause : error;
  if (!isFileFailure(cause)) return error;
  const last = (await savedSteps(folder).catch(() => [])).at(-1);
  const kept = last === undefined ? "no checkpoint was saved before" : `the checkpoint of step ${last} is kept`;
  return new CheckpointError(`${writeError(target, cause).message}; ${kept}`, { cause });
}

/**
 * Save a checkpoint: written aside, put in place when complete, then named in `latest`; older ones are pruned.
 *
 * A crash at any moment leaves the earlier checkpoints as they were. Checkpoints of later steps, which can only be ones
 * that could not be read when the run was resumed, are removed.
 *
 * @example Usage
 * ```ts
 * import { hostArray, loadLatest, saveCheckpoint } from "@morphogen/morphogen";
 *
 * const run = { folder: await Deno.makeTempDir() };
 * const params = { kernel: hostArray(Float32Array.of(1, 2), [2]) };
 * await saveCheckpoint(run, { step: 1000, trees: { params } });
 * if ((await loadLatest(run))?.step !== 1000) throw new Error("not read back");
 * ```
 *
 * @param run The run, or an object with its folder.
 * @param content Step, trees and small facts.
 * @param options How many to keep.
 * @returns Folder of the checkpoint, `<run>/checkpoints/step-00001000`.
 * @throws {CheckpointError} If it cannot be written; the message names the folder, the fix and what is kept.
 * @throws {RangeError} If the step is no whole number from 0.
 * @throws {TypeError} If `meta` holds what JSON cannot express.
 */
export async function saveCheckpoint(
  run: { readonly folder: string },
  content: CheckpointContent,
  { keep = 2, writeFile = writeFileAtomic }: SaveOptions = {},
): Promise<string> {
  const { step } = content;
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(`Cannot save checkpoint of step ${step}: expected a whole number from 0`);
  }
  const target = `${run.folder}/checkpoints/${stepName(step)}`;
  try {
    await replaceFolderAtomic(target, (partial) => writeContent(partial, content, writeFile));
    await writeFile(`${run.folder}/checkpoints/latest`, `${stepName(step)}\n`);
  } catch (error) {
    throw await saveFailure(run.folder, target, error);
  }
  await pruneCheckpoints(run.folder, step, keep);
  return target;
}
