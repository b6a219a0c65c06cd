import { rng } from "../core/mod.ts";
import { writeAnnData } from "../core/io/anndata_writer.ts";
import { writeError } from "../core/io/atomic.ts";
import { drawSamples, repeatsOf, trainedModel } from "./evaluate_run.ts";
import { reopen, type ReopenOptions } from "./reopen.ts";

/** How to draw again. */
export interface SampleOptions extends ReopenOptions {
  /** Seed of the draws; absent means the run's own, which repeats its samples. */
  readonly seed?: number | undefined;
  /** Folder for the samples; absent means the run folder. */
  readonly out?: string | undefined;
}

/**
 * Make a folder for what is drawn.
 *
 * @param path Its path; missing parents are made too.
 * @throws {CheckpointError} If it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * Draw again from the last checkpoint of a run.
 *
 * @param folder The run folder.
 * @param options Seed, number of draws, place, backend, data, plugin and reporting.
 * @returns Stores that were written: `<run>/samples-s<seed>.zarr`, or `<out>/samples.zarr`, numbered if there are several.
 * @throws {CheckpointError} If the run cannot be used or the samples cannot be written.
 * @throws {Stopped} If a signal arrived.
 */
export async function sampleRun(folder: string, options: SampleOptions): Promise<readonly string[]> {
  const { out, signals } = options;
  using opened = await reopen(folder, options);
  const { session } = opened;
  const { settings } = session.resolved;
  const { seed = settings.seed, repeats = 1 } = options;
  const trained = trainedModel(session, opened);
  const name = out === undefined ? `${folder}/samples-s${seed}` : `${out}/samples`;
  if (out !== undefined) await makeFolder(out);
  const paths: string[] = [];
  for (const repeat of repeatsOf(rng(seed), repeats)) {
    const { table } = await drawSamples(session, trained, repeat, signals);
    const path = repeats === 1 ? `${name}.zarr` : `${name}-${repeat.number}.zarr`;
    await writeAnnData(path, table);
    paths.push(path);
  }
  return paths;
}
