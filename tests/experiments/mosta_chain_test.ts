import { inTempFolder } from "../core/run/helpers.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { assertFailed, exists, run } from "./process.ts";

/** Section files as the atlas has them: counts in a layer beside normalised X, two tissues whose shares change with time. */
const WRITE = `
import sys, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata
warnings.simplefilter('ignore')
g = np.random.default_rng(5); genes = ['Gene%d' % i for i in range(30)]
for name, share in {'E12.5_E1S1': .3, 'E13.5_E1S1': .5, 'E13.5_E1S2': .5, 'E14.5_E1S1': .7}.items():
  n = 120; p = g.uniform(0, 500, (n, 2)); t = (p[:, 0] < 500 * share).astype(int)
  rate = np.where((np.arange(30) % 2)[None] == t[:, None], 6, 2) * (1 + np.arange(30) / 30)
  c = g.poisson(rate)
  a = anndata.AnnData(sp.csr_matrix(np.log1p(c).astype('f4')), obs=pd.DataFrame({'annotation': pd.Categorical(np.array(['Brain', 'Cavity'])[t])}, index=['b%d' % i for i in range(n)]))
  a.var_names = genes; a.layers['count'] = sp.csr_matrix(c.astype('i4')); a.obsm['spatial'] = p
  a.write_h5ad(sys.argv[1] + '/' + name + '.MOSTA.h5ad')
print(1)`;

const READ = `
import anndata, json, sys, warnings
warnings.simplefilter('ignore')
a = anndata.read_zarr(sys.argv[1])
print(json.dumps({'sedr': list(a.obsm['X_sedr'].shape), 'spatial': list(a.obsm['spatial'].shape), 'split': a.obs.groupby('section').split.first().to_dict(),
  'annotation': sorted(a.obs.annotation.astype(str).unique())}))`;

const SEDR: readonly string[] = [
  "sedr-mosta",
  "--steps=20",
  ...[
    "dataset.config.steps=qc:min_cells=5,normalize:target=1000000",
    "dataset.config.components=6",
    "train.checkpointEvery=10",
  ].map((setting) => `--set=${setting}`),
];

const GMFLOW: readonly string[] = [
  "gmflow-mosta",
  "--steps=30",
  "--set=train.checkpointEvery=30",
  "--set=plugin.config.batch=64",
  "--set=plugin.config.sampling.cells=300",
];

Deno.test({
  name: "the atlas from section files to generated cells of a stage that neither SEDR nor GMFlow has seen",
  ignore: !hasPython("anndata", "scipy"),
  fn: () =>
    inTempFolder(async (folder) => {
      runPython(WRITE, [folder]);
      const embedded = await run("exp", [...SEDR, `--data=${folder}`, `--out=${folder}/runs`, "--json"]);
      assertEquals(embedded.code, 0, embedded.err.join("\n"));
      const { run: sedr, metrics, notes } = JSON.parse(embedded.out);
      for (const name of ["ari", "held-out/ari", "held-out/unexplained-variance"]) {
        assert(Number.isFinite(metrics[name]));
      }
      assertEquals(notes, ["Rows are square bins of about 25 µm, not cells"]);
      assertEquals(runPython(READ, [`${sedr}/samples.zarr`]), {
        sedr: [480, 32],
        spatial: [480, 2],
        split: { "E12.5_E1S1": "train", "E14.5_E1S1": "train", "E13.5_E1S1": "test", "E13.5_E1S2": "test" },
        annotation: ["Brain", "Cavity"],
      });
      const out = [`--data=${sedr}/samples.zarr`, `--out=${folder}/runs`, "--json"];
      const generated = await run("exp", [...GMFLOW, ...out]);
      assertEquals(generated.code, 0, generated.err.join("\n"));
      const result = JSON.parse(generated.out);
      const names = Object.keys(result.metrics);
      for (const section of ["E13.5_E1S1", "E13.5_E1S2"]) {
        assert(names.includes(`${section}/w1-per-coordinate`) && names.includes(`${section}/w1-spread`), names.join());
      }
      assert(Object.values<number>(result.metrics).every(Number.isFinite));
      assertEquals(result.notes, notes);
      const cells = runPython(
        `
import anndata, json, sys
a = anndata.read_zarr(sys.argv[1]); print(json.dumps(a.obs.groupby('stage').held_out.agg(['size', 'first']).to_dict('index')))`,
        [`${result.run}/samples.zarr`],
      );
      assertEquals(cells, {
        "E12.5": { size: 300, first: "no" },
        "E13.5": { size: 300, first: "yes" },
        "E14.5": { size: 300, first: "no" },
      });
      const leaking = await run("exp", [...GMFLOW, ...out, "--dry-run", '--set=dataset.config.holdOut=["E12.5"]']);
      assertEquals(leaking.code, 0, leaking.err.join("\n"));
      assertStringIncludes(leaking.err.join("\n"), "WARNING: SEDR was fitted on E12.5 too");
      const absent = await run("exp", [...GMFLOW, ...out, '--set=dataset.config.holdOut=["E15.5"]']);
      assertFailed(absent, 1, /^Cannot hold out stage "E15\.5": the stages are E12\.5, E13\.5, E14\.5$/);
    }),
});

Deno.test("experiments on embeddings say what to run first, in a dry run too", () =>
  inTempFolder(async (out) => {
    for (const name of ["gmflow-mosta", "gmflow-heart"]) {
      for (const more of [[], ["--dry-run"]]) {
        const outcome = await run("exp", [name, `--out=${out}/runs`, ...more]);
        assertFailed(outcome, 1, /samples\.zarr .*\(first deno task exp sedr-mosta, or sedr-heart\) by --data/);
      }
    }
    assertEquals(await exists(`${out}/runs`), false);
  }));
