import { basename } from "node:path";
import { DataError, type HostArray, hostArray } from "../../core/mod.ts";
import { openAnnData } from "../../core/io/anndata_store.ts";
import { encoding } from "../../core/io/anndata_encoding.ts";
import { addToStore, planAddition } from "./add_to_store.ts";
import { type FeatureTable, readFeatures } from "./feature_file.ts";

/** Where features go, and how their rows are told. */
export interface AttachFeaturesOptions {
  /** Entry of `obsm` that is made, for example the name of the encoder. */
  readonly key: string;
  /**
   * File with the barcode of each row, one a line or a `.npy` of texts.
   *
   * @default {those in the file; without any, rows are taken in the order of the store}
   */
  readonly barcodes?: string;
}

/** What was attached. */
export interface FeatureRecord {
  /** Rows and features. */
  readonly shape: readonly [rows: number, features: number];
  /** How rows were matched. */
  readonly matching: "barcode" | "order";
  /** Rows of the file that the store has no barcode for. */
  readonly unused: number;
}

function cannotAttach(file: string, problem: string): DataError {
  return new DataError(`Cannot attach features from "${file}": ${problem}`);
}

/** Place of each name; fails with the first that stands twice. */
function placesOf(file: string, owner: string, names: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [row, name] of names.entries()) {
    const before = places.get(name);
    if (before !== undefined) {
      throw cannotAttach(file, `barcode "${name}" stands in rows ${before} and ${row} of ${owner}, remove one of them`);
    }
    places.set(name, row);
  }
  return places;
}

/** The row of the file for each row of the store. */
function matchRows(
  file: string,
  store: string,
  names: readonly string[],
  { features, barcodes }: FeatureTable,
): Int32Array {
  const rows = features.shape[0]!;
  if (barcodes === undefined) {
    if (rows === names.length) return Int32Array.from(names, (_, i) => i);
    const fix = "give --barcodes FILE with the barcode of each row";
    throw cannotAttach(file, `it names no barcodes and has ${rows} rows where "${store}" has ${names.length}, ${fix}`);
  }
  const places = placesOf(file, "the file", barcodes);
  placesOf(file, `"${store}"`, names);
  const missing = names.filter((name) => !places.has(name));
  if (missing.length > 0) {
    const others = missing.length === 1 ? "" : ` nor are ${missing.length - 1} others`;
    const problem = `barcode "${missing[0]}" of "${store}" is not among its ${rows}${others}`;
    throw cannotAttach(file, `${problem}, keep the rows that have features or compute the others`);
  }
  return Int32Array.from(names, (name) => places.get(name)!);
}

function takeFinite(file: string, names: readonly string[], rows: Int32Array, { features }: FeatureTable): HostArray {
  const { data, shape } = features;
  const columns = shape[1]!;
  const out = new Float32Array(rows.length * columns);
  for (let i = 0, at = 0; i < rows.length; i++) {
    for (let j = 0; j < columns; j++, at++) {
      const value = data[rows[i]! * columns + j]!;
      if (!Number.isFinite(value)) {
        const place = `feature ${j} of barcode "${names[i]}" (row ${rows[i]})`;
        throw cannotAttach(file, `${place} is ${value}, expected a finite number, compute it again`);
      }
      out[at] = value;
    }
  }
  return hostArray(out, [rows.length, columns]);
}

/**
 * Keep precomputed features beside the table of an AnnData-Zarr store.
 *
 * They become `obsm[key]`, `[N, D]` float32, in the order of the store's barcodes; `uns[key]` tells where they came
 * from. The store is changed only when all is written.
 *
 * @param store Path of the store's folder.
 * @param file An `.npy` file `[M, D]`, or an `.h5` file with `embeddings` and `barcodes`.
 * @param options Where they go, and how rows are told.
 * @returns What was attached.
 * @throws {DataError} If a barcode is missing or stands twice, the numbers of rows do not fit, or a value is not finite.
 * @throws {CheckpointError} If the store cannot be written.
 */
export async function attachFeatures(
  store: string,
  file: string,
  options: AttachFeaturesOptions,
): Promise<FeatureRecord> {
  const { key, barcodes } = options;
  const place = await planAddition(store, key);
  const table = await readFeatures(file, barcodes);
  const names = await (await openAnnData(store)).obs.index();
  const rows = matchRows(file, store, names, table);
  const features = takeFinite(file, names, rows, table);
  const matching = table.barcodes === undefined ? "order" : "barcode";
  const record = { file: basename(file), matching, features: features.shape[1]! };
  await addToStore(place, record, (obsm) => obsm.numbers(key, features, encoding("array")));
  const unused = table.features.shape[0]! - rows.length;
  return { shape: [features.shape[0]!, features.shape[1]!], matching, unused };
}
