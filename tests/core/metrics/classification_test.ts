import { DataError } from "../../../core/errors.ts";
import { classification, confusionMatrix } from "../../../core/metrics/classification.ts";
import { rng } from "../../../core/rng/stream.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

const TOLERANCE = vectors.meta.tolerance.float64;

Deno.test("classification() reproduces the vector weighted_f1", () => {
  const item = vectors.weighted_f1;
  const { accuracy, weighted } = classification(item.gt, item.pred, item.n_classes);
  assertAlmostEquals(weighted.f1, item.expected, TOLERANCE);
  assertAlmostEquals(accuracy, item.accuracy, TOLERANCE);
});

Deno.test("classification() reproduces the F1 scores of the vector metrics", () => {
  const item = vectors.metrics;
  const reference = item.nearest_real_index.map((rows, t) => rows.map((row) => item.real_celltype[t]![row]!));
  const scores = reference.map((labels, t) =>
    classification(labels, item.predicted_celltype_of_generated[t]!, item.n_classes).weighted.f1
  );
  assertClose(scores, item.f1_weighted_per_batch, TOLERANCE);
  assertAlmostEquals((scores[0]! + scores[1]!) / 2, item.f1_mean_of_batches, TOLERANCE);
  const pooled = classification(reference.flat(), item.predicted_celltype_of_generated.flat(), item.n_classes);
  assertAlmostEquals(pooled.weighted.f1, item.f1_pooled, TOLERANCE);
});

Deno.test({
  name: "classification() agrees with scikit-learn, absent and never predicted classes included",
  ignore: !hasPython("sklearn.metrics"),
  fn: () => {
    const classes = 7;
    // Class 5 is never the reference, class 6 occurs nowhere, class 4 is never predicted.
    const reference = Array.from(rng(1).host.uniform(300), (u) => Math.floor(5 * u));
    const other = Array.from(rng(2).host.uniform(300), (u) => [0, 1, 2, 3, 5][Math.floor(5 * u)]!);
    const predicted = reference.map((label, i) => i % 2 === 0 && label !== 4 ? label : other[i]!);
    const found = classification(reference, predicted, classes);
    const expected = askPython(
      `
from sklearn.metrics import precision_recall_fscore_support as score, confusion_matrix, accuracy_score
g, p, k = d["reference"], d["predicted"], range(7)
out = {
  "weighted": score(g, p, average="weighted", zero_division=0)[:3],
  "macro": score(g, p, average="macro", zero_division=0)[:3],
  "each": score(g, p, labels=list(k), zero_division=0)[:3],
  "confusion": confusion_matrix(g, p, labels=list(k)),
  "accuracy": accuracy_score(g, p)}`,
      { reference, predicted },
    ) as { weighted: number[]; macro: number[]; each: number[][]; confusion: number[][]; accuracy: number };
    for (const name of ["weighted", "macro"] as const) {
      const { precision, recall, f1 } = found[name];
      assertClose([precision, recall, f1], expected[name], 1e-12);
    }
    assertClose(found.classes.map((score) => score.precision), expected.each[0]!, 1e-12);
    assertClose(found.classes.map((score) => score.recall), expected.each[1]!, 1e-12);
    assertClose(found.classes.map((score) => score.f1), expected.each[2]!, 1e-12);
    assertEquals(Array.from(found.confusion), flat(expected.confusion));
    assertAlmostEquals(found.accuracy, expected.accuracy, 1e-12);
  },
});

Deno.test("classification() leaves out missing labels and refuses to score nothing", () => {
  const all = classification([0, 1, 1], [0, 1, 0], 2);
  assertEquals(classification([0, -1, 1, 1, 0], [0, 1, 1, 0, -1], 2), all);
  assertThrows(() => classification([-1, 0], [0, -1], 2), DataError, "2 predictions: no pair has both labels");
});

Deno.test("confusionMatrix() refuses classes out of range and lists of different length", () => {
  assertThrows(() => confusionMatrix([0, 2], [0, 0], 2), RangeError, "class 2 of item 1");
  assertThrows(() => confusionMatrix([0], [0, 1], 2), TypeError, "2 predictions with 1 reference");
});
