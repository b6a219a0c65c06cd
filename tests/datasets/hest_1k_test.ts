import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { hest1k, type Hest1kConfig } from "../../datasets/hest_1k.ts";
import { assertSameBehindAddress, listening } from "./helpers.ts";

/** Samples as HEST-1k has them; the third is of the first one's patient, and shows gene G0 in too few spots. */
const WRITE = `
import sys, os, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata, h5py
from PIL import Image
warnings.simplefilter('ignore')
g = np.random.default_rng(6); root = sys.argv[1]; out = {}
for d in ['st', 'patches', 'metadata', 'wsis']: os.makedirs(root + '/' + d)
for k, (s, patient) in enumerate([('TENX1', 'P1'), ('TENX2', 'P2'), ('TENX3', 'P1'), ('MEND4', None)]):
  n = 14 + k; genes = ['G%d' % i for i in range(10)] + ['BLANK_1', 'NegControl_2', 'Only%d' % k]
  c = (g.poisson(np.exp(g.normal(0, 1, len(genes))), (n, len(genes))) + 1).astype('f4')
  if k == 2: c[:-1, 0] = 0
  a = anndata.AnnData(sp.csc_matrix(c) if k == 1 else sp.csr_matrix(c), obs=pd.DataFrame(index=['%03dx%03d' % (i, k) for i in range(n)]))
  a.var_names = genes; a.obsm['spatial'] = g.integers(20, 80, (n, 2)).astype('f8'); a.write_h5ad(root + '/st/%s.h5ad' % s)
  wsi = g.integers(0, 256, (100, 100, 3)).astype('u1'); Image.fromarray(wsi).save(root + '/wsis/%s.tif' % s)
  json.dump({'id': s, 'patient': patient, 'organ': 'Breast', 'pixel_size_um_estimated': 14.0, 'pixel_size_um_embedded': None}, open(root + '/metadata/%s.json' % s, 'w'))
  order = g.permutation(n)[:8]; img = g.integers(0, 256, (8, 4, 4, 3)).astype('u1')
  with h5py.File(root + '/patches/%s.h5' % s, 'w') as f:
    f['img'] = img; f['coords'] = a.obsm['spatial'][order].astype('i8'); f['barcode'] = np.array([[a.obs_names[i].encode()] for i in order])
  cut = np.stack([wsi[int(y) - 4:int(y) + 4, int(x) - 4:int(x) + 4] for x, y in a.obsm['spatial']])
  out[s] = {'x': np.log1p(c).tolist(), 'pos': a.obsm['spatial'].tolist(), 'order': order.tolist(), 'img': img.ravel().tolist(), 'cut': cut.ravel().tolist()}
print(json.dumps(out))`;

interface Expected {
  readonly x: readonly (readonly number[])[];
  readonly pos: readonly (readonly number[])[];
  readonly order: readonly number[];
  readonly img: readonly number[];
  readonly cut: readonly number[];
}

const CONFIG: Hest1kConfig = { ...hest1k.defaults, steps: "log1p,hvg:n=5", holdOut: ["P2"] };

async function withSamples(
  use: (folder: string, expected: Readonly<Record<string, Expected>>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(`${folder}/hest`, runPython(WRITE, [`${folder}/hest`]) as Record<string, Expected>);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "hest1k.load() joins counts, places and patches by barcode, and holds out patients",
  ignore: !hasPython("anndata", "h5py", "scipy", "PIL"),
  fn: () =>
    withSamples(async (folder, expected) => {
      const data = await hest1k.load(CONFIG, listening(folder));
      assertEquals(data.sections.map(({ name, split, donor }) => [name, split, donor]), [
        ["MEND4", "train", "MEND4"],
        ["TENX1", "train", "P1"],
        ["TENX2", "test", "P2"],
        ["TENX3", "train", "P1"],
      ]);
      const genes = data.spec.parts["x"]!.names!;
      assertEquals(genes.length, 5);
      assert(genes.every((gene) => /^G[1-9]$/.test(gene)), genes.join());
      for (const section of data.sections) {
        const { x, pos, order, img } = expected[section.name]!;
        const [found, places] = [await readPart(section, "x"), await readPart(section, "pos")];
        order.forEach((spot, i) => {
          genes.forEach((gene, j) => {
            assertAlmostEquals(found.data[genes.length * i + j]!, x[spot]![Number(gene.slice(1))]!, 1e-5);
          });
          assertEquals([...places.data.subarray(2 * i, 2 * i + 2)], pos[spot]);
        });
        assertEquals([...(await readPart(section, "img")).data], [...img]);
      }
    }),
});

Deno.test({
  name: "hest1k.load() cuts 112 µm of the whole image around each spot",
  ignore: !hasPython("anndata", "h5py", "scipy", "PIL"),
  fn: () =>
    withSamples(async (folder, expected) => {
      const data = await hest1k.load({ ...CONFIG, images: "wsis", patch: 8 }, listening(folder));
      assertEquals(data.spec.parts["img"]!.shape, [8, 8, 3]);
      for (const section of data.sections) {
        const { cut, pos } = expected[section.name]!;
        assertEquals(section.rows, pos.length);
        assertEquals([...(await readPart(section, "img")).data], [...cut]);
        assertEquals([...(await section.parts["img"]!.read([4])).data], cut.slice(4 * 192, 5 * 192));
      }
    }),
});

Deno.test({
  name: "hest1k.load() says in one sentence what a folder lacks",
  ignore: !hasPython("anndata", "h5py", "scipy", "PIL"),
  fn: () =>
    withSamples(async (folder) => {
      const rejects = async (message: string, config: Partial<Hest1kConfig> = {}): Promise<void> => {
        const load = () => hest1k.load({ ...CONFIG, ...config }, listening(folder));
        const error = await assertRejects(load, DataError, message);
        assert(!error.message.includes("\n"), error.message);
      };
      await rejects('Cannot find sample "NCBI1"', { samples: ["NCBI1"] });
      await rejects('Cannot hold out section "P9"', { holdOut: ["P9"] });
      await rejects('the samples are all of patient "P1"', { samples: ["TENX1", "TENX3"] });
      const heard = listening(folder, 3);
      await hest1k.load({ ...CONFIG, holdOut: [] }, heard);
      assert(heard.notes.some((note) => note.startsWith("Patients held out by the seed: ")));
      await Deno.writeTextFile(`${folder}/metadata/TENX2.json`, '{"patient": "P2", "pixel_size_um_estimated": null}');
      await rejects("pixel_size_um_estimated is null, expected µm above 0");
      await Deno.writeTextFile(`${folder}/metadata/TENX2.json`, "{");
      await rejects("Cannot read the metadata");
    }),
});

Deno.test({
  name: "hest1k.load() finds the same behind an address",
  ignore: !hasPython("anndata", "h5py", "scipy", "PIL"),
  fn: () =>
    withSamples(async (folder) => {
      await assertSameBehindAddress(folder, (location) =>
        hest1k.load({ ...CONFIG, samples: ["TENX1", "TENX2"] }, listening(location)));
    }),
});
