import { isRecord } from "../config/schema.ts";
import { BROKEN_SEAL, unseal } from "../config/seal.ts";
import { CheckpointError } from "../errors.ts";

/** Version of the layout of run folders and checkpoints that this code writes; it reads all up to it. */
export const RUN_FORMAT = 1;

/** What `config.json` of a run folder holds. */
export interface RunRecord {
  /** Version of the layout. */
  readonly format: number;
  /** Name of the experiment. */
  readonly experiment: string;
  /** Seed of all streams. */
  readonly seed: number;
  /** Hash of `config`. */
  readonly hash: string;
  /** Merged configuration. */
  readonly config: unknown;
  /** Settings from the command line that led to it. */
  readonly overrides: readonly string[];
  /** Checkpoint or run folder that training started from, if not from scratch. */
  readonly from?: string;
  /** Versions of the software that began the run. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A JSON object with the version of its layout. */
export interface Versioned extends Readonly<Record<string, unknown>> {
  /** Version of the layout. */
  readonly format: number;
}

/**
 * Parse a JSON file of a run folder.
 *
 * @param path The file.
 * @param what What it is, for messages.
 * @returns The object; `undefined` if there is no such file.
 * @throws {CheckpointError} If it cannot be read, is no JSON object with a version, or does not have its SHA-256.
 */
export async function readVersioned(path: string, what: string): Promise<Versioned | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw new CheckpointError(`Cannot read ${what} "${path}": ${(error as Error).message}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`Cannot read ${what} "${path}": it is not valid JSON`, { cause: error });
  }
  if (!isRecord(value) || typeof value["format"] !== "number") {
    throw new CheckpointError(`Cannot read ${what} "${path}": it has no format version`);
  }
  const { format } = value;
  // How a newer version seals what it writes is not known here.
  const content = format > RUN_FORMAT ? value : await unseal(value);
  if (content === undefined) throw new CheckpointError(`Cannot read ${what} "${path}": ${BROKEN_SEAL}`);
  return { ...content, format };
}

/**
 * Refuse what a later version of this package wrote.
 *
 * @param value The parsed file.
 * @param path The file, for the message.
 * @throws {CheckpointError} If its format is newer than {@linkcode RUN_FORMAT}.
 */
export function requireKnownFormat({ format }: Versioned, path: string): void {
  if (format <= RUN_FORMAT) return;
  const versions = `format ${format}, this version reads up to ${RUN_FORMAT}`;
  throw new CheckpointError(
    `Cannot read "${path}": a newer Morphogen wrote it (${versions}); update Morphogen or start anew with --fresh`,
  );
}

/**
 * Read the record of a run.
 *
 * @param folder The run folder.
 * @returns What its `config.json` says; `undefined` if the folder is no run.
 * @throws {CheckpointError} If the record is damaged or a newer version wrote it.
 */
export async function readRunRecord(folder: string): Promise<RunRecord | undefined> {
  const path = `${folder}/config.json`;
  const value = await readVersioned(path, "run");
  if (value === undefined) return undefined;
  requireKnownFormat(value, path);
  const { experiment, seed, hash, config, overrides = [], versions = {}, from } = value;
  if (typeof experiment !== "string" || typeof seed !== "number" || typeof hash !== "string" || !isRecord(config)) {
    throw new CheckpointError(`Cannot read run "${path}": it is no record of a run; use --fresh to start anew`);
  }
  return {
    format: value.format,
    experiment,
    seed,
    hash,
    config,
    overrides: overrides as RunRecord["overrides"],
    ...(typeof from === "string" ? { from } : {}),
    versions: versions as RunRecord["versions"],
  };
}
