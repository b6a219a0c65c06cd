import { isRecord } from "../config/schema.ts";
import { BROKEN_SEAL, seal, unseal } from "../config/seal.ts";
import { CheckpointError } from "../errors.ts";
import { writeFileAtomic } from "../io/atomic.ts";

/** What a finished run reports: `result.json` of the run folder, and the output of `--json`. */
export interface ExperimentResult {
  /** Name of the experiment. */
  readonly experiment: string;
  /** The run folder. */
  readonly run: string;
  /** Seed of all streams. */
  readonly seed: number;
  /** Backend in use. */
  readonly backend: string;
  /** Training steps made. */
  readonly steps: number;
  /** Seconds that training, sampling and evaluation took, over all sessions. */
  readonly seconds: number;
  /** Data that was used. */
  readonly data: string;
  /** Number of trained parameters. */
  readonly params: number;
  /** Metrics by name; a metric that is not finite is `null`, as in JSON. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/**
 * Store the result of a run; from then on the run counts as finished.
 *
 * @param run The run, or an object with its folder.
 * @param result The result.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function writeResult(run: { readonly folder: string }, result: ExperimentResult): Promise<void> {
  await writeFileAtomic(`${run.folder}/result.json`, `${JSON.stringify(await seal({ ...result }), null, 2)}\n`);
}

function asResult(value: unknown): ExperimentResult | undefined {
  const complete = isRecord(value) && typeof value["experiment"] === "string" && isRecord(value["metrics"]);
  return complete ? value as unknown as ExperimentResult : undefined;
}

/**
 * Parse a result.
 *
 * @param text JSON text.
 * @returns The result; `undefined` if the text is no result.
 */
export function parseResult(text: string): ExperimentResult | undefined {
  try {
    return asResult(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function contentOf(text: string): Promise<ExperimentResult> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TypeError("it is not valid JSON", { cause });
  }
  const content = isRecord(value) ? await unseal(value) : {};
  if (content === undefined) throw new TypeError(BROKEN_SEAL);
  const result = asResult(content);
  if (result === undefined) throw new TypeError("it is no result");
  return result;
}

/**
 * Read the result of a run.
 *
 * @param run The run, or an object with its folder.
 * @returns The result; `undefined` if the run is not finished.
 * @throws {CheckpointError} If it is damaged; the message says how to get it anew.
 */
export async function readResult({ folder }: { readonly folder: string }): Promise<ExperimentResult | undefined> {
  const path = `${folder}/result.json`;
  try {
    return await contentOf(await Deno.readTextFile(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return undefined;
    const again = `write it anew with "deno task eval ${folder}"`;
    throw new CheckpointError(`Cannot read result "${path}": ${(cause as Error).message}; ${again}`, { cause });
  }
}
