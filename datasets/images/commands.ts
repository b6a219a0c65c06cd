import { attachFeatures } from "./attach_features.ts";
import { attachPatches, type AttachPatchesOptions } from "./attach_patches.ts";
import { openImage } from "./open_image.ts";

/** Tells the user something on the way. */
export type Say = (line: string) => void;

/** Arguments of `deno task data patches STORE IMAGE`. */
export interface PatchesArguments extends Omit<AttachPatchesOptions, "progress"> {
  /** Path of the AnnData-Zarr folder. */
  readonly store: string;
  /** Path of the image. */
  readonly image: string;
}

/** Arguments of `deno task data features STORE FILE`. */
export interface FeaturesArguments {
  /** Path of the AnnData-Zarr folder. */
  readonly store: string;
  /** Path of the `.npy` or `.h5` file. */
  readonly file: string;
  /** Entry of `obsm` that is made. */
  readonly key: string;
  /** File with the barcode of each row. */
  readonly barcodes?: string;
}

/** Lines of progress in a whole run. */
const STEPS = 20;

/**
 * Cut patches around the rows of a store: `deno task data patches`.
 *
 * @param args Parsed arguments.
 * @param say Receives what was done, line by line.
 * @returns Exit code 0.
 * @throws {DataError} If store, image and arguments do not fit together.
 * @throws {CheckpointError} If the store cannot be written.
 */
export async function patchesCommand({ store, image, ...options }: PatchesArguments, say: Say): Promise<number> {
  const source = await openImage(image);
  const [height, width] = source.shape;
  const microns = source.micronsPerPixel;
  const size = microns === undefined
    ? "pixel size unknown"
    : `${microns.map((value) => +value.toPrecision(4)).join(" x ")} µm per pixel`;
  say(`image: ${width} x ${height}, ${source.channels.join(", ")}, ${source.dtype}, ${size}`);
  const progress = (done: number, total: number): void => {
    const step = Math.ceil(total / STEPS);
    if (done % step === 0 || done === total) say(`patches: ${done} of ${total}`);
  };
  const record = await attachPatches(store, source, { ...options, progress });
  const window = record.window.map((value) => +value.toPrecision(6)).join(" x ");
  say(`each shows ${window} pixels of level 0, read at level ${record.level} (${record.rules[0]})`);
  if (record.outside > 0) say(`${record.outside} centres lie outside the image, their patches show the fill value`);
  else if (record.atBorder > 0) say(`${record.atBorder} patches reach over the border and are filled up`);
  say(
    `obsm "${
      options.key ?? "patches"
    }" of ${store}: ${record.channels.length} channels, ${record.size} x ${record.size}`,
  );
  return 0;
}

/**
 * Attach precomputed features to a store: `deno task data features`.
 *
 * @param args Parsed arguments.
 * @param say Receives what was done, line by line.
 * @returns Exit code 0.
 * @throws {DataError} If store and file do not fit together.
 * @throws {CheckpointError} If the store cannot be written.
 */
export async function featuresCommand({ store, file, ...options }: FeaturesArguments, say: Say): Promise<number> {
  const { shape: [rows, columns], matching, unused } = await attachFeatures(store, file, options);
  if (matching === "order") say("the file names no barcodes: its rows are taken in the order of the store");
  if (unused > 0) say(`${unused} rows of the file have barcodes that the store has not`);
  say(`obsm "${options.key}" of ${store}: ${rows} x ${columns} features`);
  return 0;
}
