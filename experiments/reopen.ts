import {
  type AnyPlugin,
  CheckpointError,
  ConfigError,
  loadLatest,
  type Params,
  readRunRecord,
  reopenRun,
  type RunRecord,
  type SignalWatch,
} from "../core/mod.ts";
import type { BackendName } from "./arguments.ts";
import type { Experiment } from "./experiment.ts";
import { loadLearned, trainedTree } from "./load_learned.ts";
import { requireMatch } from "./match_params.ts";
import { EXPERIMENTS } from "./registry.ts";
import { resolve, type Resolved } from "./resolve.ts";
import { selectedCheckpoint } from "./select_parameters.ts";
import { openSession, type Session } from "./session.ts";

/** How to reopen a run. */
export interface ReopenOptions {
  /** Where tensors are computed. */
  readonly backend: BackendName;
  /** Data in place of those that the run was trained on, or where these are now. */
  readonly data?: string | undefined;
  /** Settings `path=value` to change, left to right; those of the network have to stay. */
  readonly set?: readonly string[] | undefined;
  /** Number of draws; absent means as the run says. */
  readonly repeats?: number | undefined;
  /** The run's plugin, if it is from outside. */
  readonly plugin?: AnyPlugin | undefined;
  /** Experiments that come with a plugin from outside. */
  readonly experiments?: readonly Experiment[] | undefined;
  /** Signal watch. */
  readonly signals: SignalWatch;
  /**
   * Tell the user one sentence.
   *
   * @param sentence The sentence.
   */
  say(sentence: string): void;
}

/** A trained model, ready to draw from. */
export interface Reopened extends Disposable {
  /** Data, run folder and model. */
  readonly session: Session;
  /** Trained parameters: their moving average if training kept one. */
  readonly params: Params;
  /** State that gradients do not train, if the model has any. */
  readonly state: Params | undefined;
  /** Training steps made. */
  readonly step: number;
  /** Seconds that training took. */
  readonly seconds: number;
}

/**
 * Read the record of a run that is expected to exist.
 *
 * @param folder The run folder.
 * @returns What its `config.json` says.
 * @throws {CheckpointError} If there is no such run, its record is damaged, or a newer version wrote it.
 */
export async function requireRecord(folder: string): Promise<RunRecord> {
  const record = await readRunRecord(folder);
  if (record !== undefined) return record;
  throw new CheckpointError(
    `Cannot open run "${folder}": there is no config.json; name a run folder such as runs/NAME/HASH-s1`,
  );
}

async function resolveRecord(folder: string, record: RunRecord, options: ReopenOptions): Promise<Resolved> {
  const { experiment: name, seed } = record;
  const experiment = options.experiments?.find((own) => own.name === name) ??
    (Object.hasOwn(EXPERIMENTS, name) ? await EXPERIMENTS[name]!() : undefined);
  if (experiment === undefined) {
    throw new CheckpointError(
      `Cannot open run "${folder}": this version has no experiment "${name}"; ` +
        "if it came with a plugin from outside, name that by --plugin",
    );
  }
  const repeats = options.repeats === undefined ? [] : [`evaluate.repeats=${options.repeats}`];
  const set = [...options.set ?? [], ...repeats];
  const args = { set, config: `${folder}/config.json`, data: options.data, seed, steps: undefined };
  try {
    return await resolve(experiment, args, options.plugin);
  } catch (error) {
    if (!(error instanceof ConfigError) || !error.message.startsWith("Cannot find plugin")) throw error;
    throw new ConfigError(`${error.message}; name the module of a plugin from outside by --plugin`, { cause: error });
  }
}

/**
 * Load what a run was trained on and what came out of it.
 *
 * @param folder The run folder.
 * @param options Backend, data, plugin and reporting.
 * @returns Session and trained parameters; dispose it to release both.
 * @throws {CheckpointError} If there is no such run, it has no intact checkpoint, or that does not fit the data.
 */
export async function reopen(folder: string, options: ReopenOptions): Promise<Reopened> {
  const { backend, signals, say } = options;
  const record = await requireRecord(folder);
  const resolved = await resolveRecord(folder, record, options);
  const checkpoint = await loadLatest({ folder }, { notify: say });
  if (checkpoint === undefined) {
    throw new CheckpointError(
      `Cannot use run "${folder}": it has no checkpoint yet; train it with "deno task exp ${record.experiment}"`,
    );
  }
  const { step, meta } = checkpoint;
  const { steps } = resolved.settings.train;
  if (step < steps) say(`training stopped at step ${step} of ${steps}: results are of an unfinished run`);
  const seconds = typeof meta["seconds"] === "number" ? meta["seconds"] : 0;
  const session = await openSession(resolved, { backend, signals, say, open: () => reopenRun(folder) });
  const { set = [] } = options;
  if (set.length > 0) session.notes.push(`evaluated with other settings than trained with: ${set.join(", ")}`);
  try {
    const used = await selectedCheckpoint(session) ?? checkpoint;
    requireMatch(session.model, trainedTree(used), used.path, session.root);
    const learned = loadLearned(used);
    return {
      session,
      params: learned.params,
      state: learned.state,
      step,
      seconds,
      [Symbol.dispose](): void {
        learned[Symbol.dispose]();
        session[Symbol.dispose]();
      },
    };
  } catch (error) {
    session[Symbol.dispose]();
    throw error;
  }
}
