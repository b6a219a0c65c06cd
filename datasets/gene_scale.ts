import { sampleVariance } from "../core/spatial/column_moments.ts";
import { trainingMoments } from "./preprocess/passes.ts";
import { mapValues } from "./preprocess/rows.ts";
import type { StreamTable } from "./preprocess/stream_table.ts";

/**
 * Divide each gene by its standard deviation among the cells that may be fitted on (ddof 1; 1 where a gene is constant).
 *
 * Means stay, so that sparse rows stay sparse; principal components take them off.
 *
 * @param table The table.
 * @returns The table with `X` in standard deviations of the training cells.
 */
export async function scaleGenes(table: StreamTable): Promise<StreamTable> {
  const deviation = sampleVariance(await trainingMoments(table, table.X)).map((v) => v > 0 ? Math.sqrt(v) : 1);
  return { ...table, X: mapValues(table.X, (value, _row, gene) => value / deviation[gene]!) };
}
