import {
  type BackendInfo,
  CheckpointError,
  chooseBackend,
  ConfigError,
  type Data,
  describeBackend,
  loadPrepared,
  type Model,
  ONE_RANK,
  type Prepared,
  type Ranks,
  type Rng,
  rng,
  type Run,
  savePrepared,
  type SignalWatch,
} from "../core/mod.ts";
import type { BackendName } from "./arguments.ts";
import type { Resolved } from "./resolve.ts";
import { stage, stopIfAsked } from "./stage.ts";
import { leadThenFollow } from "./together.ts";

/** What opening a session needs besides the configuration. */
export interface SessionOptions {
  /** Where tensors are computed. */
  readonly backend: BackendName;
  /** Signal watch. */
  readonly signals: SignalWatch;
  /**
   * Who trains together; the first rank prepares for all.
   *
   * @default {one process}
   */
  readonly ranks?: Ranks;
  /**
   * Open the run folder; called once the data are loaded, so that data that cannot be used leave no folder behind.
   *
   * @returns The run, which the session owns from then on.
   */
  open(): Promise<Run>;
  /**
   * Tell the user one sentence.
   *
   * @param sentence The sentence.
   */
  say(sentence: string): void;
}

/** Data, run folder and model, ready to train or to evaluate. */
export interface Session extends Disposable {
  /** Plugin, data set and settings. */
  readonly resolved: Resolved;
  /** The backend that computes. */
  readonly backend: BackendInfo;
  /** The data. */
  readonly data: Data;
  /** The run folder. */
  readonly run: Run;
  /** The composed model. */
  readonly model: Model;
  /** Root of all streams. */
  readonly root: Rng;
  /** Sentences that belong to the results. */
  readonly notes: string[];
}

interface Loaded {
  readonly data: Data;
  readonly notes: string[];
}

async function loadData(resolved: Resolved, say: (sentence: string) => void): Promise<Loaded> {
  const { dataset, settings, experiment, location } = resolved;
  if (location === undefined && experiment.standInNotice !== undefined && dataset.name === experiment.dataset) {
    say(experiment.standInNotice);
  }
  const notes: string[] = [];
  const data = await dataset.load(settings.dataset.config, {
    ...(location === undefined ? {} : { location }),
    seed: settings.seed,
    note: say,
    warn(message): void {
      notes.push(message);
      say(`WARNING: ${message}`);
    },
  });
  if (location !== undefined && data.source !== location) {
    throw new ConfigError(
      `Cannot use "${location}" as data: data set "${dataset.name}" reads none; choose one that does, for example with ` +
        "--set dataset.name=anndata",
    );
  }
  for (const note of data.notes) say(note);
  return { data, notes: [...data.notes, ...notes] };
}

async function prepare(
  { plugin, settings }: Resolved,
  { run, data, root }: Pick<Session, "run" | "data" | "root">,
  { signals, say, ranks = ONE_RANK }: SessionOptions,
): Promise<Prepared> {
  if (plugin.prepare === undefined) return {};
  const lead = async (): Promise<Prepared> => {
    const found = await loadPrepared(run, { notify: say });
    if (found !== undefined) return found;
    const made = await stage(
      "preparing",
      "passes",
      signals,
      (progress) => plugin.prepare!(settings.plugin.config, data, root.fold("prepare"), progress),
    );
    await savePrepared(run, made);
    return made;
  };
  return await leadThenFollow(ranks, lead, () => preparedByFirst(run));
}

async function preparedByFirst(run: Run): Promise<Prepared> {
  const found = await loadPrepared(run);
  if (found !== undefined) return found;
  throw new CheckpointError(
    `Cannot see in "${run.folder}" what rank 0 has prepared: all ranks need one file system, name a shared one by --out`,
  );
}

/**
 * Start the backend, load the data, open the run folder, fit what the plugin prepares, and compose the model.
 *
 * @param resolved Plugin, data set and settings.
 * @param options Backend, run folder and reporting.
 * @returns The session; dispose it to release the run folder.
 * @throws {Stopped} If a signal arrived.
 */
export async function openSession(resolved: Resolved, options: SessionOptions): Promise<Session> {
  const { settings, plugin } = resolved;
  const { say, signals } = options;
  // The backend first, since one that cannot start is known at once; what it is can wait until the data are read.
  const backend = await chooseBackend(options.backend);
  const { data, notes } = await loadData(resolved, say);
  say(describeBackend(backend));
  for (const note of backend.notes) say(note);
  await stopIfAsked(signals);
  const run = await options.open();
  try {
    const root = rng(settings.seed);
    const prepared = await prepare(resolved, { run, data, root }, options);
    const model = plugin.build(settings.plugin.config, data.spec, prepared);
    const dispose = (): void => {
      try {
        model[Symbol.dispose]?.();
      } finally {
        run[Symbol.dispose]();
      }
    };
    return { resolved, backend, data, run, model, root, notes, [Symbol.dispose]: dispose };
  } catch (error) {
    run[Symbol.dispose]();
    throw error;
  }
}
