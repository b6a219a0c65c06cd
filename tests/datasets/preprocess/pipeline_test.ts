import { openAnnData } from "../../../core/io/anndata_store.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { decodePca } from "../../../datasets/preprocess/components.ts";
import { recordsOf } from "../../../datasets/preprocess/record.ts";
import { hostArray } from "../../../core/host_array.ts";
import { DataError } from "../../../core/errors.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { hasShared } from "../../shared.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { inFolder, prep, writeHeart, writeOlfactoryBulb } from "./helpers.ts";

const CAN_RUN = hasShared && hasPython("anndata", "sklearn", "pandas");

const STEPS = "split:by=individual:hold_out=2,qc:min_counts=1500:min_cells=400,keep,normalize,log1p,hvg:n=200," +
  "pca:components=10,neighbors:k=10,coordinates:section=section:scale=axis,niches:k=7:section=section," +
  "spatial_neighbors:radius=46:section=section";

/** The same written with NumPy, pandas and scikit-learn; prints the largest difference of each result. */
const CHECK = `
import sys, json, warnings
warnings.simplefilter("ignore")
import anndata, numpy as np, pandas as pd
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors, radius_neighbors_graph
a, b = anndata.read_zarr(sys.argv[1]), anndata.read_zarr(sys.argv[2])
out = {}
X = a.X.toarray().astype(float)
cells = X.sum(1) >= 1500
whole = int((a.obs["individual"].astype(str) != "2").sum())
X, obs, pos = X[cells], a.obs[cells], a.obsm["spatial"][cells]
train = (obs["individual"].astype(str) != "2").to_numpy()
genes = (X[train] > 0).sum(0) >= 400
X, names = X[:, genes], a.var_names[genes]
out["cells"] = bool((b.obs_names == obs.index).all())
out["split"] = bool(((b.obs["split"] == "train").to_numpy() == train).all())
tot = X.sum(1)
L = np.log1p(X * (np.median(tot[train]) / tot)[:, None])
e = np.expm1(L[train]); m, v = e.mean(0), e.var(0, ddof=1)
f = pd.DataFrame({"m": np.log1p(m), "d": np.log(np.where(v > 0, v, np.nan) / m)})
g = f.groupby(pd.cut(f["m"], bins=20))["d"]
z = ((f["d"] - g.transform("mean")) / g.transform(lambda s: s.std(ddof=1))).where(g.transform("count") > 1, 1.0)
top = np.sort(np.argsort(-z.where(~f["d"].isna(), -1e300).to_numpy(), kind="stable")[:200])
out["genes"] = bool((b.var_names == names[top]).all())
L = L[:, top]
out["X"] = float(np.abs(b.X.toarray() - L).max())
out["counts"] = float(np.abs(b.layers["counts"].toarray() - X[:, top]).max())
p = PCA(10, svd_solver="full").fit(L[train])
c = p.components_ * np.sign(p.components_[np.arange(10), np.abs(p.components_).argmax(1)])[:, None]
out["loadings"] = float(np.abs(b.varm["PCs"] - c.T).max())
out["variance"] = float(np.abs(b.uns["pca"]["variance"] / p.explained_variance_ - 1).max())
out["ratio"] = float(np.abs(b.uns["pca"]["variance_ratio"] / p.explained_variance_ratio_ - 1).max())
S = (L - p.mean_) @ c.T
out["scores"] = float(np.abs(b.obsm["X_pca"] - S).max())
out["decoded"] = p.inverse_transform(p.transform(L[:20])).tolist()
d, i = NearestNeighbors(n_neighbors=10).fit(b.obsm["X_pca"]).kneighbors()
D = b.obsp["distances"].toarray()
out["knn"] = float(max(np.abs(np.sort(D[r][D[r] > 0]) - np.sort(d[r][:9])).max() for r in range(len(D))))
C = b.obsp["connectivities"]
out["symmetric"] = float(np.abs(C - C.T).max())
scaled, niche, edges, count = 0.0, True, True, 0
R = b.obsp["spatial_connectivities"].toarray()
for s in obs["section"].unique():
    rows = np.flatnonzero(obs["section"] == s)
    q = pos[rows]
    scaled = max(scaled, float(np.abs((q - q.mean(0)) / q.std(0) - b.obsm["spatial_scaled"][rows]).max()))
    far = NearestNeighbors(n_neighbors=7).fit(q).kneighbors(q)[0][:, -1]
    N = b.obsm["niches"][rows]
    niche &= bool((N[:, 0] == rows).all() and np.isin(N, rows).all())
    niche &= bool(np.allclose(np.linalg.norm(pos[N[:, -1]] - q, axis=1), far))
    A = radius_neighbors_graph(q, 46).toarray()
    count += int(A.sum())
    edges &= bool((R[np.ix_(rows, rows)] == A).all()); R[np.ix_(rows, rows)] = 0
out["scaled"], out["niches"], out["edges"] = scaled, niche, bool(edges and R.max() == 0)
out["count"] = count
steps = b.uns["morphogen"]["steps"]
out["steps"] = [str(steps[k]["name"]) for k in sorted(steps)]
out["fit_rows"] = [int(steps[k]["fit_rows"]) for k in sorted(steps)]
out["target"] = float(abs(steps["003"]["fitted"]["target"] - np.median(tot[train])))
out["removed"] = int(steps["001"]["counts"]["cells_min_counts"]) - int((~cells).sum())
out["train"] = int(train.sum()); out["all"] = [int(len(a)), whole, int(cells.sum()), int(len(genes)), int(genes.sum())]
print(json.dumps(out))
`;

Deno.test({
  name:
    "prepCommand() does to real sections what NumPy and scikit-learn do, fits on training mice, and Python opens it",
  ignore: !CAN_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const [from, to] = [`${folder}/bulb.zarr`, `${folder}/out.zarr`];
      writeOlfactoryBulb(from);
      await prep(from, to, STEPS);
      const found = runPython(CHECK, [from, to]) as Record<string, unknown>;
      for (const key of ["cells", "split", "genes", "niches", "edges"]) assertEquals(found[key], true, key);
      for (const [key, most] of Object.entries({ X: 1e-6, counts: 0, loadings: 1e-5, variance: 1e-6, ratio: 1e-6 })) {
        assert(Number(found[key]) <= most, `${key} differs by ${found[key]}`);
      }
      for (const [key, most] of Object.entries({ scores: 1e-4, knn: 1e-4, symmetric: 0, scaled: 1e-6, target: 0 })) {
        assert(Number(found[key]) <= most, `${key} differs by ${found[key]}`);
      }
      assertEquals(found.removed, 0);
      assertEquals(found.steps, STEPS.split(",").map((step) => step.split(":")[0]));
      const [all, whole, cells, genes, kept] = found.all as [number, number, number, number, number];
      const train = found.train as number;
      assert(train > 0 && train < cells && kept < genes && Number(found.count) > 2 * cells, JSON.stringify(found.all));
      assertEquals(found.fit_rows, [all, whole, ...Array(9).fill(train)]);
      const table = await readAnnData(to);
      const scores = hostArray(table.obsm["X_pca"]!.data.slice(0, 200), [20, 10]);
      assertClose(decodePca(table, scores).data, flat(found.decoded), 1e-5);
      assert(!(await Array.fromAsync(Deno.readDir(folder))).some(({ name }) => name.includes("partial")));
    }),
});

/** The rest of the steps, with what decides them written with NumPy and scikit-learn; prints what agrees. */
const GEOMETRY = `
import sys, json, anndata, numpy as np
from sklearn.cluster import KMeans
from sklearn.neighbors import kneighbors_graph, radius_neighbors_graph
a, b, c = [anndata.read_zarr(path) for path in sys.argv[1:]]
tot, seen = a.X.sum(1).A1.astype(float), (a.X > 0).sum(1).A1
mt = np.array([g.lower().startswith("ensmusg000000643") for g in a.var_names])
share = 100 * a.X[:, mt].sum(1).A1.astype(float) / tot
reasons = {"min_counts": tot < 1500, "max_counts": tot > 6000, "min_genes": seen < 365, "max_genes": seen > 940,
    "max_mito": share > 42.9}
kept = ~np.any(list(reasons.values()), axis=0)
out = {"cells": bool(kept.any() and (b.obs_names == a.obs_names[kept]).all())}
qc = b.uns["morphogen"]["steps"]["001"]["counts"]
out["reasons"] = [[int(qc["cells_" + k]), int(v.sum())] for k, v in reasons.items()]
out["obs"] = float(max(np.abs(b.obs["total_counts"] - tot[kept]).max(), np.abs(b.obs["pct_counts_mt"] - share[kept]).max(),
    np.abs(b.obs["n_genes_by_counts"] - seen[kept]).max()))
out["X"] = float(np.abs(b.X.toarray() - (a.X.toarray() * (1e4 / tot)[:, None])[kept]).max())
pos, N, sizes = a.obsm["spatial"][kept], b.obsm["niches"], []
D, C = b.obsp["spatial_distances"].toarray(), b.obsp["spatial_connectivities"].toarray()
out["scaled"] = out["scale"] = out["graph"] = out["wander"] = 0.0; out["inertia"] = []; inside = True
for i, s in enumerate(b.uns["spatial_scaled_scale"]["section"]):
    rows = np.flatnonzero(b.obs["section"] == s); q = pos[rows]
    sd = np.sqrt(q.var(0).mean())
    out["scaled"] = max(out["scaled"], float(np.abs((q - q.mean(0)) / sd - b.obsm["spatial_scaled"][rows]).max()))
    out["scale"] = max(out["scale"], float(np.abs(b.uns["spatial_scaled_scale"]["std"][i] - sd).max()))
    G = kneighbors_graph(q, 6, mode="distance").toarray()
    out["graph"] = max(out["graph"], float(np.abs(np.sort(G, 1) - np.sort(D[np.ix_(rows, rows)], 1)).max()))
    out["wander"] = max(out["wander"], float(np.delete(D[rows], rows, axis=1).max()))
    if (b.obs["split"][rows] == "train").all():
        sizes += np.asarray(radius_neighbors_graph(q, 46, include_self=True).sum(1)).ravel().astype(int).tolist()
    inside &= bool(np.isin(N[rows], rows).all() and (N[rows, 0] == rows).all())
    label = b.obs["region"].to_numpy()[rows]
    centre = np.array([q[label == r].mean(0) for r in range(5)])
    cost = ((q[:, None] - centre) ** 2).sum(-1)
    out["fixed"] = bool(out.get("fixed", True) and (cost.argmin(1) == label).all())
    best = KMeans(5, n_init=10, random_state=0).fit(q).inertia_
    out["inertia"].append(float(cost.min(1).sum() / best))
out["ones"] = bool(((D > 0) == (C == 1)).all() and C.sum() == 6 * len(C))
out["niche"] = [int(N.shape[1]), int(np.bincount(sizes).argmax()), inside]
size = b.obs.groupby(["section", "region"]).size()
drawn = c.obs.groupby(["section", "region"]).size()
out["drawn"] = bool((drawn == np.minimum(size, 20)).all() and c.obs_names.isin(b.obs_names).all() and c.obs_names.is_unique)
out["fewer"] = bool(drawn.sum() < size.sum())
print(json.dumps(out))
`;

Deno.test({
  name: "prepCommand() filters, scales, cuts, samples and links cells of real sections as NumPy and scikit-learn do",
  ignore: !CAN_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const [from, to, drawn] = [`${folder}/bulb.zarr`, `${folder}/out.zarr`, `${folder}/drawn.zarr`];
      writeOlfactoryBulb(from);
      const steps = "split:by=section:folds=2," +
        "qc:min_counts=1500:max_counts=6000:min_genes=365:max_genes=940:max_mito=42.9:mito_prefix=MT-+ensmusg000000643," +
        "normalize:target=10000,coordinates:section=section,regions:k=5:section=section";
      await prep(from, to, `${steps},niches:radius=46:section=section,spatial_neighbors:k=6:section=section`);
      await prep(from, drawn, `${steps},sample:n=20:section=section`);
      const found = runPython(GEOMETRY, [from, to, drawn]) as Record<string, unknown>;
      for (const key of ["cells", "ones", "fixed", "drawn", "fewer"]) assertEquals(found[key], true, key);
      for (
        const [key, most] of Object.entries({ obs: 1e-9, X: 1e-3, scaled: 1e-6, scale: 1e-9, graph: 1e-9, wander: 0 })
      ) {
        assert(Number(found[key]) <= most, `${key} differs by ${found[key]}`);
      }
      for (const [own, expected] of found.reasons as [number, number][]) {
        assert(own === expected && own > 0, JSON.stringify(found.reasons));
      }
      for (const ratio of found.inertia as number[]) {
        assert(ratio < 1.15, `regions are ${ratio} as wide as they could be`);
      }
      const [size, expected, inside] = found.niche as [number, number, boolean];
      assertEquals([size, inside], [expected, true]);
    }),
});

Deno.test({
  name: "prepCommand() --like does to other data what was done to the first, with what was learned there",
  ignore: !CAN_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const [from, first, again] = [`${folder}/bulb.zarr`, `${folder}/first.zarr`, `${folder}/again.zarr`];
      writeOlfactoryBulb(from);
      const steps =
        "split:by=section:folds=2,qc:min_counts=1500:min_cells=300,normalize,log1p,hvg:n=100,pca:components=5";
      await prep(from, first, steps, "--seed", "3");
      await prep(from, again, "", "--like", first);
      const [a, b] = [await readAnnData(first), await readAnnData(again)];
      assertEquals(b.var.index, a.var.index);
      assertEquals(b.obsm["X_pca"]!.data, a.obsm["X_pca"]!.data);
      const records = recordsOf(b.uns);
      assertEquals(records.map(({ name }) => name), ["qc", "normalize", "log1p", "hvg", "pca"]);
      assertEquals(records.map(({ fitRows }) => fitRows), [0, 0, 0, 0, 0]);
      const before = recordsOf(a.uns).filter(({ name }) => name !== "split");
      assertEquals(
        records.map(({ params, seed }) => ({ params, seed })),
        before.map(({ params, seed }) => ({ params, seed })),
      );
      const half = `${folder}/half.zarr`;
      runPython(
        `
import sys, anndata
a = anndata.read_zarr(sys.argv[1])
a[a.obs["section"] == "MOB3"].copy().write_zarr(sys.argv[2])
a[a.obs["section"] == "MOB3", 5:].copy().write_zarr(sys.argv[3])
print("0")`,
        [from, half, `${folder}/fewer.zarr`],
      );
      await prep(half, half, "", "--like", first, "--overwrite");
      const part = await readAnnData(half);
      const place = new Map(a.obs.index.map((name, row) => [name, row]));
      const rows = part.obs.index.map((name) => place.get(name)!);
      assertEquals(
        Array.from(part.obsm["X_pca"]!.data),
        rows.flatMap((row) => Array.from(a.obsm["X_pca"]!.data.subarray(5 * row, 5 * row + 5))),
      );
      await assertRejects(
        () => prep(`${folder}/fewer.zarr`, `${folder}/no.zarr`, "", "--like", first),
        DataError,
        "Cannot keep gene ",
      );
    }),
});

/** seurat_v3 as scanpy has it, with its loess written with NumPy and SciPy; prints the genes chosen. */
const SEURAT_V3 = `
import sys, json, anndata, numpy as np, pandas as pd
from scipy.interpolate import CubicHermiteSpline
a = anndata.read_zarr(sys.argv[1]); batch = sys.argv[2]; n = 2000
X = a.X.toarray().astype(float)
cells = X.sum(1) >= 200
X = X[cells]; genes = (X > 0).sum(0) >= 300; X = X[:, genes]; names = a.var_names[genes]
def cut(p):
    m, off = (len(p) + 1) // 2 - 1, 0
    while 0 <= m + off < len(p) - 1:
        if p[m + off] != p[m + off + 1]: return m + off
        off = 1 - off if off < 0 else (-off if off else 1)
    return m
def loess(x, y, span=0.3):
    near, most = int(len(x) * span), int(len(x) * span * 0.2)
    s = np.sort(x); margin = 0.005 * (s[-1] - s[0]); v = {s[0] - margin, s[-1] + margin}
    def divide(p, lo, hi):
        if len(p) <= most: return
        m = cut(p); c = p[m]
        if c == lo or c == hi: return
        v.add(c); divide(p[: m + 1], lo, c); divide(p[m + 1 :], c, hi)
    divide(s, s[0] - margin, s[-1] + margin)
    v, value, slope = np.array(sorted(v)), [], []
    for at in v:
        dist = np.abs(x - at); i = np.argsort(dist, kind="stable")[:near]
        w = np.clip(1 - (dist[i] / dist[i].max()) ** 3, 0, None) ** 1.5
        c = np.linalg.lstsq(np.vander(x[i] - at, 3, increasing=True) * w[:, None], y[i] * w, rcond=None)[0]
        value.append(c[0]); slope.append(c[1])
    return CubicHermiteSpline(v, value, slope)(x)
norm = []
groups = [np.ones(len(X), bool)] if batch == "" else [
    (a.obs[batch][cells] == b).to_numpy() for b in np.unique(a.obs[batch][cells])]
for rows in groups:
    Y = X[rows]; N = len(Y); mean, var = Y.mean(0), Y.var(0, ddof=1)
    est = np.zeros(len(mean)); k = var > 0
    est[k] = loess(np.log10(mean[k]), np.log10(var[k]))
    reg = np.sqrt(10 ** est)
    norm.append(((np.minimum(Y, reg * np.sqrt(N) + mean) - mean) ** 2).sum(0) / ((N - 1) * reg ** 2))
rank = np.argsort(np.argsort(-np.array(norm), axis=1, kind="stable"), axis=1, kind="stable").astype(float)
times = (rank < n).sum(0); rank[rank >= n] = np.nan
med = np.ma.median(np.ma.masked_invalid(rank), axis=0).filled(np.nan)
f = pd.DataFrame({"r": med, "t": times}).sort_values(["r", "t"], ascending=[True, False], na_position="last")
print(json.dumps(names[np.sort(f.index[:n])].tolist()))
`;

Deno.test({
  name: "prepCommand() chooses 2,000 genes of the human heart as scanpy's seurat_v3 does, within sections too",
  ignore: !CAN_RUN || !hasPython("scipy"),
  fn: () =>
    inFolder(async (folder) => {
      const from = `${folder}/heart.zarr`;
      writeHeart(from);
      for (const batch of ["", "section"]) {
        const steps = "qc:min_cells=300:min_counts=200,normalize:target=10000,log1p,hvg:n=2000:flavor=seurat_v3" +
          (batch === "" ? "" : `:batch=${batch}`);
        await prep(from, `${folder}/out.zarr`, steps, "--overwrite");
        const expected = new Set(runPython(SEURAT_V3, [from, batch]) as readonly string[]);
        const store = await openAnnData(`${folder}/out.zarr`);
        const found = await store.var.index();
        const others = found.filter((gene) => !expected.has(gene));
        // Within a section many genes are seen in one spot only; the order of their equal variances is rounding.
        assert(others.length <= (batch === "" ? 0 : 20), `"${batch}" gives ${others.length} others: ${others.join()}`);
        assertEquals(found.length, 2000);
      }
    }),
});
