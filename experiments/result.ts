import { type ExperimentResult, type Metric, readResult } from "../core/mod.ts";

/** What a finished run leaves in `result.json` and prints with `--json`. */
export interface RunResult extends ExperimentResult {
  /** Metrics with descriptions, anchors and spread. */
  readonly detail: readonly Metric[];
  /** Sentences that belong to the numbers. */
  readonly notes: readonly string[];
  /** How the data are to be cited. */
  readonly citation: string;
}

/**
 * Average metrics over sampling repeats.
 *
 * @param repeats Metrics of each repeat, of the same names in the same order.
 * @returns Means, anchors' means, and sample standard deviations if there are at least two repeats.
 */
export function averageMetrics(repeats: readonly (readonly Metric[])[]): readonly Metric[] {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return repeats[0]!.map((metric, i): Metric => {
    const values = repeats.map((list) => list[i]!.value);
    const value = mean(values);
    const variance = values.reduce((sum, v) => sum + (v - value) ** 2, 0) / (values.length - 1);
    return {
      ...metric,
      value,
      anchors: Object.fromEntries(
        Object.keys(metric.anchors).map((name) => [name, mean(repeats.map((list) => list[i]!.anchors[name]!))]),
      ),
      ...(values.length > 1 ? { spread: Math.sqrt(variance) } : {}),
    };
  });
}

/**
 * Read the result of a finished run.
 *
 * @param folder Run folder.
 * @returns The result; `undefined` if the run is not finished.
 */
export async function readRunResult(folder: string): Promise<RunResult | undefined> {
  return await readResult({ folder }) as RunResult | undefined;
}
