import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { mist, type MistConfig } from "../../datasets/mist.ts";
import { assertSameBehindAddress, listening } from "./helpers.ts";

/** Two sections as SPATIA's program keeps them, with crops in another order than the cells, and one too many. */
const WRITE = `
import sys, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata
warnings.simplefilter('ignore')
g = np.random.default_rng(8); root = sys.argv[1]; n = 50; m = 7
c = g.poisson(3, (n, m)).astype('f4') + 1
obs = pd.DataFrame({'cell_id': ['cell-%d' % (i % 30) for i in range(n)], 'dataset_name': ['s1'] * 30 + ['s2'] * 20,
  'cell_states': pd.Categorical(g.choice(['Epi_FOXA1+', 'EC_CAVIN2+'], n)), 'niche': pd.Categorical(g.choice(['core', 'edge'], n)),
  'x_centroid': g.uniform(0, 900, n), 'y_centroid': g.uniform(0, 500, n)}, index=['row%d' % i for i in range(n)])
var = pd.DataFrame({'symbol': ['GENE%d' % i for i in range(m)]}, index=['ENSG%d' % i for i in range(m)])
a = anndata.AnnData(sp.csr_matrix(c), obs=obs, var=var); a.write_h5ad(root + '/cells.h5ad')
a[:30].copy().write_h5ad(root + '/one.h5ad')
img = g.integers(0, 256, (n + 1, 6, 6)).astype('u1'); order = g.permutation(n + 1)
keys = ['%s/%s' % (d, i) for d, i in zip(obs.dataset_name, obs.cell_id)] + ['s2/other']
np.save(root + '/crops.npy', img[order]); open(root + '/crops.txt', 'w').write('\\n'.join(keys[i] for i in order) + '\\n')
np.save(root + '/wide.npy', np.stack([img[order]] * 3, -1)); np.save(root + '/floats.npy', img.astype('f4'))
open(root + '/short.txt', 'w').write('\\n'.join(keys[:9]))
x = np.log1p(c / c.sum(1, keepdims=True) * 1e4)
print(json.dumps({'x': x.tolist(), 'pos': obs[['x_centroid', 'y_centroid']].values.tolist(), 'img': img.reshape(n + 1, -1).tolist(),
  'states': list(obs.cell_states.astype(str)), 'niche': list(obs.niche.astype(str))}))`;

interface Expected {
  readonly x: readonly (readonly number[])[];
  readonly pos: readonly (readonly number[])[];
  readonly img: readonly (readonly number[])[];
  readonly states: readonly string[];
  readonly niche: readonly string[];
}

async function withSection(use: (folder: string, expected: Expected) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder, runPython(WRITE, [folder]) as Expected);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "mist.load() gives each cell its expression, place, crop, state and niche",
  ignore: !hasPython("anndata", "scipy"),
  fn: () =>
    withSection(async (folder, expected) => {
      const data = await mist.load({ ...mist.defaults, holdOut: ["s2"] }, listening(folder));
      assertEquals(data.sections.map(({ name, split, rows }) => [name, split, rows]), [["s1", "train", 30], [
        "s2",
        "test",
        20,
      ]]);
      assertEquals(data.spec.parts["x"]!.names, ["GENE0", "GENE1", "GENE2", "GENE3", "GENE4", "GENE5", "GENE6"]);
      assertEquals([data.spec.parts["img"]!.shape, data.spec.parts["img"]!.names], [[6, 6, 1], ["grey"]]);
      for (const [section, first] of [[data.sections[0]!, 0], [data.sections[1]!, 30]] as const) {
        const [x, pos] = [await readPart(section, "x"), await readPart(section, "pos")];
        const part = await section.parts["x"]!.read([3, 0, 3]);
        const img = await section.parts["img"]!.read([2, 0]);
        assertEquals(img.shape, [2, 6, 6, 1]);
        assertEquals([...img.data], [...expected.img[first + 2]!, ...expected.img[first]!]);
        for (let i = 0; i < section.rows; i++) {
          expected.x[first + i]!.forEach((value, j) => assertAlmostEquals(x.data[7 * i + j]!, value, 1e-5));
          expected.pos[first + i]!.forEach((value, j) => assertAlmostEquals(pos.data[2 * i + j]!, value, 1e-3));
        }
        assertEquals(part.data, Float32Array.from([3, 0, 3].flatMap((i) => [...x.data.subarray(7 * i, 7 * i + 7)])));
        for (const [label, texts] of [["cell_states", expected.states], ["niche", expected.niche]] as const) {
          const found = Array.from(section.labels[label]!, (code) => data.spec.labels[label]![code]!);
          assertEquals(found, texts.slice(first, first + section.rows));
        }
      }
    }),
});

Deno.test({
  name: "mist.load() holds out a strip of a single section, draws among several, and does without crops",
  ignore: !hasPython("anndata", "scipy"),
  fn: () =>
    withSection(async (folder) => {
      const one: MistConfig = { ...mist.defaults, cells: "one.h5ad", crops: "wide.npy" };
      const strip = await mist.load({ ...one, strip: { ...one.strip, gap: 20 } }, listening(folder));
      assertEquals(strip.sections.map(({ name, split }) => [name, split]), [["s1 outside the strip", "train"], [
        "s1 strip",
        "test",
      ]]);
      assertEquals(strip.spec.parts["img"]!.names, ["red", "green", "blue"]);
      const [outside, inside] = [
        await readPart(strip.sections[0]!, "pos"),
        await readPart(strip.sections[1]!, "pos"),
      ];
      const across = ({ data }: typeof outside) => Array.from(data).filter((_, i) => i % 2 === 0);
      assert(Math.max(...across(outside)) < Math.min(...across(inside)) - 20);
      const heard = listening(folder);
      const plain = await mist.load({ ...mist.defaults, crops: "" }, heard);
      assertEquals(Object.keys(plain.spec.parts), ["x", "pos"]);
      assert(heard.notes.some((note) => /^Sections held out by the seed: s[12]$/.test(note)));
    }),
});

Deno.test({
  name: "mist.load() says in one sentence what a folder lacks",
  ignore: !hasPython("anndata", "scipy"),
  fn: () =>
    withSection(async (folder) => {
      const cases: readonly (readonly [Partial<MistConfig>, string])[] = [
        [{ cells: "none.h5ad" }, "there is no such file"],
        [{ crops: "none.npy" }, "there is no such file"],
        [{ crops: "floats.npy" }, "it holds <f4, expected uint8 in C order"],
        [{ keys: "short.txt" }, "it has 9 keys for 51 crops"],
        [{ holdOut: ["s9"] }, 'Cannot hold out section "s9": the sections are s1, s2'],
        [{ cells: "../cells.h5ad" }, "it leads out of the folder"],
      ];
      for (const [config, message] of cases) {
        const load = () => mist.load({ ...mist.defaults, ...config }, listening(folder));
        const error = await assertRejects(load, DataError, message);
        assert(!error.message.includes("\n"), error.message);
      }
      const keys = await Deno.readTextFile(`${folder}/crops.txt`);
      await Deno.writeTextFile(`${folder}/crops.txt`, keys.replace("s1/cell-7\n", "s1/cell-77\n"));
      const lacking = () => mist.load(mist.defaults, listening(folder));
      await assertRejects(lacking, DataError, 'it lacks cell 7 ("s1/cell-7")');
      await Deno.truncate(`${folder}/crops.npy`, 1000);
      await assertRejects(lacking, DataError, "it is truncated, copy it again");
    }),
});

Deno.test({
  name: "mist.load() finds the same behind an address",
  ignore: !hasPython("anndata", "scipy"),
  fn: () =>
    withSection(async (folder) => {
      await assertSameBehindAddress(folder, (location) =>
        mist.load({ ...mist.defaults, holdOut: ["s2"] }, listening(location)));
    }),
});
