import type { Metric } from "../core/mod.ts";
import type { FinishedRun } from "./compare_runs.ts";
import { averageMetrics } from "./result.ts";

/** Runs that differ in nothing but their seeds. */
export interface SeedGroup {
  /** Short name, unique among the groups, with the number of seeds if there are several. */
  readonly name: string;
  /** The runs, in the order they were named. */
  readonly runs: readonly [FinishedRun, ...FinishedRun[]];
  /** Metrics that all of them have; over several seeds means, with standard deviations as spread. */
  readonly detail: readonly Metric[];
  /** Their configuration, with the seed or the list of seeds. */
  readonly config: unknown;
}

function withoutSeed({ config }: FinishedRun): string {
  return JSON.stringify({ ...config as object, seed: null });
}

function groupOf(runs: readonly [FinishedRun, ...FinishedRun[]]): SeedGroup {
  const [first] = runs;
  if (runs.length === 1) return { name: first.name, runs, detail: first.result.detail, config: first.config };
  const shared = first.result.detail.map(({ name }) => name).filter((name) =>
    runs.every(({ result }) => result.detail.some((metric) => metric.name === name))
  );
  const repeats = runs.map(({ result }) => shared.map((name) => result.detail.find((metric) => metric.name === name)!));
  return {
    name: `${first.name.replace(/-s\d+$/, "")} (${runs.length} seeds)`,
    runs,
    detail: averageMetrics(repeats),
    config: { ...first.config as object, seed: runs.map(({ result }) => result.seed) },
  };
}

/**
 * Put runs together that differ in nothing but their seeds.
 *
 * @param runs The runs.
 * @returns Groups in the order of their first runs.
 */
export function overSeeds(runs: readonly FinishedRun[]): readonly SeedGroup[] {
  const groups = new Map<string, [FinishedRun, ...FinishedRun[]]>();
  for (const run of runs) {
    const key = withoutSeed(run);
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [run]);
    else found.push(run);
  }
  return [...groups.values()].map(groupOf);
}
