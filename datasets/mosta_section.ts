import {
  type AnnData,
  concatRows,
  DataError,
  type HostArray,
  hostArray,
  type Matrix,
  type SparseMatrix,
} from "../core/mod.ts";
import { byRows } from "../core/spatial/sparse.ts";
import { openH5ad } from "./import/h5ad.ts";
import type { ImportSource } from "./import/source.ts";
import { categoriesOf } from "./columns.ts";
import { coordinatesOf } from "./coordinates.ts";
import { joinRows } from "./matrix.ts";

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
}

/** The second `A` becomes `A-1`, as AnnData's `var_names_make_unique` does. */
function uniqueNames(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  const taken = new Set(names);
  return names.map((name) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    if (count === 0) return name;
    let other = count;
    while (taken.has(`${name}-${other}`)) other++;
    taken.add(`${name}-${other}`);
    return `${name}-${other}`;
  });
}

async function openCounts(path: string): Promise<ImportSource> {
  const plain = await openH5ad(path, {});
  const layer = COUNT_LAYERS.find((name) => Object.hasOwn(plain.layers, name));
  plain[Symbol.dispose]();
  if (layer !== undefined) return await openH5ad(path, { layer });
  const known = Object.keys(plain.layers).join(", ") || "no layers";
  throw new DataError(`Cannot find counts in "${path}": expected layer "count" or "counts", there are ${known}`);
}

/**
 * Look into a section file.
 *
 * @param folder Folder of the files.
 * @param file Name, `<stage>_<section>.MOSTA.h5ad`.
 * @returns What it holds.
 * @throws {DataError} If it cannot be read or has no counts.
 */
export async function openMostaFile(folder: string, file: string): Promise<MostaFile> {
  const path = `${folder}/${file}`;
  using source = await openCounts(path);
  const section = file.replace(".MOSTA.h5ad", "");
  const genes = uniqueNames(source.var.index);
  return { section, stage: section.split("_")[0]!, path, bins: source.obs.index.length, genes };
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

/**
 * Read some bins of a section.
 *
 * @param file The file.
 * @param kept Bins to read, rising.
 * @param genes Genes to read.
 * @returns Counts `[kept, genes]`, places, and labels (empty where missing).
 * @throws {DataError} If it cannot be read.
 */
export async function readMostaBins(
  file: MostaFile,
  kept: Int32Array,
  genes: readonly string[],
): Promise<{ readonly counts: SparseMatrix; readonly spatial: HostArray; readonly annotation: readonly string[] }> {
  using source = await openCounts(file.path);
  if (source.X?.kind !== "csr") throw new DataError(`Cannot read the counts of "${file.path}": they are not sparse`);
  const place = new Map(genes.map((gene, i) => [gene, i]));
  const column = Int32Array.from(file.genes, (gene) => place.get(gene) ?? -1);
  const mask = new Uint8Array(file.bins);
  for (const row of kept) mask[row] = 1;
  const parts: SparseMatrix[] = [];
  let start = 0;
  for await (const block of source.X.blocks(0)) {
    parts.push(selectEntries(block, start, mask, column, genes.length));
    start += block.shape[0]!;
  }
  const table: AnnData = { ...source, X: hostArray(new Float32Array(), [0, 0]), layers: {}, obsp: {} };
  const label = categoriesOf(table, "annotation", "labels");
  const { data, shape } = coordinatesOf(table, "spatial");
  const dims = shape[1]!;
  const spatial = Array.from(
    kept,
    (row) => hostArray(Float32Array.from(data.subarray(row * dims, row * dims + 2)), [1, 2]),
  );
  return {
    counts: joinRows(parts),
    spatial: concatRows(spatial),
    annotation: Array.from(kept, (row) => label.names[label.codes[row]!] ?? ""),
  };
}
