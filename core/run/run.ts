import { isAbsolute, join, relative } from "node:path";
import { diffConfig, freezeDeep, hashConfig } from "../config/mod.ts";
import { show } from "../config/schema.ts";
import { seal } from "../config/seal.ts";
import { CheckpointError, ConfigError } from "../errors.ts";
import { writeError, writeFileAtomic } from "../io/atomic.ts";
import { lockFolder } from "./lock.ts";
import { clearDebris } from "./recover.ts";
import { readRunRecord, RUN_FORMAT, type RunRecord } from "./record.ts";

/** A run folder that this process may write; dispose it to let others have it. */
export interface Run extends Disposable {
  /** Path of the folder. */
  readonly folder: string;
  /** What `config.json` says. */
  readonly record: RunRecord;
}

/** What decides where a run lives. */
export interface RunIdentity {
  /**
   * Folder that holds all runs.
   *
   * @default {"runs"}
   */
  readonly root?: string;
  /** Name of the experiment. */
  readonly experiment: string;
  /** Merged configuration, JSON values only. */
  readonly config: unknown;
  /** Seed of all streams. */
  readonly seed: number;
}

/** How to open a run. */
export interface OpenRunOptions extends RunIdentity {
  /**
   * The run folder itself.
   *
   * @default {the folder that `runFolder` names}
   */
  readonly folder?: string;
  /** Settings from the command line, for the record. */
  readonly overrides?: readonly string[];
  /** Versions of the software, for the record. */
  readonly versions?: Readonly<Record<string, string>>;
  /**
   * Start anew: an earlier folder is renamed to `<folder>.old-1` (or the next free number).
   *
   * @default {false}
   */
  readonly fresh?: boolean;
  /** Checkpoint or run folder to start from, unless the run has a checkpoint of its own. */
  readonly from?: string;
  /**
   * Told what happened to an earlier folder.
   *
   * @default {console.warn}
   */
  readonly notify?: (sentence: string) => void;
}

/**
 * Name the folder of a run.
 *
 * @param identity Experiment, configuration and seed.
 * @returns `<root>/<experiment>/<hash of the configuration>-s<seed>`.
 */
export async function runFolder({ root = "runs", experiment, config, seed }: RunIdentity): Promise<string> {
  return `${root}/${experiment}/${await hashConfig(config)}-s${seed}`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function requireStart(from: string): Promise<void> {
  const known = await Promise.all(["state.json", "checkpoints"].map((name) => exists(`${from}/${name}`)));
  if (!known.includes(true)) {
    throw new CheckpointError(`Cannot start from "${from}": expected a checkpoint or a run folder with checkpoints`);
  }
}

/** Only an empty folder becomes a run folder: anything else is not ours to fill, let alone to rename. */
async function requireUnused(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    // What a process leaves that was killed before it had made a run of the folder.
    if (name === ".lock" || /^config\.json\.partial-\d+$/.test(name)) continue;
    // Another process may be making it a run folder meanwhile.
    if (await exists(`${folder}/config.json`)) return;
    throw new ConfigError(
      `Cannot use "${folder}" for a run: it holds "${name}" but no config.json; name an empty folder`,
    );
  }
}

async function archive(folder: string, notify: (sentence: string) => void): Promise<string> {
  let number = 1;
  while (await exists(`${folder}.old-${number}`)) number++;
  const kept = `${folder}.old-${number}`;
  await Deno.rename(folder, kept);
  notify(`Starting anew, the earlier run is kept as ${kept}`);
  return kept;
}

/** A start inside the folder that was put aside has moved with it. */
function follow(from: string, folder: string, kept: string): string {
  const inside = relative(folder, from);
  return inside.startsWith("..") || isAbsolute(inside) ? from : join(kept, inside);
}

function requireSame(folder: string, record: RunRecord, options: OpenRunOptions): void {
  const { experiment, seed, config, from = record.from } = options;
  const differences = [
    ...diffConfig(
      { experiment: record.experiment, seed: record.seed, from: record.from },
      { experiment, seed, from },
    ),
    ...diffConfig(record.config, config),
  ];
  if (differences.length === 0) return;
  const shown = differences.slice(0, 5).map(({ path, a, b }) => `${path} (${show(a)} there, ${show(b)} now)`);
  const more = differences.length > 5 ? ` and ${differences.length - 5} more` : "";
  throw new ConfigError(
    `Cannot continue run "${folder}": it differs in ${shown.join(", ")}${more}; start anew with --fresh, ` +
      `or start another run from it with --from ${folder} and another --out`,
  );
}

async function claim(folder: string): Promise<Disposable> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw writeError(folder, error);
  }
  if (!await exists(`${folder}/config.json`)) await requireUnused(folder);
  return await lockRun(folder);
}

/** Lock a run folder, and put in order what a process that was killed left there. */
async function lockRun(folder: string): Promise<Disposable> {
  const lock = await lockFolder(folder);
  try {
    for (const each of [folder, `${folder}/checkpoints`]) await clearDebris(each);
    return lock;
  } catch (error) {
    lock[Symbol.dispose]();
    throw writeError(folder, error);
  }
}

async function writeRecord(folder: string, options: OpenRunOptions): Promise<RunRecord> {
  const { experiment, seed, config, overrides = [], versions = {}, from } = options;
  const hash = await hashConfig(config);
  const origin = from === undefined ? {} : { from };
  const record = { format: RUN_FORMAT, experiment, seed, hash, config, overrides, ...origin, versions };
  await writeFileAtomic(`${folder}/config.json`, `${JSON.stringify(await seal(record), null, 2)}\n`);
  return record;
}

/** The record to go on with: the folder's own if it agrees, else a new one. */
async function settle(folder: string, options: OpenRunOptions): Promise<RunRecord> {
  const found = await readRunRecord(folder);
  if (found !== undefined) {
    requireSame(folder, found, options);
    return found;
  }
  return await writeRecord(folder, options);
}

function opened(folder: string, record: RunRecord, lock: Disposable): Run {
  return Object.freeze({
    folder,
    record: freezeDeep(structuredClone(record)),
    [Symbol.dispose]: () => lock[Symbol.dispose](),
  });
}

/**
 * Open the folder of a run for writing: make it, or go on with one whose configuration agrees.
 *
 * @example Usage
 * ```ts
 * import { openRun } from "@morphogen/morphogen";
 *
 * const root = await Deno.makeTempDir();
 * using run = await openRun({ root, experiment: "toy", config: { steps: 10 }, seed: 1 });
 * if (!/toy\/[0-9a-f]{8}-s1$/.test(run.folder)) throw new Error(run.folder);
 * ```
 *
 * @param options What identifies the run, and how to treat an earlier one.
 * @returns The run; dispose it to let other processes write the folder.
 * @throws {ConfigError} If the folder holds a run of another configuration, or something that is no run.
 * @throws {CheckpointError} If the folder cannot be written, another process writes it, a newer version wrote it, or
 * there is nothing to start from.
 */
export async function openRun(options: OpenRunOptions): Promise<Run> {
  const { fresh = false, notify = console.warn } = options;
  const folder = options.folder ?? await runFolder(options);
  let { from } = options;
  if (from !== undefined) await requireStart(from);
  let lock = await claim(folder);
  try {
    if (fresh && await exists(`${folder}/config.json`)) {
      const kept = await archive(folder, notify);
      if (from !== undefined) from = follow(from, folder, kept);
      lock[Symbol.dispose]();
      lock = await claim(folder);
    }
    const record = await settle(folder, from === undefined ? options : { ...options, from });
    return opened(folder, record, lock);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/**
 * Open the folder of an existing run, to draw or evaluate again.
 *
 * @param folder The run folder.
 * @returns The run; dispose it to let other processes write the folder.
 * @throws {CheckpointError} If the folder is no run, cannot be read, or another process writes it.
 */
export async function reopenRun(folder: string): Promise<Run> {
  const record = await readRunRecord(folder);
  if (record === undefined) {
    throw new CheckpointError(
      `Cannot open run "${folder}": it has no config.json; name a folder like runs/NAME/HASH-s1`,
    );
  }
  return opened(folder, record, await lockRun(folder));
}
