import { isRecord } from "../config/schema.ts";
import { CheckpointError } from "../errors.ts";
import type { CheckpointContent } from "./checkpoint.ts";
import { readVersioned, requireKnownFormat, type Versioned } from "./record.ts";
import { isBest, savedSteps, stepName } from "./retention.ts";
import { type FileRecords, readTrees } from "./trees.ts";

/** A checkpoint that was read and found intact. */
export interface Checkpoint extends Required<CheckpointContent> {
  /** Its folder. */
  readonly path: string;
}

/** How checkpoints are read. */
export interface LoadOptions {
  /**
   * Told when a checkpoint is damaged and an older one is used instead.
   *
   * @default {console.warn}
   */
  readonly notify?: (sentence: string) => void;
}

async function readState(path: string): Promise<Versioned> {
  const state = await readVersioned(`${path}/state.json`, "checkpoint");
  if (state === undefined) throw new CheckpointError(`Cannot read checkpoint "${path}": state.json is missing`);
  return state;
}

async function readContent(path: string, state: Versioned): Promise<Checkpoint> {
  const { step, best, meta, files } = state;
  if (typeof step !== "number" || !isRecord(files) || !isRecord(meta)) {
    throw new CheckpointError(`Cannot read checkpoint "${path}": state.json is incomplete`);
  }
  const trees = await readTrees(path, files as FileRecords);
  return { step, trees, meta, best: best === true, path };
}

/**
 * Read one checkpoint and verify every file against the recorded size and SHA-256.
 *
 * @param path Folder of the checkpoint.
 * @returns Step, trees and facts.
 * @throws {CheckpointError} If it is missing, incomplete or damaged, or a newer version wrote it.
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const state = await readState(path);
  requireKnownFormat(state, path);
  return await readContent(path, state);
}

/** A damaged checkpoint is a value here, since an older one may do; one that a newer version wrote is not damaged. */
async function attempt(path: string): Promise<Checkpoint | CheckpointError> {
  const damaged = (error: unknown): CheckpointError => {
    if (error instanceof CheckpointError) return error;
    throw error;
  };
  const state = await readState(path).catch(damaged);
  if (state instanceof CheckpointError) return state;
  requireKnownFormat(state, path);
  return await readContent(path, state).catch(damaged);
}

async function named(folder: string): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(`${folder}/checkpoints/latest`)).trim();
  } catch {
    return undefined;
  }
}

/**
 * Read the newest intact checkpoint of a run.
 *
 * @param run The run, or an object with its folder.
 * @param options Whom to tell about damaged checkpoints.
 * @returns The checkpoint; `undefined` if none was ever saved.
 * @throws {CheckpointError} If there are checkpoints but none is intact, or a newer version wrote them.
 */
export async function loadLatest(
  { folder }: { readonly folder: string },
  { notify = console.warn }: LoadOptions = {},
): Promise<Checkpoint | undefined> {
  const steps = (await savedSteps(folder)).toReversed();
  const latest = await named(folder);
  const problems: string[] = [];
  if (latest !== undefined && !steps.some((step) => stepName(step) === latest)) {
    problems.push(`Cannot read checkpoint "${folder}/checkpoints/${latest}": it is missing`);
  }
  for (const step of steps) {
    const found = await attempt(`${folder}/checkpoints/${stepName(step)}`);
    if (found instanceof CheckpointError) {
      problems.push(found.message);
      continue;
    }
    for (const problem of problems) notify(`WARNING: ${problem}; going on from step ${step} instead`);
    return found;
  }
  if (problems.length === 0) return undefined;
  throw new CheckpointError(`${problems[0]}, and no other checkpoint is intact; start anew with --fresh`);
}

/**
 * Read the best checkpoint of a run: the newest intact one that was saved as best.
 *
 * @param run The run, or an object with its folder.
 * @param options Whom to tell about damaged checkpoints.
 * @returns The checkpoint; `undefined` if none that was saved as best is intact.
 * @throws {CheckpointError} If a newer version wrote one.
 */
export async function loadBest(
  { folder }: { readonly folder: string },
  { notify = console.warn }: LoadOptions = {},
): Promise<Checkpoint | undefined> {
  for (const step of (await savedSteps(folder)).toReversed()) {
    const path = `${folder}/checkpoints/${stepName(step)}`;
    if (!await isBest(path)) continue;
    const found = await attempt(path);
    if (!(found instanceof CheckpointError)) return found;
    notify(`WARNING: ${found.message}; it was the best`);
  }
  return undefined;
}
