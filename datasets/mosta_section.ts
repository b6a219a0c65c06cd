import {
  type AnnData,
  DataError,
  type HostArray,
  hostArray,
  type Matrix,
  type SparseMatrix,
  takeRows,
} from "../core/mod.ts";
import type { RowBlock } from "../core/io/matrix_source.ts";
import { byRows } from "../core/spatial/sparse.ts";
import { openH5ad } from "./import/h5ad.ts";
import type { ImportSource } from "./import/source.ts";
import { uniqueNames } from "./import/text_columns.ts";
import { categoriesOf } from "./columns.ts";
import { coordinatesOf } from "./coordinates.ts";
import type { RowBlocks } from "./preprocess/rows.ts";

/** Layers that hold the counts, as files of different ages call them. */
const COUNT_LAYERS: readonly string[] = ["count", "counts"];

/** A section file: what is known before its counts are read. */
export interface MostaFile {
  /** Section, for example `E9.5_E1S1`. */
  readonly section: string;
  /** Stage, for example `E9.5`. */
  readonly stage: string;
  /** Path of the file. */
  readonly path: string;
  /** Number of bins. */
  readonly bins: number;
  /** Gene symbols; repeated ones are made unique. */
  readonly genes: readonly string[];
  /** Places `[bins, 2]`. */
  readonly spatial: HostArray;
  /** Label of each bin; empty where it is missing. */
  readonly annotation: readonly string[];
}

/** A file, and the bins of it that are used. */
export interface ChosenBins {
  /** The file. */
  readonly file: MostaFile;
  /** Bins to read, rising. */
  readonly kept: Int32Array;
}

async function openCounts(path: string): Promise<ImportSource> {
  const plain = await openH5ad(path, {});
  const layer = COUNT_LAYERS.find((name) => Object.hasOwn(plain.layers, name));
  plain[Symbol.dispose]();
  if (layer !== undefined) return await openH5ad(path, { layer });
  const known = Object.keys(plain.layers).join(", ") || "no layers";
  throw new DataError(`Cannot find counts in "${path}": expected layer "count" or "counts", there are ${known}`);
}

function planeOf(table: AnnData): HostArray {
  const { data, shape } = coordinatesOf(table, "spatial");
  const dims = shape[1]!;
  const places = Float32Array.from({ length: 2 * shape[0]! }, (_, at) => data[(at >> 1) * dims + at % 2]!);
  return hostArray(places, [shape[0]!, 2]);
}

/**
 * Look into a section file.
 *
 * @param path Path of the file.
 * @param section Its section, for example `E9.5_E1S1`.
 * @returns What it holds besides its counts.
 * @throws {DataError} If it cannot be read, or has no sparse counts, places or labels.
 */
export async function openMostaFile(path: string, section: string): Promise<MostaFile> {
  using source = await openCounts(path);
  if (source.X?.kind !== "csr") throw new DataError(`Cannot read the counts of "${path}": they are not sparse`);
  const table: AnnData = { ...source, X: hostArray(new Float32Array(), [0, 0]), layers: {}, obsp: {} };
  const { codes, names } = categoriesOf(table, "annotation", "labels");
  return {
    section,
    stage: section.split("_")[0]!,
    path,
    bins: source.obs.index.length,
    genes: uniqueNames(source.var.index),
    spatial: planeOf(table),
    annotation: Array.from(codes, (code) => names[code] ?? ""),
  };
}

/** Keep rows and columns of a block compressed by row. */
function selectEntries(
  block: Matrix,
  start: number,
  kept: Uint8Array,
  column: Int32Array,
  genes: number,
): SparseMatrix {
  if (!("kind" in block)) throw new TypeError("Cannot select entries of a dense block: compress it by row first");
  const rows = byRows(block);
  const [data, indices, indptr]: [number[], number[], number[]] = [[], [], [0]];
  for (let row = 0; row < rows.shape[0]; row++) {
    if (kept[start + row] !== 1) continue;
    for (let at = rows.indptr[row]!; at < rows.indptr[row + 1]!; at++) {
      const to = column[rows.indices[at]!]!;
      if (to < 0) continue;
      data.push(rows.data[at]!);
      indices.push(to);
    }
    indptr.push(data.length);
  }
  const sparse = { indptr: Int32Array.from(indptr), indices: Int32Array.from(indices), data: Float32Array.from(data) };
  return { kind: "csr", shape: [indptr.length - 1, genes], ...sparse };
}

/** Counts of the bins of one file. */
async function* countsOf({ file, kept }: ChosenBins, genes: readonly string[]): AsyncGenerator<SparseMatrix> {
  using source = await openCounts(file.path);
  const place = new Map(genes.map((gene, i) => [gene, i]));
  const column = Int32Array.from(file.genes, (gene) => place.get(gene) ?? -1);
  const mask = new Uint8Array(file.bins);
  for (const row of kept) mask[row] = 1;
  let start = 0;
  for await (const block of source.X!.blocks(0)) {
    const chosen = selectEntries(block, start, mask, column, genes.length);
    if (chosen.shape[0] > 0) yield chosen;
    start += block.shape[0]!;
  }
}

/**
 * Counts of bins of several sections, one below the other; files are read anew in each pass, a block at a time.
 *
 * @param chosen Files, and the bins of each.
 * @param genes Genes to read; each file has them.
 * @returns Counts `[bins of all, genes]`.
 */
export function countsOfBins(chosen: readonly ChosenBins[], genes: readonly string[]): RowBlocks {
  return Object.freeze({
    name: "counts",
    sparse: true,
    type: "float32",
    rows: chosen.reduce((sum, { kept }) => sum + kept.length, 0),
    columns: genes.length,
    blocks: async function* (): AsyncGenerator<RowBlock> {
      let start = 0;
      for (const one of chosen) {
        for await (const rows of countsOf(one, genes)) {
          yield { start, rows };
          start += rows.shape[0];
        }
      }
    },
  });
}

/**
 * Places and labels of the bins of a file that are used.
 *
 * @param chosen File and bins.
 * @returns Places `[kept, 2]` and labels.
 */
export function annotationsOfBins(
  { file, kept }: ChosenBins,
): { readonly spatial: HostArray; readonly annotation: readonly string[] } {
  const { data, shape } = takeRows(file.spatial, kept);
  return {
    spatial: hostArray(Float32Array.from(data), shape),
    annotation: Array.from(kept, (row) => file.annotation[row]!),
  };
}
