import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { hestBench } from "../../datasets/hest_bench.ts";
import { assertSameBehindAddress, listening } from "./helpers.ts";

/** A task folder as HEST-Bench has it: barcodes as bytes of shape [N, 1], fewer patches than spots, in another order. */
const WRITE = `
import sys, os, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata, h5py
warnings.simplefilter('ignore')
g = np.random.default_rng(9); root = sys.argv[1]
for d in ['splits', 'patches', 'adata']: os.makedirs(root + '/' + d)
genes = ['GENE%d' % i for i in range(12)]; panel = ['GENE7', 'GENE2', 'GENE11']
json.dump({'genes': panel}, open(root + '/var_50genes.json', 'w'))
out = {}
for k, s in enumerate(['TENX95', 'TENX99', 'NCBI783']):
  n = 9 + k
  c = g.poisson(2, (n, 12)).astype('f4')
  a = anndata.AnnData(sp.csr_matrix(c) if k else c, obs=pd.DataFrame(index=['%03dx%03d' % (i, k) for i in range(n)]))
  a.var_names = genes; a.obsm['spatial'] = g.uniform(0, 9000, (n, 2)); a.write_h5ad(root + '/adata/' + s + '.h5ad')
  order = g.permutation(n)[:6]
  img = g.integers(0, 256, (6, 8, 8, 3)).astype('u1')
  with h5py.File(root + '/patches/' + s + '.h5', 'w') as f:
    f['img'] = img; f['coords'] = a.obsm['spatial'][order].astype('i8')
    f['barcode'] = np.array([[a.obs_names[i].encode()] for i in order])
  os.makedirs(root + '/uni/fp32', exist_ok=True)
  with h5py.File(root + '/uni/fp32/' + s + '.h5', 'w') as f:
    f['embeddings'] = np.array([[i, k, 0.5] for i in order[::-1]], 'f4'); f['coords'] = np.zeros((6, 2), 'i8')
    f['barcodes'] = np.array([[a.obs_names[i].encode()] for i in order[::-1]])
  out[s] = {'features': [v for i in order for v in (int(i), k, 0.5)], 'x': np.log1p(c[order][:, [7, 2, 11]]).ravel().tolist(), 'pos': a.obsm['spatial'][order].ravel().tolist(), 'img': img.ravel().tolist()}
for i, test in enumerate(['TENX95', 'NCBI783']):
  for split, ids in [('train', [s for s in out if s != test]), ('test', [test])]:
    pd.DataFrame({'sample_id': ids, 'patches_path': ['patches/%s.h5' % s for s in ids], 'expr_path': ['adata/%s.h5ad' % s for s in ids]}).to_csv(root + '/splits/%s_%d.csv' % (split, i), index=False)
print(json.dumps(out))`;

type Expected = Readonly<Record<string, Readonly<Record<"x" | "pos" | "img" | "features", readonly number[]>>>>;

async function withTask<T>(use: (folder: string, expected: Expected) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(`${folder}/IDC`, runPython(WRITE, [`${folder}/IDC`]) as Expected);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "hestBench.load() joins patches and expression by barcode, in the order of the panel",
  ignore: !hasPython("anndata", "h5py", "scipy"),
  fn: () =>
    withTask(async (folder, expected) => {
      for (const [fold, test] of [[0, "TENX95"], [1, "NCBI783"]] as const) {
        const data = await hestBench.load({ ...hestBench.defaults, fold }, listening(folder));
        assertEquals(data.spec.parts["x"]!.names, ["GENE7", "GENE2", "GENE11"]);
        assertEquals(data.spec.parts["img"]!.shape, [8, 8, 3]);
        assertEquals(data.spec.name, "hest-bench IDC");
        assertEquals(data.sections.length, 3);
        for (const section of data.sections) {
          assertEquals(section.split, section.name === test ? "test" : "train");
          const { x, pos, img } = expected[section.name]!;
          const [found, places] = [await readPart(section, "x"), await readPart(section, "pos")];
          x.forEach((value, at) => assertAlmostEquals(found.data[at]!, value, 1e-5));
          pos.forEach((value, at) => assertAlmostEquals(places.data[at]!, value, 1e-2));
          assertEquals([...(await section.parts["img"]!.read()).data], [...img]);
          const some = await section.parts["img"]!.read([4, 5, 0]);
          assertEquals(some.shape, [3, 8, 8, 3]);
          assertEquals([...some.data], [4, 5, 0].flatMap((row) => img.slice(row * 192, (row + 1) * 192)));
        }
      }
    }),
});

Deno.test({
  name: "hestBench.load() joins precomputed features by barcode",
  ignore: !hasPython("anndata", "h5py", "scipy"),
  fn: () =>
    withTask(async (folder, expected) => {
      const data = await hestBench.load({ ...hestBench.defaults, embeddings: "uni/fp32" }, listening(folder));
      assertEquals(data.spec.parts["features"], { shape: [3], unit: "features of uni/fp32" });
      for (const section of data.sections) {
        assertEquals([...(await readPart(section, "features")).data], [...expected[section.name]!.features]);
      }
      const absent = () => hestBench.load({ ...hestBench.defaults, embeddings: "conch" }, listening(folder));
      await assertRejects(absent, DataError, "conch/");
    }),
});

Deno.test({
  name: "hestBench.load() says in one sentence what a task folder lacks",
  ignore: !hasPython("anndata", "h5py", "scipy"),
  fn: () =>
    withTask(async (folder) => {
      const rejects = async (message: string, config = {}): Promise<void> => {
        const load = () => hestBench.load({ ...hestBench.defaults, ...config }, listening(folder));
        const error = await assertRejects(load, DataError, message);
        assert(!error.message.includes("\n"), error.message);
      };
      await rejects("splits/train_7.csv: there is no such file", { fold: 7 });
      await rejects("Cannot read the panel", { panel: "mean_50genes.json" });
      await Deno.writeTextFile(`${folder}/other.json`, '{"genes": ["GENE1", "NOGENE"]}');
      await rejects('Cannot find gene "NOGENE" in', { panel: "other.json" });
      await Deno.copyFile(`${folder}/patches/TENX99.h5`, `${folder}/patches/TENX95.h5`);
      await rejects('Cannot find barcode "');
      await Deno.copyFile(`${folder}/splits/train_0.csv`, `${folder}/splits/test_0.csv`);
      await rejects("is in train and in test");
    }),
});

Deno.test({
  name: "hestBench.load() finds the same behind an address",
  ignore: !hasPython("anndata", "h5py", "scipy"),
  fn: () =>
    withTask(async (folder) => {
      await assertSameBehindAddress(folder, (location) => hestBench.load(hestBench.defaults, listening(location)));
    }),
});
