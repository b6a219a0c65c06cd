import {
  type Data,
  DataError,
  type HostArray,
  hostArray,
  type NumericArray,
  type RowAddress,
  type Tree,
} from "../../../core/mod.ts";
import type { MeasuredCells } from "../cells.ts";
import type { PairedGroup } from "./pair_cells.ts";

/** Cells that were paired, as a run keeps them. */
export type StoredPairs = {
  /** Section and row of each cell, `[n, 2]`. */
  readonly cells: HostArray;
  /** Pairs by transition and group. */
  readonly groups: readonly StoredGroup[];
};

/** One group of {@linkcode StoredPairs}. */
export type StoredGroup = {
  /** Number of the transition, `[1]`. */
  readonly transition: HostArray;
  /** Control cells, `[N]`. */
  readonly controls: HostArray;
  /** Target cells, `[M]`. */
  readonly targets: HostArray;
  /** Number of each control's target among the targets, -1 for none, `[N]`. */
  readonly match: HostArray;
  /** Confidences, `[N]`. */
  readonly confidence: HostArray;
  /** The plan, `[N, M]`, where targets are drawn anew in each epoch; else empty, `[0]`. */
  readonly plan: HostArray;
};

function stored(values: NumericArray, shape: readonly number[] = [values.length]): HostArray {
  return hostArray(Float32Array.from(values), shape);
}

/**
 * Pack pairs for a run folder; numbers of cells are exact in float32 up to 16.8 million.
 *
 * @param cells Measured cells.
 * @param groups Their pairs.
 * @param data The data set.
 * @param keepPlans Whether plans are kept.
 * @returns Arrays.
 */
export function storePairs(
  { rows }: Pick<MeasuredCells, "rows">,
  groups: readonly PairedGroup[],
  { sections }: Data,
  keepPlans: boolean,
): StoredPairs {
  const numbers = new Map(sections.map((section, i) => [section, i] as const));
  const addresses = Float32Array.from(rows.flatMap(({ section, row }) => [numbers.get(section)!, row]));
  return {
    cells: hostArray(addresses, [rows.length, 2]),
    groups: groups.map(({ transition, controls, targets, match, confidence, plan }) => ({
      transition: stored(Float32Array.of(transition)),
      controls: stored(controls),
      targets: stored(targets),
      match: stored(match),
      confidence: stored(confidence),
      plan: keepPlans ? stored(plan, [controls.length, targets.length]) : stored(new Float32Array(0)),
    })),
  };
}

/** Pairs as rows of a data set. */
export interface PairRows {
  /** Cells of any pair. */
  readonly cells: readonly RowAddress[];
  /** Control of each pair, by its number among the cells. */
  readonly control: Int32Array;
  /** Target of each pair. */
  readonly target: Int32Array;
  /** Transition of each pair. */
  readonly transition: Int32Array;
  /** Confidence of each pair. */
  readonly confidence: Float64Array;
}

/** How {@linkcode pairRows} finds the target of each control. */
export type Rematch = (group: StoredGroup, number: number) => ArrayLike<number>;

/** The pairs that were made first. */
export const FIRST_MATCH: Rematch = ({ match }: StoredGroup): ArrayLike<number> => match.data;

/**
 * Unpack pairs.
 *
 * @param pairs Stored pairs.
 * @param data The data set.
 * @param rematch Finds targets.
 * @returns One entry per pair; controls without a target are left out.
 * @throws {DataError} If the pairs are of other data.
 */
export function pairRows(pairs: StoredPairs, { sections, spec }: Data, rematch: Rematch = FIRST_MATCH): PairRows {
  const { data: addresses, shape } = pairs.cells;
  const cells = Array.from({ length: shape[0]! }, (_, i): RowAddress => {
    const [section, row] = [sections[addresses[2 * i]!], addresses[2 * i + 1]!];
    if (section !== undefined && section.split === "train" && row < section.rows) return { section, row };
    throw new DataError(`Cannot use stored pairs with "${spec.name}": they are of other data; start with --fresh`);
  });
  const all = pairs.groups.flatMap((group, number) => {
    const match = rematch(group, number);
    return Array.from(group.controls.data, (control, i) => ({
      control,
      target: match[i]! < 0 ? -1 : group.targets.data[match[i]!]!,
      transition: group.transition.data[0]!,
      confidence: group.confidence.data[i]!,
    }));
  }).filter(({ target }) => target >= 0);
  return {
    cells,
    control: Int32Array.from(all, ({ control }) => control),
    target: Int32Array.from(all, ({ target }) => target),
    transition: Int32Array.from(all, ({ transition }) => transition),
    confidence: Float64Array.from(all, ({ confidence }) => confidence),
  };
}

/** Stored pairs among what a run kept. */
export function storedPairsOf(tree: Tree<HostArray>): StoredPairs {
  return tree as StoredPairs;
}
