import { type ColumnMoments, gatherMoments, sampleVariance } from "../../core/spatial/column_moments.ts";
import { dispersionScore, highlyVariableOfBatches } from "../../core/spatial/highly_variable.ts";
import { byScore } from "../../core/spatial/score_order.ts";
import { lowestMedianRank, standardizedVariance, varianceTrend } from "../../core/spatial/variance_trend.ts";
import { checkChoice, checkNumber, checkWhole, DataError } from "../../core/mod.ts";
import { countsOf, requireCounts } from "./counts.ts";
import { textsIn } from "./fitted.ts";
import { genesByName } from "./quality.ts";
import { mapValues, type RowBlocks } from "./rows.ts";
import { sectionsOf } from "./sections.ts";
import { type Fitted, type Params, type StepKind, stepKind } from "./step.ts";
import { type StreamTable, withColumns } from "./stream_table.ts";

/** Which genes vary enough. */
export interface VariableGenesParams extends Params {
  /** Genes to keep. */
  readonly n: number;
  /** `"seurat"` (dispersion of log-normalized values) or `"seurat_v3"` (variance of raw counts over its trend). */
  readonly flavor: string;
  /** Column of `obs` within whose values genes must vary, for example the section; empty for none. */
  readonly batch: string;
  /** Layer with the raw counts for seurat_v3; empty means X before it was normalized. */
  readonly layer: string;
  /** Share of the genes that a place of the trend looks at. */
  readonly span: number;
}

/** Rows of each batch: the code of each row, -1 for rows that are not fitted on. */
interface Batches {
  readonly names: readonly string[];
  readonly code: Int32Array;
}

function batchesOf(table: StreamTable, column: string): Batches {
  const sections = sectionsOf(table, column);
  const code = new Int32Array(table.obs.index.length).fill(-1);
  const names: string[] = [];
  for (const { name, rows } of sections) {
    const fitted = rows.filter((row) => table.train === undefined || table.train[row] === 1);
    // A batch that is held out as a whole has no say.
    if (fitted.length === 0) continue;
    if (fitted.length < 2) {
      const which = column === "" ? "the table" : `section "${name}"`;
      throw new DataError(
        `Cannot find variable genes: ${which} has ${fitted.length} training cell, expected at least 2`,
      );
    }
    for (const row of fitted) code[row] = names.length;
    names.push(name);
  }
  if (names.length === 0) throw new DataError("Cannot find variable genes: there are no training cells");
  return { names, code };
}

/** Hand each batch its rows of each block. */
async function eachBatch(
  source: RowBlocks,
  { names, code }: Batches,
  take: (batch: number, rows: Parameters<ReturnType<typeof gatherMoments>["add"]>[0], index: readonly number[]) => void,
): Promise<void> {
  for await (const { start, rows } of source.blocks()) {
    const index: number[][] = names.map(() => []);
    for (let row = 0; row < rows.shape[0]!; row++) index[code[start + row]!]?.push(row);
    index.forEach((chosen, batch) => {
      if (chosen.length > 0) take(batch, rows, chosen);
    });
  }
}

async function momentsByBatch(source: RowBlocks, batches: Batches): Promise<readonly ColumnMoments[]> {
  const gathered = batches.names.map(() => gatherMoments(source.columns));
  await eachBatch(source, batches, (batch, rows, index) => gathered[batch]!.add(rows, index));
  return gathered.map((one) => one.moments());
}

function requireVarying(moments: readonly ColumnMoments[], count: number): void {
  const variances = moments.map(sampleVariance);
  const varying = variances[0]!.filter((_, gene) => variances.some((variance) => variance[gene]! > 0)).length;
  if (varying >= count) return;
  throw new DataError(`Cannot keep ${count} variable genes: only ${varying} vary among the training cells, lower n`);
}

async function bySeurat(table: StreamTable, batches: Batches, count: number): Promise<Int32Array> {
  const moments = await momentsByBatch(mapValues(table.X, Math.expm1, "float64"), batches);
  moments.forEach(({ mean }) => {
    const gene = mean.findIndex((value) => !(value >= 0 && value < Infinity));
    if (gene < 0) return;
    throw new DataError(
      `Cannot find variable genes: the mean of gene "${table.var.index[gene]}" is ${
        mean[gene]
      } after expm1, expected ` +
        "log-normalized values of at least 0, run normalize and log1p first",
    );
  });
  requireVarying(moments, count);
  if (moments.length === 1) return byScore(dispersionScore(moments[0]!)).slice(0, count).sort();
  return highlyVariableOfBatches(moments, count);
}

async function bySeuratV3(table: StreamTable, batches: Batches, params: VariableGenesParams): Promise<Int32Array> {
  const counts = countsOf(table, params.layer);
  await requireCounts(table, counts, "find variable genes by seurat_v3");
  const moments = await momentsByBatch(counts, batches);
  requireVarying(moments, params.n);
  const gathered = moments.map((one) => standardizedVariance(varianceTrend(one, params.span)));
  await eachBatch(counts, batches, (batch, rows, index) => gathered[batch]!.add(rows, index));
  return lowestMedianRank(gathered.map((one) => one.variance()), params.n);
}

async function chosenGenes(table: StreamTable, params: VariableGenesParams): Promise<Fitted> {
  const genes = table.var.index;
  if (params.n > genes.length) {
    throw new DataError(`Cannot keep ${params.n} variable genes: the table has ${genes.length}, lower n`);
  }
  const batches = batchesOf(table, params.batch);
  const chosen = params.flavor === "seurat"
    ? await bySeurat(table, batches, params.n)
    : await bySeuratV3(table, batches, params);
  return { genes: Array.from(chosen, (gene) => genes[gene]!) };
}

/** Keep the genes that vary most. */
export const variableGenes: StepKind<VariableGenesParams> = stepKind(
  {
    name: "hvg",
    description: "keep the genes that vary most, within sections if batch names their column",
    defaults: { n: 2000, flavor: "seurat", batch: "", layer: "", span: 0.3 } as VariableGenesParams,
  },
  ({ n, flavor, span }) => [
    ...checkWhole("n", n, 1),
    ...checkChoice("flavor", flavor, ["seurat", "seurat_v3"]),
    ...checkNumber("span", span, (value) => value > 0 && value <= 1, "a number above 0 and up to 1"),
  ],
  {
    fit: chosenGenes,
    apply: (table, _, fitted) => {
      const before = table.var.index.length;
      const kept = genesByName(table, textsIn(fitted, "genes"));
      const columns = { highly_variable: kept.var.index.map(() => true) };
      const left = { ...kept, var: withColumns(kept.var, columns) };
      return { table: left, counts: { genes_not_variable: before - kept.var.index.length } };
    },
  },
);
