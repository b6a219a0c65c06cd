import { basename } from "node:path";
import { DataError, type HostArray, hostArray, type NumericArray, readArray, type Uns } from "../../core/mod.ts";
import { openAnnData } from "../../core/io/anndata_store.ts";
import { addToStore, planAddition } from "./add_to_store.ts";
import { checkPlaces } from "./check_places.ts";
import { cutPatches } from "./cut_patches.ts";
import type { ImageSource } from "./image.ts";
import type { PatchOptions, PatchRecord } from "./patch.ts";
import { writePatches } from "./patch_spool.ts";

/** What to cut, and where it goes. */
export interface AttachPatchesOptions extends PatchOptions {
  /**
   * Entry of `obsm` that is made.
   *
   * @default {"patches"}
   */
  readonly key?: string;
  /**
   * Entry of `obsm` with the coordinates of the centres, x and y first.
   *
   * @default {"spatial"}
   */
  readonly coordinates?: string;
  /**
   * Told how many of how many patches are cut.
   *
   * @default {nothing}
   */
  readonly progress?: (done: number, total: number) => void;
}

/** Coordinates of all rows of a store. */
async function coordinatesIn(store: string, key: string): Promise<HostArray<NumericArray>> {
  const table = await openAnnData(store);
  const node = await table.root.member(`obsm/${key}`);
  if (node?.kind !== "array") {
    const known = (await table.names("obsm")).join(", ") || "no arrays";
    throw new DataError(
      `Cannot find coordinates in obsm "${key}" of "${store}": obsm has ${known}, give --coordinates`,
    );
  }
  const found = await readArray(node);
  if (found.shape[0] === table.obs.rows) return found;
  const problem = `obsm "${key}" has ${found.shape[0]} rows and obs ${table.obs.rows}`;
  throw new DataError(`Cannot use the coordinates of "${store}": ${problem}, write the store again`);
}

/** Refuse coordinates that look like µm; who gives a scale says what they are. */
function checkUnit(
  image: ImageSource,
  { data, shape }: HostArray<NumericArray>,
  { scale, micronsPerPixel = image.micronsPerPixel?.[0] }: AttachPatchesOptions,
): void {
  if (scale !== undefined || micronsPerPixel === undefined || !(shape[1]! >= 2)) return;
  const places = Float64Array.from({ length: 2 * shape[0]! }, (_, at) => data[(at >> 1) * shape[1]! + at % 2]!);
  const fix = `give --scale ${+(1 / micronsPerPixel).toPrecision(6)} for places in µm, or --scale 1 if they are pixels`;
  checkPlaces(image, { places, micronsPerPixel, fix });
}

function numbers(values: readonly number[], shape: readonly number[] = [values.length]): HostArray<Float64Array> {
  return hostArray(Float64Array.from(values), shape);
}

async function recordOf(
  image: ImageSource,
  record: PatchRecord,
  coordinates: string,
): Promise<{ readonly [name: string]: Uns }> {
  const { isFile, size: bytes } = await Deno.stat(image.name).catch(() => ({ isFile: false, size: 0 }));
  return {
    image: {
      file: basename(image.name),
      format: image.format,
      ...(isFile && { bytes }),
      shape: hostArray(Int32Array.from(image.shape), [3]),
      dtype: image.dtype,
      levels: image.levels.length,
      ...(image.micronsPerPixel !== undefined && { microns_per_pixel_xy: numbers(image.micronsPerPixel) }),
    },
    size: record.size,
    level: record.level,
    downsample_xy: numbers(image.levels[record.level]!.downsample),
    window_pixels_xy: numbers(record.window),
    ...(record.micronsPerPixel !== undefined && { microns_per_pixel_xy: numbers(record.micronsPerPixel) }),
    channels: record.channels,
    resampling_xy: record.rules,
    fill: record.fill,
    range_low_high: numbers(record.ranges.flat(), [record.ranges.length, 2]),
    rounding: "half up, after cutting off at the range",
    coordinates,
    scale: record.scale,
    patches_at_border: record.atBorder,
    centres_outside: record.outside,
  };
}

/**
 * Cut a patch around each row of an AnnData-Zarr store and keep them beside the table.
 *
 * They become `obsm[key]`, `[N, H, W, C]` uint8 in chunks of about 1 MiB; `uns[key]` tells how they were cut. The store
 * is changed only when all is written.
 *
 * @param store Path of the store's folder.
 * @param image The image.
 * @param options What to cut, and where it goes.
 * @returns How the patches were cut.
 * @throws {DataError} If the store has no such coordinates or has the key already, the image or options do not fit, or the
 * coordinates are in another unit than the image.
 * @throws {CheckpointError} If the store cannot be written.
 */
export async function attachPatches(
  store: string,
  image: ImageSource,
  options: AttachPatchesOptions,
): Promise<PatchRecord> {
  const { key = "patches", coordinates = "spatial", progress = () => {} } = options;
  const place = await planAddition(store, key);
  const centres = await coordinatesIn(store, coordinates);
  checkUnit(image, centres, options);
  const cut = await cutPatches(image, centres, options);
  const record = await recordOf(image, cut.record, coordinates);
  await addToStore(
    place,
    record,
    (obsm, scratch) => writePatches(obsm, key, cut, scratch, (done) => progress(done, cut.shape[0])),
  );
  return cut.record;
}
