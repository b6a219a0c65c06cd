import type { HostArray, Metric } from "../../../core/mod.ts";
import { matchDiagnostics } from "./match.ts";
import type { StoredGroup, StoredPairs } from "./stored.ts";
import { confidenceWeights, effectiveSampleSize } from "./weights.ts";

/** Pairs in numbers. */
export interface PairingSummary {
  /** Groups that were paired. */
  readonly groups: number;
  /** Pairs. */
  readonly pairs: number;
  /** Share of the target cells that some control is paired with, mean over groups. */
  readonly coverage: number;
  /** Most controls that share one target. */
  readonly hub: number;
  /** Share of the pairs that the weights leave, as an effective sample size. */
  readonly effective: number;
}

function sizeOf(array: HostArray): number {
  return array.shape[0]!;
}

function groupsOf({ groups }: StoredPairs, transition: number | undefined): readonly StoredGroup[] {
  return groups.filter((group) => transition === undefined || group.transition.data[0] === transition);
}

/**
 * Sum up pairs.
 *
 * @param pairs The pairs.
 * @param gamma Power of the confidence in the weights.
 * @param transition Number of a transition; absent takes all.
 * @returns The numbers.
 */
export function summarisePairs(pairs: StoredPairs, gamma: number, transition?: number): PairingSummary {
  const own = groupsOf(pairs, transition);
  const uses = own.map(({ match, targets }) => matchDiagnostics(match.data, sizeOf(targets)));
  const confidence = own.flatMap((group) =>
    Array.from(group.confidence.data).filter((_, i) => group.match.data[i]! >= 0)
  );
  return {
    groups: own.length,
    pairs: confidence.length,
    coverage: uses.reduce((sum, { coverage }) => sum + coverage / uses.length, 0),
    hub: uses.reduce((most, { hub }) => Math.max(most, hub), 0),
    effective: effectiveSampleSize(confidenceWeights(confidence, { gamma })) / confidence.length,
  };
}

/**
 * Pairs in one sentence, for progress.
 *
 * @param pairs The pairs.
 * @param gamma Power of the confidence in the weights.
 * @param names Names of the transitions.
 * @returns Lines, one per transition.
 */
export function describePairs(pairs: StoredPairs, gamma: number, names: readonly string[]): readonly string[] {
  return names.map((name, transition) => {
    const sizes = groupsOf(pairs, transition).map(({ controls, targets }) =>
      `${sizeOf(controls)} x ${sizeOf(targets)}`
    );
    const { coverage, hub, effective } = summarisePairs(pairs, gamma, transition);
    const shown = sizes.length > 3 ? `${sizes.slice(0, 3).join(", ")}, ...` : sizes.join(", ");
    return `${name}: ${sizes.length} group(s) of ${shown} cells, coverage ${coverage.toFixed(2)}, hub ${hub}, ` +
      `effective sample ${(100 * effective).toFixed(0)} %`;
  });
}

/**
 * Pairs as metrics, to be read beside the results.
 *
 * @param pairs The pairs.
 * @param confidence Power of the confidence in the weights.
 * @returns Coverage, hub and effective share.
 */
export function pairingMetrics(pairs: StoredPairs, { gamma }: { readonly gamma: number }): readonly Metric[] {
  const { coverage, hub, effective } = summarisePairs(pairs, gamma);
  return [
    {
      name: "pair-coverage",
      value: coverage,
      better: "higher",
      description: "share of the training targets that some control is paired with, mean over groups",
      anchors: { "one to one": 1 },
    },
    {
      name: "pair-hub",
      value: hub,
      better: "lower",
      description: "most controls that share one target",
      anchors: { "one to one": 1 },
    },
    {
      name: "effective-pairs",
      value: effective,
      better: "higher",
      description: "effective sample size of the pairs by their weights, as a share of their number",
      anchors: { "equal weights": 1 },
    },
  ];
}
