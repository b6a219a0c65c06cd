import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { serveFolder } from "../core/io/zarr_server.ts";
import { hasPython, runPython } from "../python.ts";
import { type Data, readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import type { AnnDataConfig } from "../../datasets/anndata.ts";
import type { Dataset } from "../../datasets/mod.ts";
import { abd, mba, med } from "../../datasets/presets.ts";
import { listening } from "./helpers.ts";

/** What each file looks like, for Python: `n` cells, times, and which column has what. */
const LAYOUTS: Readonly<Record<string, string>> = {
  med: `
t = [['E9.5', 'E10.5', 'E11.5'][i % 3] for i in range(n)]
a = anndata.AnnData(sp.csr_matrix(np.log1p(c / c.sum(1, keepdims=True) * 1e4).astype('f4')),
  obs=pd.DataFrame({'timepoint': pd.Categorical(t), 'annotation': pd.Categorical(kind)}, index=names))`,
  abd: `
t = [['Stage44', 'Stage54', 'Stage57', 'Injury control', 'Adult', 'Meta'][i % 6] for i in range(n)]
a = anndata.AnnData(sp.csc_matrix(np.log1p(c / c.sum(1, keepdims=True) * 1e4).astype('f4')),
  obs=pd.DataFrame({'condition': pd.Categorical(t), 'Annotation': pd.Categorical(kind)}, index=names))`,
  mba: `
t = [[3.4, 21.4, 3.8, 10.0][i % 4] for i in range(n)]
a = anndata.AnnData(c.astype('f4'), obs=pd.DataFrame({'age': np.array(t, 'f8'), 'celltype': pd.Categorical(kind)}, index=names))`,
};

const PROGRAM = (layout: string): string => `
import sys, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata
warnings.simplefilter('ignore')
g = np.random.default_rng(3); n = 240
c = g.poisson(3, (n, 40)) + 1
kind = [['Brain', 'Heart', 'Liver'][int(v)] for v in g.integers(0, 3, n)]
names = ['cell%d' % i for i in range(n)]
${layout}
a.obsm['spatial'] = g.uniform(0, 1000, (n, 2))
a.var_names = ['gene%d' % i for i in range(40)]
a.write_h5ad(sys.argv[1] + '/data.h5ad'); a.write_zarr(sys.argv[1] + '/data.zarr')
t = np.array(t, dtype=str)
print(json.dumps({k: a.obsm['spatial'][t == k].ravel().tolist() for k in sorted(set(t))}))`;

/** Load a preset from a file that Python wrote in its layout, and from the same table as Zarr. */
async function loaded(
  dataset: Dataset<AnnDataConfig>,
  config: Partial<AnnDataConfig>,
): Promise<
  {
    readonly data: Data;
    readonly others: readonly Data[];
    readonly places: Readonly<Record<string, readonly number[]>>;
  }
> {
  const folder = await Deno.makeTempDir();
  await using server = serveFolder(folder);
  try {
    const places = runPython(PROGRAM(LAYOUTS[dataset.name]!), [folder]) as Record<string, readonly number[]>;
    const merged = { ...dataset.defaults, components: 5, ...config };
    const load = (location: string): Promise<Data> => dataset.load(merged, listening(location));
    // Archives give files out under numbers.
    await Deno.copyFile(`${folder}/data.h5ad`, `${folder}/40569779`);
    const data = await load(`${folder}/data.h5ad`);
    const others = [await load(`${folder}/data.zarr`), await load(`${server.address}/40569779`)];
    return { data, others, places };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const CASES: readonly (readonly [Dataset<AnnDataConfig>, Partial<AnnDataConfig>, readonly string[], string])[] = [
  [med, {}, ["E9.5", "E10.5", "E11.5"], "annotation"],
  [
    abd,
    { highlyVariable: 20 },
    ["Stage44", "Stage54", "Stage57", "Injury control", "Adult", "Meta"],
    "Annotation",
  ],
  [mba, { fraction: 1 }, ["3.4", "3.8", "10", "21.4"], "celltype"],
];

for (const [dataset, config, times, label] of CASES) {
  Deno.test({
    name:
      `${dataset.name}.load() reads the h5ad file of its layout as Python's anndata writes it, and the same behind an address`,
    ignore: !hasPython("anndata", "scipy", "pandas"),
    fn: async () => {
      const { data, others, places } = await loaded(dataset, config);
      assertEquals(data.spec.times.map(({ name }) => name), [...times]);
      assertEquals(data.spec.labels, { [label]: ["Brain", "Heart", "Liver"] });
      for (const [i, section] of data.sections.entries()) {
        const expected = places[
          Object.keys(places).find((key) => Number(key) === Number(times[i]) || key === times[i])!
        ]!;
        const pos = await readPart(section, "pos");
        expected.forEach((value, at) => assertAlmostEquals(pos.data[at]!, value, 1e-3));
        for (const { sections } of others) {
          assertEquals(await readPart(sections[i]!, "x"), await readPart(section, "x"));
        }
      }
      assert(data.source.endsWith("data.h5ad"));
    },
  });
}

Deno.test({
  name: "mba.load() keeps a fifth of the cells by default",
  ignore: !hasPython("anndata", "scipy", "pandas"),
  fn: async () => {
    const { data } = await loaded(mba, {});
    assertEquals(data.sections.map(({ rows }) => rows), [12, 12, 12, 12]);
  },
});

Deno.test("presets say in one sentence why a file cannot be read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/data.h5ad`, "not HDF5");
    const cases = [`${folder}/data.h5ad`, `${folder}/absent.h5ad`, "http://127.0.0.1:1/mosta.h5ad"];
    for (const location of cases) {
      const { message } = await assertRejects(() => med.load(med.defaults, listening(location)), DataError);
      assert(message.includes(location) && !message.includes("\n"), message);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
