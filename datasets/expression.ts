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
import { medianPositive } from "../core/spatial/median.ts";
import { fitComponents } from "./features.ts";
import { denseRows, takeColumns } from "./matrix.ts";
import type { Tissue, TissueSection } from "./tissue.ts";

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

/** Median total of the rows that have counts. */
function medianTotal(parts: readonly HostArray[]): number {
  const totals = parts.flatMap(({ data, shape: [rows = 0, columns = 0] }) =>
    Array.from({ length: rows }, (_, i) => data.subarray(i * columns, (i + 1) * columns).reduce((a, b) => a + b, 0))
  );
  const goal = medianPositive(Float64Array.from(totals));
  if (Number.isNaN(goal)) throw new DataError("Cannot normalize X: every training cell has a total of 0");
  return goal;
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
 * Sections are made dense anew for each step rather than kept; to fit, the training sections are dense together.
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
  const raw = ({ rows }: TissueSection): HostArray => denseRows(matrix, rows);
  const training = tissue.sections.filter(({ split }) => split === "train");
  const goal = config.normalize === "none" ? undefined : medianTotal(training.map(raw));
  const normalized = (section: TissueSection): HostArray =>
    checkFinite(goal === undefined ? raw(section) : log1p(normalizeTotal(raw(section), goal)));
  const kept = config.highlyVariable > 0
    ? highlyVariable(concatRows(training.map(normalized)), config.highlyVariable)
    : undefined;
  const ready = (section: TissueSection): HostArray =>
    kept === undefined ? normalized(section) : takeColumns(normalized(section), kept);
  const pca = fitComponents(training.map(ready), config.components);
  const features = tissue.sections.map((section) =>
    pca === undefined ? ready(section) : projectPca(pca, ready(section))
  );
  const names = pca !== undefined
    ? Array.from({ length: config.components }, (_, i) => `PC${i + 1}`)
    : kept === undefined
    ? genes
    : Array.from(kept, (gene) => genes[gene]!);
  return { features, names };
}
