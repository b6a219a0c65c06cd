import type { Data, Rng, RowAddress, Section } from "../../../core/mod.ts";
import { statesOf, type Transition, type TransitionConfig } from "../transitions.ts";

/** Cells of both states that may be paired with each other. */
export interface Candidates {
  /** Number of the transition. */
  readonly transition: number;
  /** Niche or cell type that they share; empty if all cells of a state are together. */
  readonly group: string;
  /** Cells in the state that the transition starts from. */
  readonly controls: readonly RowAddress[];
  /** Cells in the state that it leads to. */
  readonly targets: readonly RowAddress[];
}

/** Cells that could not be candidates. */
export interface CandidateCounts {
  /** Cells without a state, or without the group that cells are paired within. */
  readonly untyped: number;
}

/** Limits of a group. */
export interface GroupLimits {
  /** Groups with fewer cells on either side are left out. */
  readonly least: number;
  /** Most cells of a side; of more as many are drawn. */
  readonly most: number;
}

/** A cell with its state and its group. */
interface TypedCell {
  readonly address: RowAddress;
  readonly state: number;
  readonly group: number;
}

function typedCells(data: Data, config: TransitionConfig, split: Section["split"]): readonly TypedCell[] {
  return data.sections.filter((section) => section.split === split).flatMap((section) => {
    const states = statesOf(config, section);
    const groups = config.groups === "" ? undefined : section.labels[config.groups];
    return Array.from(states, (state, row) => ({ address: { section, row }, state, group: groups?.[row] ?? -1 }));
  });
}

function drawn(cells: readonly RowAddress[], most: number, rng: Rng): readonly RowAddress[] {
  if (cells.length <= most) return cells;
  return Array.from(rng.host.choice(cells.length, most).sort(), (i) => cells[i]!);
}

/**
 * Find the cells that may be paired (section 2.5): within each group that holds both states, or all together where no
 * group does.
 *
 * @param data The data set; only its training sections are looked at, so that no target is on both sides of the split.
 * @param transitions Transitions that are learnt.
 * @param config Where states and groups come from.
 * @param limits Sizes of groups.
 * @param rng Stream of the draws from large groups.
 * @returns Candidates by transition and group, and what was left out.
 */
export function candidatesOf(
  data: Data,
  transitions: readonly Transition[],
  config: TransitionConfig,
  { least, most }: GroupLimits,
  rng: Rng,
): { readonly candidates: readonly Candidates[]; readonly counts: CandidateCounts } {
  const cells = typedCells(data, config, "train");
  const names = config.groups === "" ? [] : data.spec.labels[config.groups]!;
  const grouped = config.groups !== "";
  const candidates = transitions.flatMap(({ name, from, to }, transition): readonly Candidates[] => {
    const stream = rng.fold(name);
    const sideOf = (state: number, group: number | undefined): readonly RowAddress[] =>
      cells.filter((cell) => cell.state === state && (group === undefined || cell.group === group))
        .map(({ address }) => address);
    const between = (group: number | undefined): Candidates => {
      const label = group === undefined ? "" : names[group]!;
      const own = stream.fold(label);
      return {
        transition,
        group: label,
        controls: drawn(sideOf(from, group), most, own.fold("controls")),
        targets: drawn(sideOf(to, group), most, own.fold("targets")),
      };
    };
    const shared = grouped
      ? [...names.keys()].map(between).filter(({ controls, targets }) => controls.length > 0 && targets.length > 0)
      : [];
    return (shared.length > 0 ? shared : [between(undefined)])
      .filter(({ controls, targets }) => controls.length >= least && targets.length >= least);
  });
  const untyped = cells.filter(({ state, group }) => state < 0 || (grouped && group < 0)).length;
  return { candidates, counts: { untyped } };
}
