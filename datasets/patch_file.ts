import { DataError, hostArray, type RowSource } from "../core/mod.ts";
import { rowSize } from "../core/host_array.ts";
import { openHdf5 } from "./import/hdf5_file.ts";

/** Image patches of one slide. */
export interface PatchFile {
  /** Barcode of each patch. */
  readonly barcodes: readonly string[];
  /** Patches `[N, H, W, 3]`, uint8, read from the file as they are asked for. */
  readonly images: RowSource;
}

/** Rows that follow each other are read together. */
function runsOf(index: ArrayLike<number>): readonly { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let i = 0; i < index.length; i++) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === index[i]) last.to++;
    else runs.push({ from: index[i]!, to: index[i]! + 1 });
  }
  return runs;
}

function imageRows(path: string, shape: readonly number[]): RowSource {
  return Object.freeze({
    shape,
    read: async (index?: ArrayLike<number>) => {
      using file = await openHdf5(path);
      const img = await file.root.member("img");
      if (img?.kind !== "array") throw new DataError(`Cannot read ${path}: its "img" is gone`);
      const rows = shape[0]!;
      const wanted = index ?? Int32Array.from({ length: rows }, (_, i) => i);
      const outside = Array.from(wanted).find((row) => !(row >= 0 && row < rows));
      if (outside !== undefined) throw new RangeError(`Cannot read patch ${outside} of ${path}: it has ${rows}`);
      const data = new Uint8Array(wanted.length * rowSize(shape));
      let at = 0;
      for (const { from, to } of runsOf(wanted)) {
        const part = await img.numbers(from, to);
        data.set(part.data, at);
        at += part.data.length;
      }
      return hostArray(data, [wanted.length, ...shape.slice(1)]);
    },
  });
}

/**
 * Open a file of image patches as HEST writes them: `img` `[N, H, W, 3]` uint8 and `barcode` `[N]` or `[N, 1]`.
 *
 * @param path Path of the `.h5` file.
 * @returns Barcodes in memory, images as a stream.
 * @throws {DataError} If the file cannot be read, or lacks one of them.
 */
export async function openPatches(path: string): Promise<PatchFile> {
  using file = await openHdf5(path);
  const [img, names] = [await file.root.member("img"), await file.root.member("barcode")];
  if (img?.kind !== "array" || img.shape.length !== 4 || img.dtype !== "uint8") {
    throw new DataError(`Cannot use ${path}: expected "img" of shape [N, H, W, 3] and type uint8`);
  }
  if (names?.kind !== "array" || names.values !== "texts") {
    throw new DataError(`Cannot use ${path}: expected "barcode" with one text per patch`);
  }
  const { texts: barcodes } = await names.texts(0, names.shape[0] ?? 0);
  if (barcodes.length !== img.shape[0]) {
    throw new DataError(`Cannot use ${path}: it has ${img.shape[0]} patches and ${barcodes.length} barcodes`);
  }
  return { barcodes, images: imageRows(path, img.shape) };
}
