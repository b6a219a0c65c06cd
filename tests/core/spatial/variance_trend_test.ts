import { DataError } from "../../../core/errors.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { momentsOf } from "../../../core/spatial/column_moments.ts";
import { highlyVariableOfBatches } from "../../../core/spatial/highly_variable.ts";
import { loess } from "../../../core/spatial/loess.ts";
import { log1p } from "../../../core/spatial/normalize_total.ts";
import { lowestMedianRank, standardizedVariance, varianceTrend } from "../../../core/spatial/variance_trend.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

/** Overdispersed counts of a batch; gene 3 is constant, gene 5 is never seen. */
function counts(batch: number, n: number, g: number): HostArray {
  const stream = rng(8).fold("batch").fold(batch);
  const mean = rng(8).fold("mean").host.gamma(g, 0.5, 4);
  const spread = rng(8).fold("spread").host.gamma(g, 2, 0.5);
  const rate = stream.fold("rate").host.gamma(
    n * g,
    Float32Array.from({ length: n * g }, (_, at) => 1 / (spread[at % g]! + 0.05)),
    Float32Array.from({ length: n * g }, (_, at) => (mean[at % g]! + 0.1) * (spread[at % g]! + 0.05)),
  );
  const drawn = stream.fold("counts").host.poisson(n * g, rate);
  drawn.forEach((_, at) => {
    if (at % g === 3) drawn[at] = 2;
    if (at % g === 5) drawn[at] = 0;
  });
  return hostArray(drawn, [n, g]);
}

Deno.test({
  name: "standardizedVariance() equals the rule of scanpy's seurat_v3 for one and several batches",
  ignore: !hasPython("pandas"),
  fn: () => {
    const batches = [counts(0, 90, 300), counts(1, 120, 300), counts(2, 70, 300)];
    const trends = batches.map((x) => varianceTrend(momentsOf(x)));
    const variances = batches.map((x, i) => {
      const gathered = standardizedVariance(trends[i]!);
      gathered.add(x, Array.from({ length: 40 }, (_, row) => row));
      gathered.add(x, Array.from({ length: x.shape[0]! - 40 }, (_, row) => row + 40));
      return gathered.variance();
    });
    // The curve itself is compared with R and NumPy where it is defined; here it is an input.
    const fitted = batches.map((x) => {
      const { rows, mean, squares } = momentsOf(x);
      const varying = Array.from(mean.keys()).filter((gene) => squares[gene]! > 0);
      const curve = loess(
        Float64Array.from(varying, (gene) => Math.log10(mean[gene]!)),
        Float64Array.from(varying, (gene) => Math.log10(squares[gene]! / (rows - 1))),
        0.3,
      );
      return hostArray(curve, [curve.length]);
    });
    const expected = askPython(
      `
import pandas as pd
norm = []
for i in range(3):
    X = d[f"x{i}"]; N = len(X)
    mean, var = X.mean(0), X.var(0, ddof=1)
    est = np.zeros(X.shape[1]); est[var > 0] = d[f"f{i}"]
    reg = np.sqrt(10 ** est)
    z = np.minimum(X, reg * np.sqrt(N) + mean)
    norm.append(((z - mean) ** 2).sum(0) / ((N - 1) * reg ** 2))
norm = np.array(norm)
def choose(norm, n):
    rank = np.argsort(np.argsort(-norm, axis=1, kind="stable"), axis=1, kind="stable").astype(float)
    times = (rank < n).sum(0)
    rank[rank >= n] = np.nan
    med = np.ma.median(np.ma.masked_invalid(rank), axis=0).filled(np.nan)
    f = pd.DataFrame({"r": med, "t": times}).sort_values(["r", "t"], ascending=[True, False], na_position="last")
    return np.sort(f.index[:n])
out = {"norm": norm, "one": choose(norm[:1], 50), "all": choose(norm, 50)}`,
      Object.fromEntries(batches.flatMap((x, i) => [[`x${i}`, x], [`f${i}`, fitted[i]!]])),
    ) as { norm: number[][]; one: number[]; all: number[] };
    variances.forEach((variance, i) => assertClose(variance, expected.norm[i]!, 1e-9, 1e-9));
    assertEquals(Array.from(lowestMedianRank([variances[0]!], 50)), expected.one);
    assertEquals(Array.from(lowestMedianRank(variances, 50)), expected.all);
  },
});

Deno.test({
  name: "highlyVariableOfBatches() equals the rule of scanpy's seurat with a batch key",
  ignore: !hasPython("pandas"),
  fn: () => {
    const batches = [counts(0, 90, 300), counts(1, 120, 300), counts(2, 70, 300)];
    const expected = askPython(
      `
import pandas as pd, warnings
warnings.simplefilter("ignore")
frames = []
for i in range(3):
    e = d[f"x{i}"]
    seen = np.flatnonzero(e.sum(0) > 0)
    m, v = e[:, seen].mean(0), e[:, seen].var(0, ddof=1)
    disp = v / m; disp[disp == 0] = np.nan
    f = pd.DataFrame({"gene": seen, "m": np.log1p(m), "d": np.log(disp)})
    g = f.groupby(pd.cut(f["m"], bins=20))["d"]
    avg, dev = g.transform("mean"), g.transform(lambda s: s.std(ddof=1))
    f["z"] = ((f["d"] - avg) / dev).where(g.transform("count") > 1, 1.0).where(~f["d"].isna())
    z = np.sort(f["z"].dropna())[::-1]
    f["hv"] = f["z"] >= z[40 - 1]
    gone = np.setdiff1d(np.arange(e.shape[1]), seen)
    frames.append(pd.concat([f, pd.DataFrame({"gene": gone, "z": 0.0, "hv": False})]))
f = pd.concat(frames); f["hv"] = f["hv"].astype(int)
f = f.groupby("gene").agg({"z": "mean", "hv": "sum"})
out = np.sort(f.sort_values(["hv", "z"], ascending=False, na_position="last").index[:40])`,
      Object.fromEntries(batches.map((x, i) => [`x${i}`, x])),
    ) as number[];
    assertEquals(Array.from(highlyVariableOfBatches(batches.map(momentsOf), 40)), expected);
    assertThrows(() => highlyVariableOfBatches(batches.map(momentsOf), 301), RangeError, "301 of 300");
  },
});

Deno.test("varianceTrend() refuses a single cell, and too few genes; lowestMedianRank() no batch", () => {
  assertThrows(() => varianceTrend(momentsOf(counts(0, 1, 40))), RangeError, "over 1 cells");
  assertThrows(() => varianceTrend(momentsOf(counts(0, 30, 8))), RangeError, "raise the span");
  const same = hostArray(Float32Array.from({ length: 400 }, (_, at) => Number(at % 20 === Math.floor(at / 20))), [
    20,
    20,
  ]);
  assertThrows(() => varianceTrend(momentsOf(same)), DataError, "lie at one place");
  assertThrows(() => lowestMedianRank([], 1), DataError, "no batches");
  assertEquals(varianceTrend(momentsOf(log1p(hostArray(new Float32Array(8), [2, 4])))).std.join(), "1,1,1,1");
});
