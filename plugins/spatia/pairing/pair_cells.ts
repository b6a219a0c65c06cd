import { type Data, DataError, type Progress, type Rng, type RowAddress, takeRows } from "../../../core/mod.ts";
import { type MeasuredCells, readCells, type ReadOptions } from "../cells.ts";
import type { Transition, TransitionConfig } from "../transitions.ts";
import { type Candidates, candidatesOf, type GroupLimits } from "./candidates.ts";
import { type ConfidenceKind, planConfidence } from "./confidence.ts";
import { pcaCost } from "./cost.ts";
import { argmaxMatch, assignmentMatch, type MatchKind, sampleMatch } from "./match.ts";
import { type PlanOptions, transportPlan } from "./plan.ts";

/** How cells are paired. */
export interface PairingConfig extends PlanOptions, GroupLimits {
  /** Principal components that costs are computed on. */
  readonly components: number;
  /** How a plan becomes pairs. */
  readonly match: MatchKind;
}

/** Cells that were paired by one plan. */
export interface PairedGroup {
  /** Number of the transition. */
  readonly transition: number;
  /** Niche or cell type that they share; empty if all cells of a state are together. */
  readonly group: string;
  /** Control cells, by their number among the measured cells. */
  readonly controls: Int32Array;
  /** Target cells. */
  readonly targets: Int32Array;
  /** Mass from each control to each target, row-major. */
  readonly plan: Float64Array;
  /** Target of each control, by its number in `targets`; -1 for none. */
  readonly match: Int32Array;
  /** Confidence of each control in its pair. */
  readonly confidence: Float64Array;
  /** Whether the plan converged. */
  readonly converged: boolean;
}

/** What cells could not be used. */
export interface LeftOut {
  /** Cells without a state or group. */
  readonly untyped: number;
  /** Cells without a crop. */
  readonly blank: number;
}

/** Pairs of a data set. */
export interface PairedCells {
  /** Cells of any pair. */
  readonly cells: MeasuredCells;
  /** Pairs by transition and group. */
  readonly groups: readonly PairedGroup[];
  /** What could not be used. */
  readonly leftOut: LeftOut;
}

function key({ section, row }: RowAddress): string {
  return `${section.name}\n${row}`;
}

/** Each cell once, in order of its first use. */
function unionOf(candidates: readonly Candidates[]): readonly RowAddress[] {
  const all = candidates.flatMap(({ controls, targets }) => [...controls, ...targets]);
  return [...new Map(all.map((address) => [key(address), address] as const)).values()];
}

/** What pairing is told besides its configuration. */
export interface PairingTask extends Omit<ReadOptions, "progress"> {
  /** Transitions that are learnt. */
  readonly transitions: readonly Transition[];
  /** Where states and groups come from. */
  readonly states: TransitionConfig;
  /** Form of the confidences. */
  readonly confidence: ConfidenceKind;
  /** Stream of all draws. */
  readonly rng: Rng;
  /** Where to report. */
  readonly progress: Progress;
}

function matchOf(kind: MatchKind, plan: Float64Array, cost: Float64Array, targets: number, rng: Rng): Int32Array {
  switch (kind) {
    case "argmax":
      return argmaxMatch(plan, targets);
    case "sample":
      return sampleMatch(plan, targets, rng);
    case "assignment":
      return assignmentMatch(cost, targets);
  }
}

function requireAll(
  groups: readonly PairedGroup[],
  found: readonly Candidates[],
  task: PairingTask,
  least: number,
): void {
  task.transitions.forEach(({ name }, transition) => {
    if (groups.some((group) => group.transition === transition)) return;
    const here = found.filter((candidates) => candidates.transition === transition);
    const cause = here.length === 0
      ? `no group of training cells has ${least} cells in each of the two states`
      : `fewer than ${least} cells of a side have a crop`;
    throw new DataError(
      `Cannot pair cells of "${name}": ${cause}; leave the transition out, hold it out, or lower ` +
        "plugin.config.pairing.least",
    );
  });
}

/**
 * Pair control with target cells by optimal transport on their expression (section 2.5); images have no say.
 *
 * @param data The data set; only its training sections are used.
 * @param config How cells are paired.
 * @param task Transitions, columns, form of the confidences and stream.
 * @returns Measured cells and their pairs.
 * @throws {DataError} If a transition has too few cells on a side.
 */
export async function pairCells(data: Data, config: PairingConfig, task: PairingTask): Promise<PairedCells> {
  const { transitions, states, rng, progress } = task;
  const { candidates, counts } = candidatesOf(data, transitions, states, config, rng.fold("candidates"));
  const { blank, ...cells } = await readCells(data, unionOf(candidates), task);
  const numbers = new Map(cells.rows.map((address, i) => [key(address), i] as const));
  const numbersOf = (side: readonly RowAddress[]): Int32Array =>
    Int32Array.from(side.flatMap((address) => numbers.get(key(address)) ?? []));
  const groups: PairedGroup[] = [];
  for (const [done, { transition, group, ...sides }] of candidates.entries()) {
    const [controls, targets] = [numbersOf(sides.controls), numbersOf(sides.targets)];
    if (controls.length < config.least || targets.length < config.least) continue;
    const [from, to] = [takeRows(cells.expression, controls), takeRows(cells.expression, targets)];
    const cost = pcaCost(from, to, config.components);
    const { plan, converged } = transportPlan(cost, controls.length, targets.length, config);
    const stream = rng.fold("match").fold(transitions[transition]!.name).fold(group);
    groups.push({
      transition,
      group,
      controls,
      targets,
      plan,
      match: matchOf(config.match, plan, cost, targets.length, stream),
      confidence: planConfidence(plan, targets.length, task.confidence),
      converged,
    });
    progress(done + 1, candidates.length, "pairing cells");
  }
  requireAll(groups, candidates, task, config.least);
  return { cells, groups, leftOut: { ...counts, blank } };
}
