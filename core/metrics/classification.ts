import { DataError } from "../errors.ts";

/** Precision, recall and F1. */
export interface ClassScores {
  /** Share of the predictions that are right; 0 if there are none. */
  readonly precision: number;
  /** Share of the class that is found; 0 if it does not occur. */
  readonly recall: number;
  /** Harmonic mean of precision and recall; 0 if both are. */
  readonly f1: number;
}

/** Agreement of predicted with reference classes. */
export interface Classification {
  /** Share of pairs that agree (micro average). */
  readonly accuracy: number;
  /** Scores averaged over classes with the reference support as weight; absent classes weigh 0. */
  readonly weighted: ClassScores;
  /** Scores averaged over the classes that occur on either side. */
  readonly macro: ClassScores;
  /** Scores of each class. */
  readonly classes: readonly ClassScores[];
  /** Counts, row-major `[classes, classes]`: reference in rows, prediction in columns. */
  readonly confusion: Int32Array;
  /** Pairs that were compared. */
  readonly count: number;
}

/**
 * Count how often each reference class is predicted as each class.
 *
 * @param reference Reference classes, 0 .. classes - 1, or -1 where the label is missing.
 * @param predicted Predicted classes, as many; -1 where there is no prediction.
 * @param classes Number of classes.
 * @returns Counts, row-major `[classes, classes]`, reference in rows; pairs with a -1 are left out.
 * @throws {TypeError} If the lengths differ.
 * @throws {RangeError} If a class is out of range.
 */
export function confusionMatrix(
  reference: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): Int32Array {
  if (reference.length !== predicted.length) {
    throw new TypeError(`Cannot compare ${predicted.length} predictions with ${reference.length} reference labels`);
  }
  const counts = new Int32Array(classes * classes);
  for (let i = 0; i < reference.length; i++) {
    const [row, column] = [reference[i]!, predicted[i]!];
    for (const label of [row, column]) {
      if (!(label >= -1 && label < classes)) {
        throw new RangeError(`Cannot count class ${label} of item ${i}: expected -1 to ${classes - 1}`);
      }
    }
    if (row >= 0 && column >= 0) counts[row * classes + column]!++;
  }
  return counts;
}

/**
 * Compare predicted with reference classes: accuracy, and precision, recall and F1 per class, weighted and macro.
 *
 * @example Usage
 * ```ts
 * import { classification } from "@morphogen/morphogen";
 *
 * const { accuracy, weighted } = classification([0, 0, 1, -1], [0, 1, 1, 1], 2);
 * if (accuracy !== 2 / 3 || Math.abs(weighted.f1 - 2 / 3) > 1e-12) throw new Error(String(weighted.f1));
 * ```
 *
 * @param reference Reference classes, 0 .. classes - 1, or -1 where the label is missing.
 * @param predicted Predicted classes, as many; -1 where there is no prediction.
 * @param classes Number of classes.
 * @returns The scores; pairs with a -1 are left out.
 * @throws {DataError} If no pair has both labels.
 * @throws {TypeError} If the lengths differ.
 * @throws {RangeError} If a class is out of range.
 */
export function classification(
  reference: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): Classification {
  const confusion = confusionMatrix(reference, predicted, classes);
  const support = new Float64Array(classes);
  const named = new Float64Array(classes);
  let hits = 0;
  for (let row = 0, at = 0; row < classes; row++) {
    for (let column = 0; column < classes; column++, at++) {
      support[row]! += confusion[at]!;
      named[column]! += confusion[at]!;
      if (row === column) hits += confusion[at]!;
    }
  }
  const count = support.reduce((sum, value) => sum + value, 0);
  if (count === 0) throw new DataError(`Cannot score ${reference.length} predictions: no pair has both labels`);
  const scores = Array.from({ length: classes }, (_, k): ClassScores => {
    const hit = confusion[k * classes + k]!;
    return {
      precision: named[k]! > 0 ? hit / named[k]! : 0,
      recall: support[k]! > 0 ? hit / support[k]! : 0,
      f1: support[k]! + named[k]! > 0 ? 2 * hit / (support[k]! + named[k]!) : 0,
    };
  });
  return Object.freeze({
    accuracy: hits / count,
    weighted: average(scores, support),
    macro: average(scores, support.map((value, k) => value + named[k]! > 0 ? 1 : 0)),
    classes: scores,
    confusion,
    count,
  });
}

function average(scores: readonly ClassScores[], weight: Float64Array): ClassScores {
  const total = weight.reduce((sum, value) => sum + value, 0);
  const mean = (key: keyof ClassScores): number => scores.reduce((sum, s, k) => sum + s[key] * weight[k]!, 0) / total;
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}
