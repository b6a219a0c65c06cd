import { DataError, rng, type SlideRequest } from "../core/mod.ts";
import { refuseToReplace } from "../core/io/replaceable.ts";
import { repeatsOf, trainedModel } from "./evaluate_run.ts";
import { reopen } from "./reopen.ts";
import { makeFolder, type SampleOptions } from "./sample_run.ts";
import { type SlideFiles, slideFiles, writeSlide } from "./slide_file.ts";
import { stage } from "./stage.ts";

/**
 * Draw one image of a whole section from the last checkpoint of a run.
 *
 * @param folder The run folder.
 * @param request Section, scale, overlap and region.
 * @param options Seed, place, backend, data, plugin and reporting.
 * @returns Files `slide-<section>-s<seed>` in the run folder or in `<out>`, as OME-Zarr and PNG.
 * @throws {CheckpointError} If the run cannot be used or the image cannot be written.
 * @throws {DataError} If the method draws no images, there is no such section, or it cannot be drawn.
 * @throws {Stopped} If a signal arrived.
 */
export async function slideRun(folder: string, request: SlideRequest, options: SampleOptions): Promise<SlideFiles> {
  const { out = folder, signals } = options;
  using opened = await reopen(folder, options);
  const { session } = opened;
  const { model, resolved: { settings } } = session;
  if (model.slide === undefined) {
    throw new DataError(`Cannot draw a slide with plugin "${settings.plugin.name}": it draws no images of tissue`);
  }
  const { seed = settings.seed } = options;
  await makeFolder(out);
  const files = slideFiles(`${out}/slide-${request.section.replaceAll(/[^\w.-]+/g, "_")}-s${seed}`);
  // What would be lost is known before hours of drawing.
  await refuseToReplace(files.slide);
  const { stream } = repeatsOf(rng(seed), 1)[0]!;
  const trained = trainedModel(session, opened);
  const image = await stage(
    "drawing",
    "percent",
    signals,
    (progress) => model.slide!({ ...trained, rng: stream, progress }, request),
  );
  await writeSlide(files, image);
  return files;
}
