import { openAnnData } from "../../../core/io/anndata_store.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { prepareCommand } from "../../../datasets/preprocess/command.ts";
import { recordsOf } from "../../../datasets/preprocess/record.ts";
import { assert, assertEquals } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { hasShared } from "../../shared.ts";
import { hearing, inFolder, writeHeart, writeOlfactoryBulb } from "./helpers.ts";

const CAN_RUN = hasShared && hasPython("anndata", "sklearn", "pandas");

const STEPS = "qc:min_counts=1500:min_cells=700,split:by=individual:hold_out=2,keep,normalize,log1p,hvg:n=200," +
  "pca:components=10,neighbors:k=10,coordinates:section=section:scale=axis,niches:k=7:section=section," +
  "spatial_neighbors:radius=30:section=section,regions:k=5:section=section";

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
X, obs, pos = X[cells], a.obs[cells], a.obsm["spatial"][cells]
genes = (X > 0).sum(0) >= 700
X, names = X[:, genes], a.var_names[genes]
train = (obs["individual"].astype(str) != "2").to_numpy()
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
d, i = NearestNeighbors(n_neighbors=10).fit(b.obsm["X_pca"]).kneighbors()
D = b.obsp["distances"].toarray()
out["knn"] = float(max(np.abs(np.sort(D[r][D[r] > 0]) - np.sort(d[r][:9])).max() for r in range(len(D))))
C = b.obsp["connectivities"]
out["symmetric"] = float(np.abs(C - C.T).max())
scaled, niche, edges = 0.0, True, True
R = b.obsp["spatial_connectivities"].toarray()
for s in obs["section"].unique():
    rows = np.flatnonzero(obs["section"] == s)
    q = pos[rows]
    scaled = max(scaled, float(np.abs((q - q.mean(0)) / q.std(0) - b.obsm["spatial_scaled"][rows]).max()))
    far = NearestNeighbors(n_neighbors=7).fit(q).kneighbors(q)[0][:, -1]
    N = b.obsm["niches"][rows]
    niche &= bool((N[:, 0] == rows).all() and np.isin(N, rows).all())
    niche &= bool(np.allclose(np.linalg.norm(pos[N[:, -1]] - q, axis=1), far))
    A = radius_neighbors_graph(q, 30).toarray()
    edges &= bool((R[np.ix_(rows, rows)] == A).all()); R[np.ix_(rows, rows)] = 0
out["scaled"], out["niches"], out["edges"] = scaled, niche, bool(edges and R.max() == 0)
out["regions"] = sorted(b.obs.groupby("section")["region"].nunique().tolist())
steps = b.uns["morphogen"]["steps"]
out["steps"] = [str(steps[k]["name"]) for k in sorted(steps)]
out["fit_rows"] = [int(steps[k]["fit_rows"]) for k in sorted(steps)]
out["target"] = float(abs(steps["003"]["fitted"]["target"] - np.median(tot[train])))
out["removed"] = int(steps["000"]["counts"]["cells_min_counts"]) - int((~cells).sum())
out["train"] = int(train.sum()); out["all"] = [int(len(a)), int(cells.sum())]
print(json.dumps(out))
`;

Deno.test({
  name:
    "prepareCommand() does to a real section what NumPy and scikit-learn do, fits on training mice, and Python opens it",
  ignore: !CAN_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const [from, to] = [`${folder}/bulb.zarr`, `${folder}/out.zarr`];
      writeOlfactoryBulb(from);
      const lines = hearing();
      assertEquals(await prepareCommand([from, to, "--steps", STEPS], lines), 0, lines.errs.join("\n"));
      const found = runPython(CHECK, [from, to]) as Record<string, unknown>;
      for (const key of ["cells", "split", "genes", "niches", "edges"]) assertEquals(found[key], true, key);
      for (const [key, most] of Object.entries({ X: 1e-6, counts: 0, loadings: 1e-5, variance: 1e-6, ratio: 1e-6 })) {
        assert(Number(found[key]) <= most, `${key} differs by ${found[key]}`);
      }
      for (const [key, most] of Object.entries({ scores: 1e-4, knn: 1e-4, symmetric: 0, scaled: 1e-6, target: 0 })) {
        assert(Number(found[key]) <= most, `${key} differs by ${found[key]}`);
      }
      assertEquals(found.regions, [5, 5, 5, 5]);
      assertEquals(found.removed, 0);
      assertEquals(found.steps, STEPS.split(",").map((step) => step.split(":")[0]));
      const [all, cells] = found.all as number[];
      const train = found.train as number;
      assert(train > 0 && train < cells!);
      assertEquals(found.fit_rows, [all, cells, ...Array(10).fill(train)]);
      assert(!(await Array.fromAsync(Deno.readDir(folder))).some(({ name }) => name.includes("partial")));
    }),
});

Deno.test({
  name: "prepareCommand() --like does to other data what was done to the first, with what was learned there",
  ignore: !CAN_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const [from, first, again] = [`${folder}/bulb.zarr`, `${folder}/first.zarr`, `${folder}/again.zarr`];
      writeOlfactoryBulb(from);
      const steps =
        "qc:min_counts=1500:min_cells=700,split:by=section:folds=2,normalize,log1p,hvg:n=100,pca:components=5";
      assertEquals(await prepareCommand([from, first, "--steps", steps, "--seed", "3"], hearing()), 0);
      assertEquals(await prepareCommand([from, again, "--like", first], hearing()), 0);
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
      assertEquals(await prepareCommand([half, half, "--like", first], hearing()), 0);
      const part = await readAnnData(half);
      const place = new Map(a.obs.index.map((name, row) => [name, row]));
      const rows = part.obs.index.map((name) => place.get(name)!);
      assertEquals(
        Array.from(part.obsm["X_pca"]!.data),
        rows.flatMap((row) => Array.from(a.obsm["X_pca"]!.data.subarray(5 * row, 5 * row + 5))),
      );
      const lines = hearing();
      const missing = await prepareCommand([`${folder}/fewer.zarr`, `${folder}/no.zarr`, "--like", first], lines);
      assertEquals([missing, lines.errs.at(-1)!.startsWith("Cannot keep gene ")], [1, true]);
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
  name: "prepareCommand() chooses 2,000 genes of the human heart as scanpy's seurat_v3 does, within sections too",
  ignore: !CAN_RUN || !hasPython("scipy"),
  fn: () =>
    inFolder(async (folder) => {
      const from = `${folder}/heart.zarr`;
      writeHeart(from);
      for (const batch of ["", "section"]) {
        const steps = "qc:min_cells=300:min_counts=200,normalize:target=10000,log1p,hvg:n=2000:flavor=seurat_v3" +
          (batch === "" ? "" : `:batch=${batch}`);
        const lines = hearing();
        assertEquals(await prepareCommand([from, `${folder}/out.zarr`, "--steps", steps], lines), 0, lines.errs.join());
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
