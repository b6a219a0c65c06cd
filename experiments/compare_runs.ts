import { CheckpointError, ConfigError, diffConfig, type Metric } from "../core/mod.ts";
import { type ComparedRun, formatSpread, renderComparison, textTable } from "../core/report/mod.ts";
import { requireRecord } from "./reopen.ts";
import { publishedOf } from "./published.ts";
import { readReport } from "./report_file.ts";
import { readRunResult, type RunResult } from "./result.ts";
import type { SeedGroup } from "./seed_groups.ts";

/** A finished run among others. */
export interface FinishedRun {
  /** Short name, unique among the runs compared. */
  readonly name: string;
  /** The run folder. */
  readonly folder: string;
  /** Its result. */
  readonly result: RunResult;
  /** Its configuration with the seed. */
  readonly config: unknown;
}

/** One setting in which runs differ. */
export interface Difference {
  /** Path of the key. */
  readonly path: string;
  /** Value of each run, in order; `null` where a run has no such key. */
  readonly values: readonly unknown[];
}

function shortName(folder: string): string {
  return folder.replace(/[\\/]+$/, "").split(/[\\/]/).slice(-2).join("/");
}

/**
 * Read finished runs.
 *
 * @param folders At least two run folders.
 * @returns The runs, in order.
 * @throws {ConfigError} If there are fewer than two, or one is there twice.
 * @throws {CheckpointError} If one is no run, is not finished, or a newer version wrote it.
 */
export async function readFinishedRuns(folders: readonly string[]): Promise<readonly FinishedRun[]> {
  if (folders.length < 2) throw new ConfigError(`Cannot compare ${folders.length} run: name at least two run folders`);
  const twice = folders.find((folder, i) => folders.indexOf(folder) < i);
  if (twice !== undefined) throw new ConfigError(`Cannot compare run "${twice}" with itself: name each run once`);
  const names = folders.map(shortName);
  const unique = new Set(names).size === names.length;
  return await Promise.all(folders.map(async (folder, i) => {
    const { seed, config, experiment } = await requireRecord(folder);
    const result = await readRunResult(folder);
    if (result === undefined) {
      throw new CheckpointError(
        `Cannot compare run "${folder}": it is not finished; go on with the command that began it, of "${experiment}"`,
      );
    }
    return { name: unique ? names[i]! : folder, folder, result, config: { ...config as object, experiment, seed } };
  }));
}

/**
 * List the settings in which runs differ.
 *
 * @param runs The runs.
 * @returns Differences, keys in sorted order.
 */
export function differencesOf(runs: readonly Pick<FinishedRun, "config">[]): readonly Difference[] {
  const configs = runs.map(({ config }) => config);
  const paths = new Set(configs.flatMap((config) => diffConfig(configs[0], config).map(({ path }) => path)));
  const at = (config: unknown, path: string): unknown =>
    path.split(".").reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], config);
  return [...paths].sort().map((path) => ({ path, values: configs.map((config) => at(config, path) ?? null) }));
}

/**
 * Set runs side by side in a table for the terminal: metrics, then the settings that differ.
 *
 * @param groups The runs, those of one configuration together.
 * @returns Lines of text.
 */
export function comparisonText(groups: readonly SeedGroup[]): string {
  const metrics = new Map<string, Metric>(
    groups.flatMap(({ detail }) => detail.map((metric) => [metric.name, metric] as const)),
  );
  const names = groups.map(({ name }) => name);
  const rows = [...metrics.values()].map(({ name, better }) => [
    name,
    better === "higher" ? "↑" : "↓",
    ...groups.map(({ detail }) => {
      const own = detail.find((metric) => metric.name === name);
      return own === undefined ? "–" : formatSpread(own.value ?? NaN, own.spread);
    }),
  ]);
  const differences = differencesOf(groups).map(({ path, values }) => [
    path,
    ...values.map((value) => typeof value === "string" ? value : JSON.stringify(value)),
  ]);
  const table = textTable(["metric", "", ...names], rows);
  return differences.length === 0 ? table : `${table}\n\n${textTable(["setting", ...names], differences)}`;
}

const OVER_SEEDS =
  "Columns of several seeds show means ± standard deviations; their pictures and environment are those of " +
  "the first seed";

/**
 * Write the comparison of runs as a page.
 *
 * @param groups The runs, those of one configuration together; each has a report.
 * @returns One HTML document that needs no other file and no network.
 * @throws {CheckpointError} If a run has no report.
 */
export async function comparisonPage(groups: readonly SeedGroup[]): Promise<string> {
  const reports = await Promise.all(groups.map(({ runs: [{ folder }] }) => readReport(folder)));
  const averaged = groups.some(({ runs }) => runs.length > 1);
  return renderComparison({
    title: groups.map(({ name }) => name).join(" and "),
    published: await publishedOf(groups),
    notes: [...averaged ? [OVER_SEEDS] : [], ...new Set(reports.flatMap(({ notes }) => notes))],
    runs: groups.map(({ name, detail, config }, i): ComparedRun => {
      const { figures, environment } = reports[i]!;
      return { name, metrics: detail, figures, config, environment };
    }),
  });
}
