import type { SparseMatrix } from "../core/mod.ts";
import type { ImportSource } from "./import/source.ts";
import { joinRows, takeSparseRows } from "./matrix.ts";

/** Symbols of panels by those of other versions of the annotation, as GeneFlow joins panels. */
const ALIASES: Readonly<Record<string, string>> = {
  HIST1H4C: "H4C3",
  LOR: "LORICRIN",
  ACPP: "ACP3",
  ADGRD2: "GPR144",
  EPRS: "GLUPRORS",
  H2AFX: "H2AX",
  H3F3B: "H3-3B",
  IGHE: "IgE",
  TMEM173: "STING1",
  TRDC: "TCRD",
  WARS: "WARS1",
  CBSL: "LOC102724560",
};

/**
 * Read the counts of a bundle's genes, without control probes and codewords.
 *
 * @param source The bundle's table.
 * @returns Counts, compressed by row, and the symbols of the genes.
 */
export async function geneCounts(
  { var: features, X, obs }: ImportSource,
): Promise<SparseMatrix & { readonly genes: string[] }> {
  const blocks: SparseMatrix[] = [];
  for await (const block of X!.blocks(0)) {
    blocks.push("kind" in block ? block : takeSparseRows(block, [...Array(block.shape[0]).keys()]));
  }
  const all = joinRows(blocks);
  const types = features.columns["feature_types"];
  const names = types !== undefined && "kind" in types && types.kind === "categorical" ? types : undefined;
  const isGene = (column: number): boolean =>
    names === undefined || names.categories[names.codes[column]!] === "Gene Expression";
  const kept = features.index.flatMap((_, column) => isGene(column) ? [column] : []);
  const place = new Int32Array(features.index.length).fill(-1);
  kept.forEach((column, i) => place[column] = i);
  const [indices, data] = [new Int32Array(all.data.length), new Float32Array(all.data.length)];
  const indptr = new Int32Array(obs.index.length + 1);
  let count = 0;
  for (let row = 0; row < obs.index.length; row++) {
    for (let at = all.indptr[row]!; at < all.indptr[row + 1]!; at++) {
      const column = place[all.indices[at]!]!;
      if (column < 0) continue;
      indices[count] = column;
      data[count++] = all.data[at]!;
    }
    indptr[row + 1] = count;
  }
  return {
    kind: "csr",
    shape: [obs.index.length, kept.length],
    indptr,
    indices: indices.subarray(0, count),
    data: data.subarray(0, count),
    genes: kept.map((column) => ALIASES[features.index[column]!] ?? features.index[column]!),
  };
}

/**
 * ln(1 + counts per million).
 *
 * @param counts Counts, compressed by row.
 * @returns The same matrix on that scale, and the counts of each cell.
 */
export function logPerMillion(
  counts: SparseMatrix,
): { readonly expression: SparseMatrix; readonly totals: Float64Array } {
  const totals = new Float64Array(counts.shape[0]);
  const data = new Float32Array(counts.data.length);
  for (let row = 0; row < totals.length; row++) {
    const [from, to] = [counts.indptr[row]!, counts.indptr[row + 1]!];
    for (let at = from; at < to; at++) totals[row]! += counts.data[at]!;
    for (let at = from; at < to; at++) data[at] = Math.log1p(counts.data[at]! * 1e6 / totals[row]!);
  }
  return { expression: { ...counts, data }, totals };
}
