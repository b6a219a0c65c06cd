import {
  DataError,
  type HostArray,
  hostArray,
  type NumericArray,
  readArray,
  readTexts,
  type ZarrGroup,
} from "../../core/mod.ts";
import { openHdf5 } from "../import/hdf5_file.ts";
import { readNpy } from "./npy.ts";

/** Precomputed features of spots or cells. */
export interface FeatureTable {
  /** Values `[M, D]`. */
  readonly features: HostArray<NumericArray>;
  /** Barcode of each row; undefined if the file names none. */
  readonly barcodes: readonly string[] | undefined;
}

function cannotRead(path: string, problem: string): DataError {
  return new DataError(`Cannot read features from "${path}": ${problem}`);
}

async function datasetOf(root: ZarrGroup, names: readonly string[]): ReturnType<ZarrGroup["member"]> {
  for (const name of names) {
    const found = await root.member(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** HEST-Benchmark's layout: `embeddings` [M, D], `barcodes` [M, 1], and `coords`, which barcodes make superfluous. */
async function readHdf5(path: string): Promise<FeatureTable> {
  using file = await openHdf5(path);
  const known = async (): Promise<string> => (await file.root.members()).join(", ") || "nothing";
  const embeddings = await file.root.member("embeddings");
  if (embeddings?.kind !== "array" || embeddings.values !== "numbers") {
    throw cannotRead(path, `it has no numbers in "embeddings", it has ${await known()}, name them so`);
  }
  if (embeddings.dtype === "float16") {
    throw cannotRead(path, 'its "embeddings" are float16, which the HDF5 library cannot read, store them as float32');
  }
  const barcodes = await datasetOf(file.root, ["barcodes", "barcode"]);
  if (barcodes?.kind !== "array" || barcodes.values !== "texts") {
    throw cannotRead(path, `it has no texts in "barcodes", it has ${await known()}, give --barcodes FILE`);
  }
  return { features: await readArray(embeddings), barcodes: await readTexts(barcodes) };
}

async function readNumpy(path: string): Promise<FeatureTable> {
  const { shape, values } = await readNpy(path);
  if (!ArrayBuffer.isView(values)) throw cannotRead(path, "it holds texts, expected numbers [rows, features]");
  return { features: hostArray(values, shape), barcodes: undefined };
}

/**
 * Read a list of barcodes: a text file with one a line, or a `.npy` of texts.
 *
 * @param path The file.
 * @returns The barcodes in order.
 * @throws {DataError} If the file cannot be read.
 */
export async function readBarcodes(path: string): Promise<readonly string[]> {
  if (path.endsWith(".npy")) {
    const { values } = await readNpy(path);
    if (ArrayBuffer.isView(values)) throw new DataError(`Cannot read barcodes from "${path}": it holds numbers`);
    return values;
  }
  try {
    const lines = (await Deno.readTextFile(path)).split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    return lines;
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    const problem = missing ? "there is no such file, check the path" : (cause as Error).message;
    throw new DataError(`Cannot read barcodes from "${path}": ${problem}`, { cause });
  }
}

/**
 * Read features from an `.npy` file `[M, D]` or an `.h5` file with `embeddings` and `barcodes`.
 *
 * @param path The file.
 * @param barcodeFile Barcodes of its rows, where it names none or others are wanted.
 * @returns The features.
 * @throws {DataError} If the file is of another kind, damaged, or its parts differ in length.
 */
export async function readFeatures(path: string, barcodeFile?: string): Promise<FeatureTable> {
  if (!/\.(npy|h5|hdf5)$/i.test(path)) throw cannotRead(path, "it is no .npy or .h5 file, convert it to one");
  const table = await (path.endsWith(".npy") ? readNumpy(path) : readHdf5(path));
  const barcodes = barcodeFile === undefined ? table.barcodes : await readBarcodes(barcodeFile);
  const { shape } = table.features;
  if (shape.length !== 2) throw cannotRead(path, `they have shape [${shape.join(", ")}], expected [rows, features]`);
  if (barcodes !== undefined && barcodes.length !== shape[0]) {
    throw cannotRead(path, `it has ${shape[0]} rows and ${barcodes.length} barcodes, expected as many of both`);
  }
  return { features: table.features, barcodes };
}
