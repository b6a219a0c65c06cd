import { energyScore, errorsByColumn, pearsonByColumn, spearmanByColumn } from "../../../core/mod.ts";
import { hostArray } from "../../../core/host_array.ts";
import { finiteMean, geneScores, quantile, QUARTILES, slidePearson } from "../../../plugins/stflow/score.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { array, assertClose } from "../../vectors/arrays.ts";
import { vectors } from "./tiny.ts";

const { metrics } = vectors;
const TOLERANCE = vectors.meta.tolerance.float64;

Deno.test("geneScores() are those of the vectors, by slide and pooled", () => {
  const pooled = {
    pred: [...metrics.slideA.pred, ...metrics.slideB.pred],
    truth: [...metrics.slideA.truth, ...metrics.slideB.truth],
    ...metrics.pooled,
  };
  for (
    const { pred, truth, pearson, pearsonMean, pearsonStdPop, mse, r2, mseQ, r2Q } of [
      metrics.slideA,
      metrics.slideB,
      pooled,
    ]
  ) {
    const found = geneScores(array(pred), array(truth));
    assertClose(found.pearson, pearson, TOLERANCE);
    assertClose(found.squared, mse, TOLERANCE);
    assertClose(found.explained, r2, TOLERANCE);
    const { mean, deviation } = finiteMean(found.pearson);
    assertClose([mean, deviation], [pearsonMean, pearsonStdPop], TOLERANCE);
    assertClose(QUARTILES.map((share) => quantile(found.squared, share)), mseQ, TOLERANCE);
    assertClose(QUARTILES.map((share) => quantile(found.explained, share)), r2Q, TOLERANCE);
    assertAlmostEquals(slidePearson(array(pred), array(truth)), pearsonMean, TOLERANCE);
  }
});

Deno.test("genes without variation are skipped and counted", () => {
  const { pred, truth, strictMeanOf, skipNanMean } = metrics.nan;
  const column = (values: readonly number[]) => hostArray(Float64Array.from(values), [3, 1]);
  assertEquals(pearsonByColumn(column(pred), column(truth))[0], NaN);
  const { mean, missing } = finiteMean(strictMeanOf.map((value) => value ?? NaN));
  assertAlmostEquals(mean, skipNanMean, TOLERANCE);
  assertEquals(missing, 1);
  assertEquals(slidePearson(column(pred), column(truth)), 0);
});

Deno.test("scores of folds are averaged with the deviation of the folds themselves", () => {
  const { perFold, foldMeans, pearsonMean, pearsonStdPop, perGeneMean, perGeneStdPop } = metrics.folds;
  assertClose(perFold.map((genes) => finiteMean(Object.values(genes)).mean), foldMeans, TOLERANCE);
  const { mean, deviation } = finiteMean(foldMeans);
  assertClose([mean, deviation], [pearsonMean, pearsonStdPop], TOLERANCE);
  for (const gene of ["geneA", "geneB"] as const) {
    const found = finiteMean(perFold.map((genes) => genes[gene]));
    assertClose([found.mean, found.deviation], [perGeneMean[gene], perGeneStdPop[gene]], TOLERANCE);
  }
});

Deno.test("quantile() interpolates between the values", () => {
  const { x, q25, q50, q75 } = metrics.percentile;
  assertClose([0.25, 0.5, 0.75].map((share) => quantile(x, share)), [q25, q50, q75], TOLERANCE);
});

Deno.test("metrics agree on a perfect prediction", () => {
  const y = array(metrics.slideA.truth);
  assertClose(spearmanByColumn(y, y), [1, 1], 1e-12);
  assertClose(errorsByColumn(y, y).squared, [0, 0], 0);
  assertEquals(energyScore([y, y], y), 0);
});
