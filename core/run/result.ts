import { isRecord } from "../config/schema.ts";
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
  await writeFileAtomic(`${run.folder}/result.json`, `${JSON.stringify(result, null, 2)}\n`);
}

/**
 * Parse a result.
 *
 * @param text JSON text.
 * @returns The result; `undefined` if the text is no result.
 */
export function parseResult(text: string): ExperimentResult | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const complete = isRecord(value) && typeof value["experiment"] === "string" && isRecord(value["metrics"]);
    return complete ? value as unknown as ExperimentResult : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Read the result of a run.
 *
 * @param run The run, or an object with its folder.
 * @returns The result; `undefined` if the run is not finished.
 */
export async function readResult(run: { readonly folder: string }): Promise<ExperimentResult | undefined> {
  try {
    return parseResult(await Deno.readTextFile(`${run.folder}/result.json`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
