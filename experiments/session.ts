import {
  type BackendInfo,
  chooseBackend,
  type Data,
  loadPrepared,
  type Model,
  openRun,
  type Prepared,
  reopenRun,
  type Rng,
  rng,
  type Run,
  savePrepared,
  type SignalWatch,
} from "../core/mod.ts";
import type { BackendName } from "./arguments.ts";
import type { Settings } from "./experiment.ts";
import type { Resolved } from "./resolve.ts";
import { stage } from "./stage.ts";

/** What opening a session needs besides the configuration. */
export interface SessionOptions {
  /** Where tensors are computed. */
  readonly backend: BackendName;
  /** What the user brings as data. */
  readonly location?: string;
  /** Folder that holds all runs. */
  readonly root: string;
  /** Settings from the command line, for the record. */
  readonly overrides: readonly string[];
  /** Start anew even if the run exists. */
  readonly fresh: boolean;
  /** Checkpoint or run to start from. */
  readonly from?: string;
  /** An existing run folder to reopen, in place of one that the configuration names. */
  readonly folder?: string;
  /** Signal watch. */
  readonly signals: SignalWatch;
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

/** Versions that decide the bits of a run. */
export const VERSIONS: Readonly<Record<string, string>> = { "@morphogen/morphogen": "0.1.0", "tfjs": "4.22.0" };

/**
 * The part of the settings that names the run folder: all but the seed, and the data.
 *
 * @param settings Merged settings.
 * @param location What the user brings as data.
 * @returns JSON value.
 */
export function identityOf(settings: Settings, location: string | undefined): unknown {
  const { seed: _, ...rest } = settings;
  return { ...rest, data: location ?? "" };
}

async function loadData({ resolved, options }: Stage): Promise<{ readonly data: Data; readonly notes: string[] }> {
  const { dataset, settings, experiment } = resolved;
  const { location, say } = options;
  if (location === undefined && experiment.standInNotice !== undefined && dataset.name === experiment.dataset) {
    say(experiment.standInNotice);
  }
  const notes: string[] = [];
  const data = await dataset.load(settings.dataset.config, {
    ...(location === undefined ? {} : { location }),
    seed: settings.seed,
    note: say,
    warn(message) {
      notes.push(message);
      say(`WARNING: ${message}`);
    },
  });
  for (const note of data.notes) say(note);
  return { data, notes: [...data.notes, ...notes] };
}

interface Stage {
  readonly resolved: Resolved;
  readonly options: SessionOptions;
}

async function prepared({ resolved, options }: Stage, run: Run, data: Data, root: Rng): Promise<Prepared> {
  const { plugin, settings } = resolved;
  if (plugin.prepare === undefined) return {};
  const found = await loadPrepared(run, { notify: options.say });
  if (found !== undefined) return found;
  const made = await stage(
    "preparing",
    "passes",
    options.signals,
    (progress) => plugin.prepare!(settings.plugin.config, data, root.fold("prepare"), progress),
  );
  await savePrepared(run, made);
  return made;
}

function describe({ name, device, library, threads }: BackendInfo): string {
  const more = library === undefined ? "" : `, ${library}${threads === undefined ? "" : `, ${threads} threads`}`;
  return `backend ${name}: ${device}${more}`;
}

/**
 * Start the backend, load the data, open the run folder, fit what the plugin prepares, and compose the model.
 *
 * @param resolved Plugin, data set and settings.
 * @param options Backend, data, folders and reporting.
 * @returns The session; dispose it to release the run folder.
 */
export async function openSession(resolved: Resolved, options: SessionOptions): Promise<Session> {
  const { settings, plugin, experiment } = resolved;
  const { data, notes } = await loadData({ resolved, options });
  const backend = await chooseBackend(options.backend);
  options.say(describe(backend));
  for (const note of backend.notes) options.say(note);
  const run = options.folder !== undefined ? await reopenRun(options.folder) : await openRun({
    root: options.root,
    experiment: experiment.name,
    config: identityOf(settings, options.location),
    seed: settings.seed,
    overrides: options.overrides,
    versions: VERSIONS,
    fresh: options.fresh,
    ...(options.from === undefined ? {} : { from: options.from }),
    notify: options.say,
  });
  try {
    options.say(`run folder ${run.folder}`);
    const root = rng(settings.seed);
    const model = plugin.build(
      settings.plugin.config,
      data.spec,
      await prepared({ resolved, options }, run, data, root),
    );
    return { resolved, backend, data, run, model, root, notes, [Symbol.dispose]: () => run[Symbol.dispose]() };
  } catch (error) {
    run[Symbol.dispose]();
    throw error;
  }
}
