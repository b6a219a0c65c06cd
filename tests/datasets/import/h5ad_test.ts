import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { openSource } from "../../../datasets/import/recognise.ts";
import { DataError } from "../../../core/errors.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { runPython } from "../../python.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { compareInPython, compareWithStores, importTo, inFolder, PYTHON } from "./helpers.ts";

const FOLDER = "data/reader-fixtures-h5/";

const FILES = [
  "anndata-0.5.0.h5ad",
  "anndata-0.7.0.h5ad",
  "anndata-0.7.8.h5ad",
  "anndata-0.11.4.h5ad",
  "anndatar-example.h5ad",
  "krumsiek11.h5ad",
  "krumsiek11-augmented-0.8.h5ad",
  "squidpy-test-data.h5ad",
  "zellkonverter-example.h5ad",
];

Deno.test({
  name: "files of AnnData 0.5 to 0.11 become stores in which Python's anndata finds every element",
  ignore: !PYTHON || !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      const pairs = FILES.map((name) => [sharedPath(FOLDER + name).pathname, `${folder}/${name}.zarr`] as const);
      for (const [path, store] of pairs) await importTo(path, store);
      const found = compareWithStores(pairs) as unknown[];
      // Records, in which AnnData before 0.7 kept its tables, have no truth values in memory: they come as 0 and 1.
      const known = { "anndata-0.5.0.h5ad": ["var/highly_variable bool uint8"] };
      const expected = { ...Object.fromEntries<string[]>(FILES.map((name) => [name, []])), ...known };
      assertEquals(Object.fromEntries(FILES.map((name, i) => [name, found[i]])), expected);
    }),
});

/** Everything that AnnData 0.8 writes, in files that differ in how X is stored. */
const WRITE = `
import sys, warnings, numpy as np, pandas as pd, anndata as ad, scipy.sparse as sp
warnings.filterwarnings("ignore")
rng = np.random.default_rng(3)
n, g = 1203, 57
counts = rng.poisson(0.4, (n, g))
obs = pd.DataFrame({
    "int": rng.integers(-5, 5, n), "float32": rng.normal(size=n).astype("f4"), "bool": rng.random(n) < 0.5,
    "text": ["täg %d" % i if i % 3 else "" for i in range(n)],
    "type": pd.Categorical.from_codes(rng.integers(-1, 3, n), ["b", "a", "ü"], ordered=True),
    "numbers": pd.Categorical.from_codes(rng.integers(0, 2, n), [10, 20]),
    "nullable": pd.array([None if i % 5 == 0 else i for i in range(n)], dtype="Int64"),
    "nullable bool": pd.array([None if i % 7 == 0 else i % 2 == 0 for i in range(n)], dtype="boolean"),
}, index=["cell-%d" % i for i in range(n)])
var = pd.DataFrame({"mean": counts.mean(0)}, index=["g%d" % i for i in range(g)])
def table(X):
    a = ad.AnnData(X, obs=obs.copy(), var=var.copy(), dtype=X.dtype)
    a.raw = a
    a.layers["dense"] = rng.normal(size=(n, g))
    a.layers["csc"] = sp.csc_matrix(counts.astype("f4"))
    a.obsm["spatial"] = rng.uniform(size=(n, 2)) * 1e4
    a.obsm["frame"] = pd.DataFrame({"u": np.arange(n), "v": np.arange(n) / 2}, index=obs.index)
    a.varm["PCs"] = rng.normal(size=(g, 5)).astype("f4")
    a.obsp["graph"] = sp.random(n, n, 0.002, format="csr", random_state=1)
    a.uns["nested"] = {"number": 3, "real": 0.5, "flag": True, "text": "ü", "list": np.array(["a", ""]), "array": np.arange(6).reshape(2, 3)}
    return a
kinds = {
    "csr": (sp.csr_matrix(counts.astype("f4")), {}), "csc": (sp.csc_matrix(counts.astype("f4")), {}),
    "dense": (counts.astype("f8"), {}), "int64": (sp.csr_matrix(counts.astype("i8")), {}),
    "gzip": (sp.csr_matrix(counts.astype("f4")), {"compression": "gzip"}), 
    "uint16": (counts.astype("u2"), {}),
}
for name, (X, how) in kinds.items(): table(X).write_h5ad("%s/%s.h5ad" % (sys.argv[1], name), **how)
import shutil, h5py
shutil.copy(sys.argv[1] + "/dense.h5ad", sys.argv[1] + "/lzf.h5ad")
with h5py.File(sys.argv[1] + "/lzf.h5ad", "a") as f:
    X, attrs = f["X"][:], dict(f["X"].attrs)
    del f["X"]
    f.create_dataset("X", data=X, compression="lzf", shuffle=True, chunks=(100, 20)).attrs.update(attrs)
print("{}")
`;

Deno.test({
  name: "files of anndata 0.8 with X dense, by row, by column, packed and of integers come over element by element",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      runPython(WRITE, [folder]);
      const kinds = ["csr", "csc", "dense", "int64", "gzip", "lzf", "uint16"];
      for (const kind of kinds) await importTo(`${folder}/${kind}.h5ad`, `${folder}/${kind}.zarr`, { chunkRows: 100 });
      const pairs = kinds.map((kind) => [`${folder}/${kind}.h5ad`, `${folder}/${kind}.zarr`] as const);
      assertEquals(compareWithStores(pairs), kinds.map(() => []));
      // Importing a store of this project gives the same store again.
      await importTo(`${folder}/csr.zarr`, `${folder}/again.zarr`);
      assertEquals(compareWithStores([[`${folder}/csr.zarr`, `${folder}/again.zarr`]]), [[]]);
      await importTo(`${folder}/csr.zarr`, `${folder}/v3.zarr`, { zarrFormat: 3 });
      const [two, three] = [await readAnnData(`${folder}/csr.zarr`), await readAnnData(`${folder}/v3.zarr`)];
      assertEquals(three, two);
      await importTo(`${folder}/csr.h5ad`, `${folder}/raw.zarr`, { raw: true });
      const { sentences } = await importTo(`${folder}/csr.h5ad`, `${folder}/layer.zarr`, { layer: "csc" });
      assertStringIncludes(sentences.join(), 'X is layer "csc"');
      const program = `
a = ad.read_h5ad(sys.argv[1]); raw = ad.read_zarr(sys.argv[2]); layer = ad.read_zarr(sys.argv[3])
print(json.dumps([same(raw.X, a.raw.X), list(raw.layers), frame("var", a.raw.var, raw.var),
    same(layer.X, a.layers["csc"]), sorted(layer.layers)]))`;
      const args = ["csr.h5ad", "raw.zarr", "layer.zarr"].map((name) => `${folder}/${name}`);
      assertEquals(compareInPython(program, args), [true, [], [], true, ["dense"]]);
      await assertRejects(
        () => importTo(`${folder}/csr.h5ad`, `${folder}/x.zarr`, { layer: "none" }),
        DataError,
        "there are csc, dense",
      );
    }),
});

Deno.test({
  name: "positions out of order are put in order",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/unsorted.h5ad`;
      runPython(
        `
import sys, numpy as np, anndata as ad, scipy.sparse as sp
X = sp.csr_matrix((np.array([1., 2, 3], "f4"), np.array([3, 0, 1]), np.array([0, 2, 3])), shape=(2, 4))
ad.AnnData(X, dtype="f4").write_h5ad(sys.argv[1])
print(1)`,
        [path],
      );
      await importTo(path, `${folder}/out.zarr`);
      const { X } = await readAnnData(`${folder}/out.zarr`);
      assertEquals("indices" in X! ? [X.indices, X.data] : [], [Int32Array.of(0, 3, 1), Float32Array.of(2, 1, 3)]);
      using source = await openSource(path, {});
      assertEquals(source.X?.stored, "csr float32, 3 values");
    }),
});
