/** Pearson correlations that the paper reports for a task, pooled over the test slides of a fold. */
interface PaperRow {
  readonly stflow: number;
  readonly triplex: number;
  readonly bleep: number;
  readonly forest: number;
}

/** Table 1 of the paper: STFlow, TRIPLEX, BLEEP and a random forest, all on UNI features; means over three seeds. */
const HEST: Readonly<Record<string, PaperRow>> = {
  IDC: { stflow: 0.587, triplex: 0.606, bleep: 0.533, forest: 0.520 },
  PRAD: { stflow: 0.421, triplex: 0.402, bleep: 0.382, forest: 0.371 },
  PAAD: { stflow: 0.507, triplex: 0.492, bleep: 0.459, forest: 0.432 },
  SKCM: { stflow: 0.704, triplex: 0.699, bleep: 0.566, forest: 0.629 },
  COAD: { stflow: 0.326, triplex: 0.319, bleep: 0.303, forest: 0.285 },
  READ: { stflow: 0.240, triplex: 0.195, bleep: 0.236, forest: 0.159 },
  CCRCC: { stflow: 0.332, triplex: 0.289, bleep: 0.298, forest: 0.178 },
  HCC: { stflow: 0.124, triplex: 0.062, bleep: 0.086, forest: 0.052 },
  LUNG: { stflow: 0.610, triplex: 0.601, bleep: 0.588, forest: 0.559 },
  LYMPH_IDC: { stflow: 0.305, triplex: 0.292, bleep: 0.234, forest: 0.263 },
};

/**
 * What the paper reports for a task of HEST-Bench, as anchors that say so.
 *
 * The paper averages over all folds, takes features of a pathology model (UNI), and chooses the epoch on the test fold.
 *
 * @param data Name of the data, for example `"hest-bench IDC"`.
 * @returns Anchors by name; empty for other data.
 */
export function paperRow(data: string): Readonly<Record<string, number>> {
  const row = HEST[/^hest-bench (\w+)$/.exec(data)?.[1] ?? ""];
  if (row === undefined) return {};
  return {
    "paper: STFlow, UNI, all folds": row.stflow,
    "paper: TRIPLEX": row.triplex,
    "paper: BLEEP": row.bleep,
    "paper: random forest": row.forest,
  };
}
