import { type BackendInfo, openRun } from "../core/mod.ts";
import type { Experiment } from "./experiment.ts";
import { folderOf, identityOf } from "./identity.ts";
import { resolve } from "./resolve.ts";
import type { RunOptions } from "./run_experiment.ts";
import { openSession } from "./session.ts";
import { shapesOf } from "./match_params.ts";

/** What a run would be. */
export interface DryRun {
  /** Name of the experiment. */
  readonly experiment: string;
  /** Folder that the run would use. */
  readonly run: string;
  /** Seed of all streams. */
  readonly seed: number;
  /** Backend that would compute. */
  readonly backend: BackendInfo["name"];
  /** Training steps. */
  readonly steps: number;
  /** Data that were loaded. */
  readonly data: string;
  /** Rows of the data. */
  readonly rows: number;
  /** Number of parameters. */
  readonly params: number;
}

/**
 * Do everything that comes before training, and nothing that stays: load the data, fit what the plugin prepares, build the
 * model and make the first batch.
 *
 * @param experiment The experiment.
 * @param options Command line, signals and reporting.
 * @returns What the run would be.
 */
export async function dryRun(experiment: Experiment, options: RunOptions): Promise<DryRun> {
  const { args: { backend, out }, signals, say } = options;
  const resolved = await resolve(experiment, options.args, options.plugin);
  const { settings } = resolved;
  const root = await Deno.makeTempDir({ prefix: "morphogen-" });
  try {
    const open = () =>
      openRun({ root, experiment: experiment.name, config: identityOf(resolved), seed: settings.seed, notify: say });
    using session = await openSession(resolved, { backend, signals, say, open });
    const batches = await session.model.batches(session.data, session.root.fold("data"));
    using _ = await batches.at(0);
    for (const sentence of session.model.describe?.() ?? []) say(sentence);
    const sizes = [...shapesOf(session.model, session.root).values()].map((shape) => shape.reduce((a, b) => a * b, 1));
    return {
      experiment: experiment.name,
      run: await folderOf(resolved, out),
      seed: settings.seed,
      backend: session.backend.name,
      steps: settings.train.steps,
      data: session.data.source,
      rows: session.data.sections.reduce((sum, { rows }) => sum + rows, 0),
      params: sizes.reduce((a, b) => a + b, 0),
    };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
