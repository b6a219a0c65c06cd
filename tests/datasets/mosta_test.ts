import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { mosta, type MostaConfig } from "../../datasets/mosta.ts";
import { assertSameBehindAddress, listening } from "./helpers.ts";

/** Logarithms and plain components in standard deviations, as other papers take them. */
const LOGARITHMIC: MostaConfig = {
  ...mosta.defaults,
  steps: "normalize:target=1000000,log1p",
  scaleGenes: "none",
  components: 3,
  scaleComponents: "training",
};

/** The paper's steps for few genes. */
const SMALL: MostaConfig = { ...mosta.defaults, steps: "qc:min_cells=50,normalize:target=1000000", components: 4 };

/** Section files as the atlas has them: other genes in each, a repeated name, normalised X, counts in a layer. */
const WRITE = `
import sys, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata
from sklearn.decomposition import PCA
warnings.simplefilter('ignore')
g = np.random.default_rng(5)
files = {'E9.5_E1S1': (60, 'count', 0), 'E9.5_E2S1': (40, 'counts', 1), 'E12.5_E1S1': (90, 'count', 2), 'E13.5_E1S1': (70, 'count', 0)}
pool = ['Gene%d' % i for i in range(30)]; common = [v for v in pool if int(v[4:]) not in (0, 1, 2)]
all_c, all_s, all_p, all_a, names = [], [], [], [], []
for name, (n, layer, skip) in files.items():
  genes = [v for v in g.permutation(pool) if v != 'Gene%d' % skip] + (['Gene7'] if skip == 0 else [])
  if skip == 0: genes = [v for v in genes if v not in ('Gene1', 'Gene2')]
  if skip == 1: genes = [v for v in genes if v != 'Gene0']
  c = g.poisson(np.exp(g.normal(0, 1, len(genes))) * g.uniform(1, 4, (n, 1)), (n, len(genes))) + 1
  a = anndata.AnnData(sp.csr_matrix(np.log1p(c).astype('f4')), obs=pd.DataFrame({'annotation': pd.Categorical(g.choice(['Brain', 'Heart', 'Cavity'], n))}, index=['b%d' % i for i in range(n)]))
  a.var_names = genes; a.layers[layer] = sp.csr_matrix(c.astype('i4')); a.obsm['spatial'] = g.uniform(0, 500, (n, 2))
  a.write_h5ad(sys.argv[1] + '/' + name + '.MOSTA.h5ad')
  all_c.append(c[:, [genes.index(v) for v in common]]); all_s += [name] * n; all_p.append(a.obsm['spatial']); all_a += list(a.obs.annotation.astype(str))
c = np.concatenate(all_c).astype('f8'); s = np.array(all_s); train = s != 'E13.5_E1S1'
x = np.log1p(c / c.sum(1, keepdims=True) * 1e6)
u = c / c.sum(1, keepdims=True) * 1e6; u = (u - u[train].mean(0)) / u[train].std(0, ddof=1)
w = PCA(4, svd_solver='full').fit(u[train]).transform(u)
p = PCA(3, svd_solver='full').fit(x[train]); z = p.transform(x); z = (z - z[train].mean(0)) / z[train].std(0)
order = np.array(['E9.5_E1S1', 'E9.5_E2S1', 'E12.5_E1S1', 'E13.5_E1S1'])
print(json.dumps({k: {'x': np.abs(z[s == k]).ravel().tolist(), 'scaled': np.abs(w[s == k]).ravel().tolist(), 'pos': np.concatenate(all_p)[s == k].ravel().tolist(),
  'annotation': [v for v, w in zip(all_a, s) if w == k]} for k in order}))`;

/** Other counts in the same bins and genes. */
const OTHER = `
import sys, anndata
a = anndata.read_h5ad(sys.argv[1]); a.layers['count'] = a.layers['count'][::-1].multiply(3).tocsr(); a.write_h5ad(sys.argv[1])
print(1)`;

interface Expected {
  readonly x: readonly number[];
  readonly scaled: readonly number[];
  readonly pos: readonly number[];
  readonly annotation: readonly string[];
}

async function withFiles<T>(
  use: (folder: string, expected: Readonly<Record<string, Expected>>) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder, runPython(WRITE, [folder]) as Record<string, Expected>);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "mosta.load() joins section files on common genes and computes components as scikit-learn does",
  ignore: !hasPython("anndata", "scipy", "sklearn"),
  fn: () =>
    withFiles(async (folder, expected) => {
      const data = await mosta.load(LOGARITHMIC, listening(folder));
      assertEquals(data.spec.times.map(({ name, value }) => [name, value]), [["E9.5", 9.5], ["E12.5", 12.5], [
        "E13.5",
        13.5,
      ]]);
      assertEquals(data.sections.map(({ name, time, split }) => [name, time, split]), [
        ["E9.5_E1S1", 0, "train"],
        ["E9.5_E2S1", 0, "train"],
        ["E12.5_E1S1", 1, "train"],
        ["E13.5_E1S1", 2, "test"],
      ]);
      for (const section of data.sections) {
        const { x, pos, annotation } = expected[section.name]!;
        const [found, places] = [await readPart(section, "x"), await readPart(section, "pos")];
        x.forEach((value, at) => assertAlmostEquals(Math.abs(found.data[at]!), value, 2e-3));
        pos.forEach((value, at) => assertAlmostEquals(places.data[at]!, value, 1e-3));
        const names = Array.from(section.labels["annotation"]!, (code) => data.spec.labels["annotation"]![code]!);
        assertEquals(names, [...annotation]);
      }
    }),
});

Deno.test({
  name: "mosta.load() does the steps of the GMFlow paper, in which the held-out stage has no say",
  ignore: !hasPython("anndata", "scipy", "sklearn"),
  fn: () =>
    withFiles(async (folder, expected) => {
      const data = await mosta.load(SMALL, listening(folder));
      for (const section of data.sections) {
        const found = await readPart(section, "x");
        const largest = Math.max(...expected[section.name]!.scaled);
        expected[section.name]!.scaled.forEach((value, at) => {
          assertAlmostEquals(Math.abs(found.data[at]!), value, 1e-4 * largest);
        });
      }
      runPython(OTHER, [`${folder}/E13.5_E1S1.MOSTA.h5ad`]);
      const other = await mosta.load(SMALL, listening(folder));
      for (const [i, section] of data.sections.entries()) {
        const [before, after] = [await readPart(section, "x"), await readPart(other.sections[i]!, "x")];
        if (section.split === "train") assertEquals(after, before);
        else assert(after.data.some((value, at) => value !== before.data[at]));
      }
    }),
});

Deno.test({
  name: "mosta.load() keeps as many bins of a stage as asked for, shared by size, and selects variable genes",
  ignore: !hasPython("anndata", "scipy", "sklearn"),
  fn: () =>
    withFiles(async (folder) => {
      const steps = "normalize:target=1000000,hvg:n=15:flavor=seurat_v3:batch=section";
      const config: MostaConfig = { ...SMALL, binsPerStage: 50, steps };
      const data = await mosta.load(config, listening(folder));
      assertEquals(data.sections.map(({ rows }) => rows), [30, 20, 50, 50]);
      assertEquals(data.spec.parts["x"]!.shape, [4]);
      const again = await mosta.load(config, listening(folder));
      assertEquals(await readPart(again.sections[1]!, "x"), await readPart(data.sections[1]!, "x"));
      const cases = [
        [{ holdOut: ["E10.5"] }, 'Cannot hold out stage "E10.5": the stages are E12.5, E13.5, E9.5'],
        [{ components: 40 }, "Cannot find 40 components of 190 training cells"],
        [{ sections: ["E9.5_E3S1"] }, 'Cannot find section "E9.5_E3S1"'],
      ] as const;
      for (const [config, message] of cases) {
        await assertRejects(() => mosta.load({ ...SMALL, ...config }, listening(folder)), DataError, message);
      }
    }),
});

Deno.test("mosta says what it needs and which steps are wrong", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => mosta.load(mosta.defaults, listening(folder)),
      DataError,
      "expected files like E9.5_E1S1.MOSTA.h5ad",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assertEquals(mosta.check(mosta.defaults), []);
  assert(mosta.check({ ...mosta.defaults, steps: "hvg:count=3" })[0]!.startsWith('steps is "hvg:count=3": '));
});

Deno.test({
  name: "mosta.load() finds the same behind an address",
  ignore: !hasPython("anndata", "scipy", "sklearn"),
  fn: () =>
    withFiles(async (folder) => {
      await assertSameBehindAddress(folder, (location) =>
        mosta.load({ ...SMALL, sections: ["E9.5_E1S1", "E13.5_E1S1"] }, listening(location)));
    }),
});
