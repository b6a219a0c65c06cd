import { chooseBackend } from "../../../core/backend/mod.ts";
import { mergeConfig, rng, type Trained } from "../../../core/mod.ts";
import { tidy } from "../../../core/tensor/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { mist } from "../../../datasets/mist.ts";
import { spatiaMist } from "../../../experiments/spatia_mist.ts";
import type { SpatiaConfig } from "../../../plugins/spatia/config.ts";
import type { ChangeMethod } from "../../../plugins/spatia/method.ts";
import { plugin } from "../../../plugins/spatia/mod.ts";
import type { ChangeSamples } from "../../../plugins/spatia/samples.ts";
import { assert, assertEquals } from "../../assert.ts";
import { BACKENDS } from "../../core/backends.ts";
import { listening } from "../../datasets/helpers.ts";
import { hasPython, runPython } from "../../python.ts";

/** Two sections of 80 cells in the states of the released transitions, with crops of discs whose size follows the state. */
const WRITE = `
import sys, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata
warnings.simplefilter('ignore')
g = np.random.default_rng(8); root = sys.argv[1]; n = 160; m = 9; s = 16
states = ['Epi_FOXA1+', 'Epi_CENPF+']; state = np.arange(n) % 2
c = g.poisson(3 + 4 * state[:, None], (n, m)).astype('f4') + 1
obs = pd.DataFrame({'cell_id': ['cell-%d' % i for i in range(n)], 'dataset_name': ['s1'] * 80 + ['s2'] * 80,
  'cell_states': pd.Categorical([states[i] for i in state]), 'niche': pd.Categorical(np.where(np.arange(n) // 2 % 2, 'core', 'edge')),
  'x_centroid': g.uniform(0, 900, n), 'y_centroid': g.uniform(0, 500, n)}, index=['row%d' % i for i in range(n)])
var = pd.DataFrame({'symbol': ['GENE%d' % i for i in range(m)]}, index=['ENSG%d' % i for i in range(m)])
anndata.AnnData(sp.csr_matrix(c), obs=obs, var=var).write_h5ad(root + '/cells.h5ad')
y, x = np.mgrid[:s, :s] - (s - 1) / 2
r = 3 + 2 * state + g.normal(0, 0.3, n)
img = np.where(np.hypot(y, x) < r[:, None, None], 180, 20) + g.integers(0, 9, (n, s, s))
img[3] = 0
np.save(root + '/crops.npy', img.astype('u1'))
open(root + '/crops.txt', 'w').write('\\n'.join('%s/%s' % k for k in zip(obs.dataset_name, obs.cell_id)) + '\\n')
print(json.dumps(n))`;

Deno.test({
  name: "spatia-mist pairs, trains and draws a section in the layout of MIST",
  ignore: !hasPython("anndata", "scipy"),
  fn: async () => {
    await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
    const folder = await Deno.makeTempDir();
    try {
      assertEquals(runPython(WRITE, [folder]), 160);
      const data = await mist.load({ ...mist.defaults, holdOut: ["s2"] }, listening(folder));
      const settings = spatiaMist.settings.plugin as Readonly<Record<string, unknown>>;
      const config: SpatiaConfig = mergeConfig(mergeConfig(plugin.defaults, settings, "test"), {
        transitions: { table: ["Epi_FOXA1+ -> Epi_CENPF+"] },
        network: { latent: { components: 8 } },
        alignment: { weight: 0 },
        batch: 16,
        sampling: { steps: 2, cells: 10 },
      }, "test");
      const prepared = await plugin.prepare!(config, data, rng(1), () => {});
      const model = plugin.build(config, data.spec, prepared);
      // Both niches hold both states; the black crop of the first section is no cell.
      assertEquals([...(prepared["leftOut"] as { readonly data: Float32Array }).data], [0, 1]);
      assert(/: 2 group\(s\) of 20 x (19|20), 20 x (19|20) cells/.test(model.describe!()[0]!), model.describe!()[0]);
      using batch = await (await model.batches(data, rng(2))).at(0);
      assert(batch !== undefined);
      const { backbone } = model.method as ChangeMethod;
      const params = tidy(() => backbone.init(rng(3)));
      const notes: string[] = [];
      const trained: Trained = { params, data, rng: rng(4), progress: () => {}, note: (text) => notes.push(text) };
      const samples = await model.sample(trained) as ChangeSamples;
      assertEquals(samples.transitions[0]!.generated.shape, [10, 16, 16, 1]);
      const metrics = await model.evaluate(trained, samples);
      assert(metrics.some(({ name }) => name === "ks-score"));
      assert(notes.some((note) => note.includes("1 training cells have no crop")));
      assert(notes.some((note) => note.includes("a single transition")));
      disposeTree(params);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
