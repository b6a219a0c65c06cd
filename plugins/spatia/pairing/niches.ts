import { type HostArray, hostArray, type NumericArray } from "../../../core/mod.ts";

/** What a niche is for a transition: where it starts, where it leads, or neither. */
export type NicheRole = "source" | "target" | "other";

/**
 * Role of a niche for the transition from state A to B (section 2.5): a target has enough of B, whatever else it has; a
 * source has enough of A and not of B.
 *
 * @param shareA Share of its cells in state A.
 * @param shareB Share of its cells in state B.
 * @param least Share that is enough.
 * @returns The role.
 */
export function nicheRole(shareA: number, shareB: number, least: number): NicheRole {
  if (shareB >= least) return "target";
  return shareA >= least ? "source" : "other";
}

/** Cells of a section as niches see them. */
export interface NicheCells {
  /** Expression, `[N, G]`. */
  readonly expression: HostArray<NumericArray>;
  /** Positions in µm, `[N, 2]`. */
  readonly position: HostArray<NumericArray>;
  /** Niche of each cell; -1 for none. */
  readonly niche: Int32Array;
  /** State of each cell; -1 for none. */
  readonly state: Int32Array;
}

/** A niche as a unit of pairing. */
export interface NicheSummary {
  /** Its number. */
  readonly niche: number;
  /** Its cells. */
  readonly cells: number;
  /** Mean expression, `[G]`; the release takes the sum, which counts cells. */
  readonly expression: Float64Array;
  /** Least x and y, greatest x and y, in µm, with the padding. */
  readonly box: readonly [number, number, number, number];
  /** What it is for the transition. */
  readonly role: NicheRole;
}

/** What niches are summarised for. */
export interface NicheOptions {
  /** State that the transition starts from (A). */
  readonly from: number;
  /** State that it leads to (B). */
  readonly to: number;
  /** Share of a state that makes a role. */
  readonly leastShare: number;
  /** Niches with fewer cells are left out. */
  readonly leastCells: number;
  /** What is added to each side of the box, in µm. */
  readonly padding: number;
}

function summary(cells: NicheCells, niche: number, rows: readonly number[], options: NicheOptions): NicheSummary {
  const { expression: { data, shape }, position, state } = cells;
  const genes = shape[1]!;
  const mean = new Float64Array(genes);
  for (const row of rows) for (let g = 0; g < genes; g++) mean[g]! += data[row * genes + g]! / rows.length;
  const axis = (at: number): number[] => rows.map((row) => position.data[row * 2 + at]!);
  const [xs, ys] = [axis(0), axis(1)];
  const share = (of: number): number => rows.filter((row) => state[row] === of).length / rows.length;
  const { padding } = options;
  return {
    niche,
    cells: rows.length,
    expression: mean,
    box: [
      Math.min(...xs) - padding,
      Math.min(...ys) - padding,
      Math.max(...xs) + padding,
      Math.max(...ys) + padding,
    ],
    role: nicheRole(share(options.from), share(options.to), options.leastShare),
  };
}

/**
 * Summarise the niches of a section for a transition.
 *
 * @param cells The section's cells.
 * @param options States and limits.
 * @returns One summary per niche with enough cells, in order of their numbers.
 */
export function summariseNiches(cells: NicheCells, options: NicheOptions): readonly NicheSummary[] {
  const rows = new Map<number, number[]>();
  cells.niche.forEach((niche, row) => {
    if (niche < 0) return;
    const list = rows.get(niche) ?? [];
    rows.set(niche, list);
    list.push(row);
  });
  return [...rows].filter(([, list]) => list.length >= options.leastCells).sort(([a], [b]) => a - b)
    .map(([niche, list]) => summary(cells, niche, list, options));
}

/**
 * Expression of niches as a matrix.
 *
 * @param niches Niches, at least one.
 * @returns `[n, G]`.
 */
export function nicheExpression(niches: readonly NicheSummary[]): HostArray {
  const genes = niches[0]!.expression.length;
  const values = niches.flatMap(({ expression }) => Array.from(expression));
  return hostArray(Float32Array.from(values), [niches.length, genes]);
}
