import {
  columnStats,
  concatRows,
  fitPca,
  type HostArray,
  hostArray,
  projectPca,
  standardize,
  takeRows,
} from "../../../core/mod.ts";

/** Penalties as a share of the number of training rows. */
const PENALTIES = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30] as const;
/** Most principal components of the features. */
const MOST = 256;
/** Parts that a single section is cut into to choose the penalty. */
const PARTS = 4;

/** Features and what is predicted from them, of one section. */
export interface ProbeRows {
  /** Features, `[N, D]`. */
  readonly x: HostArray;
  /** Targets, `[N, T]`. */
  readonly y: HostArray;
}

/** A linear map from features to targets. */
export interface Ridge {
  /** Penalty as a share of the number of training rows. */
  readonly penalty: number;
  /**
   * Predict targets.
   *
   * @param x Features, `[N, D]`.
   * @returns Targets, `[N, T]`.
   */
  predict(x: HostArray): HostArray;
}

/** Coefficients on uncorrelated scores: each is its own division, so that all penalties come from one fit. */
interface ScoreFit {
  predict(x: HostArray, penalty: number): HostArray;
}

function fitScores(training: readonly ProbeRows[]): ScoreFit {
  const raw = concatRows(training.map(({ x }) => x));
  const stats = columnStats(raw);
  const scaled = standardize(raw, stats);
  const [rows, width] = raw.shape as [number, number];
  const pca = fitPca(scaled, Math.min(MOST, rows, width));
  const { data: z, shape } = projectPca(pca, scaled);
  const scores = shape[1]!;
  const y = concatRows(training.map((each) => each.y));
  const targets = y.shape[1]!;
  const { mean } = columnStats(y);
  const squares = new Float64Array(scores);
  const products = new Float64Array(scores * targets);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < scores; c++) {
      const score = z[i * scores + c]!;
      squares[c]! += score * score;
      for (let t = 0; t < targets; t++) products[c * targets + t]! += score * (y.data[i * targets + t]! - mean[t]!);
    }
  }
  return {
    predict(x: HostArray, penalty: number): HostArray {
      const made = projectPca(pca, standardize(x, stats));
      const shrunk = squares.map((sum) => 1 / (sum + penalty * rows));
      const out = new Float32Array(x.shape[0]! * targets);
      const row = new Float64Array(targets);
      for (let i = 0; i < x.shape[0]!; i++) {
        row.set(mean);
        for (let c = 0; c < scores; c++) {
          const weight = made.data[i * scores + c]! * shrunk[c]!;
          for (let t = 0; t < targets; t++) row[t]! += weight * products[c * targets + t]!;
        }
        out.set(row, i * targets);
      }
      return hostArray(out, [x.shape[0]!, targets]);
    },
  };
}

function squaredError(predicted: HostArray, expected: HostArray): number {
  return predicted.data.reduce((sum, value, at) => sum + (value - expected.data[at]!) ** 2, 0);
}

/** Parts to leave out in turn: sections, or stretches of the rows of a single one. */
function foldsOf(training: readonly ProbeRows[]): readonly ProbeRows[] {
  if (training.length > 1) return training;
  const [{ x, y }] = training as readonly [ProbeRows];
  const rows = x.shape[0]!;
  const parts = Math.min(PARTS, rows);
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor(part * rows / parts);
    const to = Math.floor((part + 1) * rows / parts);
    const own = Int32Array.from({ length: to - from }, (_, i) => from + i);
    return { x: takeRows(x, own), y: takeRows(y, own) };
  });
}

/**
 * Ridge regression of z-scored features (Hoerl and Kennard 1970), the penalty chosen by leaving out one training section in
 * turn (a quarter of the rows of a single one).
 *
 * @param training Training sections, at least 2 rows in all.
 * @returns The fitted map.
 */
export function fitRidge(training: readonly ProbeRows[]): Ridge {
  const folds = foldsOf(training);
  const errors = new Float64Array(PENALTIES.length);
  for (const [left, fold] of folds.entries()) {
    const fit = fitScores(folds.filter((_, i) => i !== left));
    PENALTIES.forEach((penalty, i) => errors[i]! += squaredError(fit.predict(fold.x, penalty), fold.y));
  }
  const penalty = PENALTIES[errors.indexOf(Math.min(...errors))]!;
  const fit = fitScores(training);
  return Object.freeze({ penalty, predict: (x: HostArray): HostArray => fit.predict(x, penalty) });
}
