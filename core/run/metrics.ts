import { jsonLine } from "../io/json_line.ts";
import { appendJsonLine, readJsonLines } from "../io/jsonl.ts";
import { writeFileAtomic } from "../io/atomic.ts";

function pathOf({ folder }: { readonly folder: string }): string {
  return `${folder}/metrics.jsonl`;
}

/** What one line of `metrics.jsonl` says. */
export interface MetricLine {
  /** Steps made when the numbers were taken. */
  readonly step: number;
  /** Numbers by name. */
  readonly [name: string]: unknown;
}

/**
 * Append one line to the log of a run.
 *
 * @param run The run, or an object with its folder.
 * @param line Step and numbers by name.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function appendMetrics(run: { readonly folder: string }, line: MetricLine): Promise<void> {
  await appendJsonLine(pathOf(run), line);
}

/**
 * Read the log of a run.
 *
 * @param run The run, or an object with its folder.
 * @returns The lines in order; empty if nothing was logged yet.
 * @throws {CheckpointError} If a line other than an unfinished last one is damaged.
 */
export async function readMetrics(run: { readonly folder: string }): Promise<MetricLine[]> {
  const path = pathOf(run);
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return (await readJsonLines(path)).filter((line): line is MetricLine => typeof line["step"] === "number");
}

/**
 * Remove what was logged after a checkpoint, since training goes through those steps again.
 *
 * @param run The run, or an object with its folder.
 * @param step Step of the checkpoint; lines of later steps are removed.
 * @throws {CheckpointError} If the log cannot be read or written.
 */
export async function cutMetrics(run: { readonly folder: string }, step: number): Promise<void> {
  const lines = await readMetrics(run);
  const kept = lines.filter((line) => line.step <= step).map((line) => `${jsonLine(line)}\n`).join("");
  if (lines.length === 0 || kept === await Deno.readTextFile(pathOf(run))) return;
  await writeFileAtomic(pathOf(run), kept);
}
