import { checkNumber, DataError } from "../../core/mod.ts";
import { textsIn } from "./fitted.ts";
import { eachValue, valueError } from "./passes.ts";
import { type Applied, type Fitted, type Params, type StepKind, stepKind } from "./step.ts";
import { keepCells, keepGenes, type StreamTable, withColumns } from "./stream_table.ts";

/** Which cells and genes are good enough; 0 sets no limit. */
export interface QualityParams extends Params {
  /** Least total of a cell. */
  readonly min_counts: number;
  /** Largest total of a cell. */
  readonly max_counts: number;
  /** Least number of genes seen in a cell. */
  readonly min_genes: number;
  /** Largest number of genes seen in a cell. */
  readonly max_genes: number;
  /** Least number of cells that a gene is seen in, among the cells that are kept and may be fitted on. */
  readonly min_cells: number;
  /** Largest share of counts on mitochondrial genes, in percent. */
  readonly max_mito: number;
  /** How names of mitochondrial genes begin, upper or lower case; several joined by `+`. */
  readonly mito_prefix: string;
  /** Column of `var` with the names that this is about; empty means the row names of `var`. */
  readonly symbols: string;
}

const DEFAULTS: QualityParams = Object.freeze({
  min_counts: 0,
  max_counts: 0,
  min_genes: 0,
  max_genes: 0,
  min_cells: 0,
  max_mito: 0,
  mito_prefix: "MT-",
  symbols: "",
});

/** Totals of each cell. */
interface CellQuality {
  readonly counts: Float64Array;
  readonly genes: Int32Array;
  readonly mito: Float64Array;
}

function symbolsOf({ var: { index, columns } }: StreamTable, name: string): readonly string[] {
  if (name === "") return index;
  const found = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (Array.isArray(found)) return found.map(String);
  if (found !== undefined && "kind" in found && found.kind === "categorical") {
    return Array.from(found.codes, (code) => found.categories[code] ?? "");
  }
  const known = Object.keys(columns).join(", ") || "no columns";
  throw new DataError(`Cannot find gene symbols in var column "${name}": var has ${known}, set symbols`);
}

function mitochondrial(table: StreamTable, { mito_prefix, symbols }: QualityParams): Uint8Array {
  const starts = mito_prefix.split("+").filter((prefix) => prefix !== "").map((prefix) => prefix.toLowerCase());
  return Uint8Array.from(
    symbolsOf(table, symbols),
    (gene) => Number(starts.some((start) => gene.toLowerCase().startsWith(start))),
  );
}

async function qualityOf(table: StreamTable, isMito: Uint8Array): Promise<CellQuality> {
  const cells = table.obs.index.length;
  const quality = { counts: new Float64Array(cells), genes: new Int32Array(cells), mito: new Float64Array(cells) };
  await eachValue(table.X, (row, column, value) => {
    if (!(value >= 0 && value < Infinity)) {
      throw valueError("filter by counts", table, { row, column, value }, "counts of at least 0");
    }
    quality.counts[row]! += value;
    if (value > 0) quality.genes[row]!++;
    if (isMito[column] === 1) quality.mito[row]! += value;
  });
  quality.mito.forEach((sum, row) => quality.mito[row] = sum === 0 ? 0 : 100 * sum / quality.counts[row]!);
  return quality;
}

/** Why a cell goes; a cell may have several reasons. */
function reasonsOf(quality: CellQuality, params: QualityParams): Readonly<Record<string, (row: number) => boolean>> {
  const { counts, genes, mito } = quality;
  return {
    min_counts: (row) => params.min_counts > 0 && counts[row]! < params.min_counts,
    max_counts: (row) => params.max_counts > 0 && counts[row]! > params.max_counts,
    min_genes: (row) => params.min_genes > 0 && genes[row]! < params.min_genes,
    max_genes: (row) => params.max_genes > 0 && genes[row]! > params.max_genes,
    max_mito: (row) => params.max_mito > 0 && mito[row]! > params.max_mito,
  };
}

interface Judged {
  readonly table: StreamTable;
  readonly counts: Readonly<Record<string, number>>;
}

async function judgeCells(table: StreamTable, params: QualityParams): Promise<Judged> {
  const isMito = mitochondrial(table, params);
  if (params.max_mito > 0 && !isMito.includes(1)) {
    throw new DataError(
      `Cannot filter by mitochondrial counts: no gene begins with "${params.mito_prefix}", set mito_prefix or symbols`,
    );
  }
  const quality = await qualityOf(table, isMito);
  const reasons = Object.entries(reasonsOf(quality, params));
  const counts: Record<string, number> = {};
  const kept = new Uint8Array(table.obs.index.length).fill(1);
  for (const [reason, applies] of reasons) {
    const gone = Array.from(kept.keys()).filter(applies);
    if (gone.length > 0) counts[`cells_${reason}`] = gone.length;
    for (const row of gone) kept[row] = 0;
  }
  const obs = withColumns(table.obs, {
    total_counts: quality.counts,
    n_genes_by_counts: quality.genes,
    ...(isMito.includes(1) && { pct_counts_mt: quality.mito }),
  });
  return { table: keepCells({ ...table, obs }, kept), counts };
}

async function goodGenes(table: StreamTable, params: QualityParams): Promise<Fitted> {
  if (params.min_cells === 0) return {};
  const { table: left } = await judgeCells(table, params);
  const cells = new Int32Array(left.var.index.length);
  await eachValue(left.X, (row, column, value) => {
    if (value > 0 && (left.train === undefined || left.train[row] === 1)) cells[column]!++;
  });
  return { genes: left.var.index.filter((_, gene) => cells[gene]! >= params.min_cells) };
}

/**
 * Take genes by name.
 *
 * @param table The table.
 * @param names Names in the order of the table.
 * @returns The table of those genes.
 * @throws {DataError} If one is missing, or they are in another order.
 */
export function genesByName(table: StreamTable, names: readonly string[]): StreamTable {
  const place = new Map(table.var.index.map((name, i) => [name, i]));
  const missing = names.find((name) => !place.has(name));
  if (missing !== undefined) {
    throw new DataError(
      `Cannot keep gene "${missing}": the table has ${table.var.index.length} genes, but not this one`,
    );
  }
  const index = Int32Array.from(names, (name) => place.get(name)!);
  if (index.some((at, i) => i > 0 && at <= index[i - 1]!)) {
    throw new DataError(
      "Cannot keep genes: they are in another order than in the table, sort the table like the other",
    );
  }
  return keepGenes(table, index);
}

/** Leave out poor cells and rare genes. */
export const quality: StepKind<QualityParams> = stepKind(
  {
    name: "qc",
    description: "leave out cells by total, genes seen and mitochondrial share, and genes seen in few cells",
    defaults: DEFAULTS,
  },
  (params) => [
    ...Object.entries(params).flatMap(([name, value]) =>
      typeof value === "number" ? checkNumber(name, value, (number) => number >= 0, "a number of at least 0") : []
    ),
    ...checkNumber("max_mito", params.max_mito, (value) => value <= 100, "a percentage"),
  ],
  {
    fit: goodGenes,
    apply: async (table, params, fitted): Promise<Applied> => {
      const { table: left, counts } = await judgeCells(table, params);
      const kept = params.min_cells === 0 ? left : genesByName(left, textsIn(fitted, "genes"));
      const gone = left.var.index.length - kept.var.index.length;
      return { table: kept, counts: gone > 0 ? { ...counts, genes_min_cells: gone } : counts };
    },
  },
);
