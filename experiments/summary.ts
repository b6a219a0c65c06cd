import { formatSpread } from "../core/report/format.ts";
import { textTable } from "../core/report/text_table.ts";

/** Mean and spread of one metric over runs. */
export interface Spread {
  /** Mean over the runs that have the metric. */
  readonly mean: number;
  /** Sample standard deviation; absent with fewer than two runs. */
  readonly sd?: number;
  /** Runs that have the metric. */
  readonly n: number;
}

/** One combination of a sweep, over its seeds. */
export interface SummaryRow {
  /** Values of the swept keys, without the seed. */
  readonly values: Readonly<Record<string, string>>;
  /** Runs that finished. */
  readonly runs: number;
  /** Metrics by name. */
  readonly metrics: Readonly<Record<string, Spread>>;
}

/** One run as the summary sees it. */
export interface SummaryRun {
  /** Values of the swept keys, without the seed. */
  readonly values: Readonly<Record<string, string>>;
  /** Metrics by name; absent if the run did not finish. */
  readonly metrics?: Readonly<Record<string, number | null>>;
}

/**
 * Mean and sample standard deviation, in float64.
 *
 * @param values At least one number.
 * @returns Mean, deviation (divided by n - 1) and count.
 */
export function spreadOf(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (n - 1)), n };
}

/**
 * Summarize runs: one row per combination of values, in the order of the runs.
 *
 * @param runs Finished and unfinished runs.
 * @returns The rows; a metric that is not finite is left out of mean and count.
 */
export function summarize(runs: readonly SummaryRun[]): SummaryRow[] {
  const groups = Map.groupBy(runs, ({ values }) => JSON.stringify(values));
  return [...groups.values()].map((group) => {
    const finished = group.flatMap(({ metrics }) => metrics === undefined ? [] : [metrics]);
    const names = new Set(finished.flatMap(Object.keys));
    const metrics: Record<string, Spread> = {};
    for (const name of names) {
      const values = finished.map((each) => each[name]).filter((value) => Number.isFinite(value)) as number[];
      if (values.length > 0) metrics[name] = spreadOf(values);
    }
    return { values: group[0]!.values, runs: finished.length, metrics };
  });
}

/**
 * Lay out a summary as text: swept keys, number of runs, mean ± standard deviation of each metric.
 *
 * @param rows The rows.
 * @returns The table; a count in brackets follows where a metric is missing in some runs.
 */
export function formatSummary(rows: readonly SummaryRow[]): string {
  const keys = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))];
  const cells = rows.map(({ values, runs, metrics }) => [
    ...keys.map((key) => values[key] ?? ""),
    String(runs),
    ...names.map((name) => {
      const spread = metrics[name];
      if (spread === undefined) return "–";
      const count = spread.n === runs ? "" : ` (${spread.n})`;
      return `${formatSpread(spread.mean, spread.sd)}${count}`;
    }),
  ]);
  return textTable([...keys, "runs", ...names], cells);
}
