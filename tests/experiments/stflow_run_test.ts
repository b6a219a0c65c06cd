import { inTempFolder } from "../core/run/helpers.ts";
import { assert, assertEquals } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { run } from "./process.ts";

/** A task folder as HEST-Bench has it, with features of a pathology model. */
const WRITE = `
import sys, os, json, warnings, numpy as np, pandas as pd, anndata, h5py
warnings.simplefilter('ignore')
g = np.random.default_rng(3); root = sys.argv[1]
for d in ['splits', 'patches', 'adata', 'uni/fp32']: os.makedirs(root + '/' + d)
genes = ['ERBB2', 'GATA3', 'ESR1']
json.dump({'genes': genes}, open(root + '/var_50genes.json', 'w'))
ids = ['TENX95', 'TENX99', 'NCBI783']
for s in ids:
  n = 40
  shade = g.uniform(60, 250, n)
  c = g.poisson(np.stack([shade / 30, 9 - shade / 30, shade * 0 + 4], 1)).astype('f4')
  a = anndata.AnnData(c, obs=pd.DataFrame(index=['%s_%03d' % (s, i) for i in range(n)]))
  a.var_names = genes; a.obsm['spatial'] = g.uniform(0, 9000, (n, 2)); a.write_h5ad(root + '/adata/' + s + '.h5ad')
  names = np.array([[i.encode()] for i in a.obs_names])
  with h5py.File(root + '/patches/' + s + '.h5', 'w') as f:
    f['img'] = np.repeat(shade.astype('u1'), 12 * 12 * 3).reshape(n, 12, 12, 3); f['coords'] = a.obsm['spatial'].astype('i8'); f['barcode'] = names
  with h5py.File(root + '/uni/fp32/' + s + '.h5', 'w') as f:
    f['embeddings'] = np.stack([shade / 255, g.normal(size=n)], 1).astype('f4'); f['coords'] = a.obsm['spatial'].astype('i8'); f['barcodes'] = names
for split, own in [('train', ids[:2]), ('test', ids[2:])]:
  pd.DataFrame({'sample_id': own, 'patches_path': ['patches/%s.h5' % s for s in own], 'expr_path': ['adata/%s.h5ad' % s for s in own]}).to_csv(root + '/splits/%s_0.csv' % split, index=False)
print('0')`;

const SMALL = ["network.width=8", "network.pairWidth=8", "network.heads=2", "network.layers=2", "sampling.draws=2"]
  .map((setting) => `--set=plugin.config.${setting}`);

Deno.test({
  name: "stflow-hest predicts a task of HEST-Bench from patches and from a pathology model's features",
  ignore: !hasPython("anndata", "h5py"),
  fn: () =>
    inTempFolder(async (folder) => {
      const task = `${folder}/IDC`;
      runPython(WRITE, [task]);
      const args = ["stflow-hest", `--data=${task}`, "--steps=3", `--out=${folder}/runs`, "--json", ...SMALL];
      const own = await run("exp", [
        ...args,
        '--set=plugin.config.baselines=["ridge"]',
        "--set=train.checkpointEvery=1",
      ]);
      assertEquals(own.code, 0, own.err.join("\n"));
      const result = JSON.parse(own.out);
      const pooled = result.detail.find(({ name }: { name: string }) => name === "pearson-pooled");
      const report = await Deno.readTextFile(`${result.run}/report.html`);
      assert(
        report.includes("Printed in the paper") && report.includes("0.587"),
        "the paper's table is not in the report",
      );
      assert(pooled.anchors["ridge"] > 0.2, JSON.stringify(pooled));
      assert(result.notes.some((note: string) => note.startsWith("the parameters are those of step ")));
      const features = ["--set=dataset.config.embeddings=uni/fp32", '--set=plugin.config.images=["features"]'];
      const bare = "--set=plugin.config.baselines=[]";
      const released = await run("exp", [...args, ...features, bare, "--set=preset=release"]);
      assertEquals(released.code, 0, released.err.join("\n"));
      const notes: string[] = JSON.parse(released.out).notes;
      assert(notes.some((note) => note.includes("chosen on the test slides (plugin.config.selectOn=test)")));
    }),
});
