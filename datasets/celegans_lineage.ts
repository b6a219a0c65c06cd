/** Founder cells of the invariant lineage whose descendants carry their name as a prefix, longest first. */
const FOUNDERS = ["ABal", "ABar", "ABpl", "ABpr", "MS", "E", "C", "D"] as const;

/** Mothers of the cells whose names do not begin with their mother's. */
const MOTHERS: Readonly<Record<string, string>> = {
  AB: "P0",
  P1: "P0",
  EMS: "P1",
  P2: "P1",
  MS: "EMS",
  E: "EMS",
  C: "P2",
  P3: "P2",
  D: "P3",
  P4: "P3",
  Z2: "P4",
  Z3: "P4",
};

/**
 * Mother of a cell in the invariant lineage of C. elegans (Sulston et al. 1983): ABal comes from ABa, MS from EMS.
 *
 * @param cell Lineage name.
 * @returns Name of the mother; undefined for the zygote.
 */
export function motherOf(cell: string): string | undefined {
  if (cell === "P0") return undefined;
  return MOTHERS[cell] ?? cell.slice(0, -1);
}

/**
 * Founder cell that a cell descends from.
 *
 * @param cell Lineage name.
 * @returns `ABal`, `ABar`, `ABpl`, `ABpr`, `MS`, `E`, `C` or `D`; `P` for the germ line; the cell's own name before these.
 */
export function founderOf(cell: string): string {
  if (/^(P[34]|Z[23])/.test(cell)) return "P";
  return cell === "EMS" ? cell : FOUNDERS.find((founder) => cell.startsWith(founder)) ?? cell;
}

/**
 * Row that each cell of a later time comes from: the same cell, or the ancestor that it descends from.
 *
 * @param before Names of the cells of an earlier time.
 * @param after Names of the cells of a later time.
 * @returns For each cell of `after` its row in `before`; -1 if no ancestor is there (it was not traced).
 */
export function trueCoupling(before: readonly string[], after: readonly string[]): Int32Array {
  const row = new Map(before.map((cell, i) => [cell, i]));
  return Int32Array.from(after, (cell) => {
    for (let at: string | undefined = cell; at !== undefined && at !== ""; at = motherOf(at)) {
      const found = row.get(at);
      if (found !== undefined) return found;
    }
    return -1;
  });
}

/**
 * First frame with at least so many nuclei.
 *
 * @param frames Frame of each row of one embryo.
 * @param count Number of nuclei.
 * @returns The frame; undefined if there never are as many.
 */
export function frameOfCount(frames: ArrayLike<number>, count: number): number | undefined {
  const counts = new Map<number, number>();
  for (let row = 0; row < frames.length; row++) counts.set(frames[row]!, (counts.get(frames[row]!) ?? 0) + 1);
  const reached = [...counts].filter(([, found]) => found >= count).map(([frame]) => frame);
  return reached.length === 0 ? undefined : Math.min(...reached);
}
