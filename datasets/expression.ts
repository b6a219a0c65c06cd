import {
  type AnnData,
  concatRows,
  DataError,
  highlyVariable,
  type HostArray,
  log1p,
  type Matrix,
  normalizeTotal,
  projectPca,
} from "../core/mod.ts";
import { fitComponents } from "./features.ts";
import { denseRows, takeColumns } from "./matrix.ts";
import type { Tissue } from "./tissue.ts";

/** How a matrix of genes becomes features. */
export interface ExpressionConfig {
  /** `"none"` if `X` is normalized, `"log1p-median"` for counts: equal totals (the training median), then ln(1 + x). */
  readonly normalize: "none" | "log1p-median";
  /** Highly variable genes to keep; 0 keeps all. */
  readonly highlyVariable: number;
  /** Principal components; 0 keeps the genes. */
  readonly components: number;
}

/** Features of each section, before z-scores. */
export interface Expression {
  /** Values of each section, `[N, C]`. */
  readonly features: readonly HostArray[];
  /** Name of each feature: components, or genes. */
  readonly names: readonly string[];
}

function matrixOf(table: AnnData): Matrix {
  if (table.X !== undefined && table.X.shape.length === 2 && table.X.shape[1]! > 0) return table.X;
  const known = Object.keys(table.obsm).join(", ") || "no arrays";
  throw new DataError(`Cannot use X as features: the store has no X; name an entry of obsm (${known}) in features`);
}

function medianTotal(raw: readonly HostArray[]): number {
  const totals = Float64Array.from(
    raw.flatMap(({ data, shape: [rows = 0, columns = 0] }) =>
      Array.from({ length: rows }, (_, i) => {
        let sum = 0;
        for (let j = i * columns; j < (i + 1) * columns; j++) sum += data[j]!;
        return sum;
      })
    ),
  ).filter((total) => total > 0).sort();
  const middle = totals.length >> 1;
  if (totals.length === 0) throw new DataError("Cannot normalize X: every training cell has a total of 0");
  return totals.length % 2 === 1 ? totals[middle]! : (totals[middle - 1]! + totals[middle]!) / 2;
}

function checkFinite(values: HostArray): HostArray {
  const bad = values.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw new DataError(
    `Cannot use X as features: it holds ${values.data[bad]} after normalization, expected finite numbers`,
  );
}

/**
 * Features from the expression matrix: normalize, keep variable genes, project on principal components. The median
 * total, the choice of genes and the components come from training sections only.
 *
 * Sections are made dense one at a time where they need not be held together; training sections are.
 *
 * @param table The table.
 * @param tissue Its sections.
 * @param config How genes become features.
 * @returns Features of each section and their names.
 * @throws {DataError} If there is no `X`, it is not finite, or it has too few genes or cells.
 */
export function expressionOf(table: AnnData, tissue: Tissue, config: ExpressionConfig): Expression {
  const matrix = matrixOf(table);
  const genes = table.var.index;
  if (config.highlyVariable > genes.length) {
    throw new DataError(
      `Cannot keep ${config.highlyVariable} highly variable genes of ${genes.length}: lower highlyVariable, 0 for all`,
    );
  }
  const raw = (at: number): HostArray => denseRows(matrix, tissue.sections[at]!.rows);
  const isTraining = tissue.sections.map(({ split }) => split === "train");
  const training = isTraining.flatMap((train, at) => train ? [raw(at)] : []);
  const goal = config.normalize === "log1p-median" ? medianTotal(training) : undefined;
  const normalized = (values: HostArray): HostArray =>
    checkFinite(goal === undefined ? values : log1p(normalizeTotal(values, goal)));
  const ready = training.map(normalized);
  const kept = config.highlyVariable > 0 ? highlyVariable(concatRows(ready), config.highlyVariable) : undefined;
  const chosen = (values: HostArray): HostArray => kept === undefined ? values : takeColumns(values, kept);
  const fitted = ready.map(chosen);
  const pca = fitComponents(fitted, config.components);
  let next = 0;
  const features = isTraining.map((train, at) => {
    const values = train ? fitted[next++]! : chosen(normalized(raw(at)));
    return pca === undefined ? values : projectPca(pca, values);
  });
  const names = pca !== undefined
    ? Array.from({ length: config.components }, (_, i) => `PC${i + 1}`)
    : kept === undefined
    ? genes
    : Array.from(kept, (gene) => genes[gene]!);
  return { features, names };
}
