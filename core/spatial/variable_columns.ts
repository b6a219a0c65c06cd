import type { HostArray, NumericArray } from "../host_array.ts";
import { gatherMoments } from "./column_moments.ts";
import { lowestMedianRank, standardizedVariance, varianceTrend } from "./variance_trend.ts";

/**
 * The most variable columns of several sections of counts, each read twice: variances are standardised by the trend within
 * a section, then ranked, and columns compared by the median of their ranks (Stuart et al. 2019).
 *
 * @param sections Begins to read a section: blocks of rows, `[n, columns]`.
 * @param columns Columns of every block.
 * @param count Columns to choose.
 * @returns Their places in increasing order.
 * @throws {RangeError} If `count` is not a whole number from 1 to `columns`.
 * @throws {DataError} If there are no sections.
 */
export async function variableColumns(
  sections: readonly (() => AsyncIterable<HostArray<NumericArray>>)[],
  columns: number,
  count: number,
): Promise<Int32Array> {
  const variances: Float64Array[] = [];
  for (const read of sections) {
    const gathered = gatherMoments(columns);
    for await (const block of read()) gathered.add(block);
    const spread = standardizedVariance(varianceTrend(gathered.moments()));
    for await (const block of read()) spread.add(block);
    variances.push(spread.variance());
  }
  return lowestMedianRank(variances, count);
}
