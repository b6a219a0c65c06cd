import { assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { serveFolder } from "../core/io/zarr_server.ts";
import { hasPython, runPython } from "../python.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { xeniumSkin, type XeniumSkinConfig } from "../../datasets/xenium_skin.ts";
import { listening } from "./helpers.ts";

/** A prepared section: the list holds paths of another machine, and one cell has no image. */
const WRITE = `
import sys, os, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata
from PIL import Image
warnings.simplefilter('ignore')
g = np.random.default_rng(4); root = sys.argv[1]; images = root + '/cell_patch_256_aux/input/cell_images'
os.makedirs(images); n = 40; cells = ['c%d' % i for i in range(n)]
x = np.log1p(g.poisson(2, (n, 7)) * 1e4).astype('f4')
a = anndata.AnnData(sp.csr_matrix(x), obs=pd.DataFrame({'cell_type': pd.Categorical(g.choice(['Melanoma', 'T cells'], n))}, index=cells))
a.var_names = ['G%d' % i for i in range(7)]; a.obsm['spatial'] = np.stack([np.arange(n) * 10.0, g.uniform(0, 100, n)], 1)
a.write_h5ad(root + '/adata.h5ad'); img = g.integers(0, 256, (n, 6, 6, 4)).astype('u1')
for i in range(n - 1): Image.fromarray(img[i], 'RGBA').save(images + '/c%d_original.tif' % i)
json.dump({c: '/home/author/data/cell_images/%s_original.tif' % c for c in cells}, open(images + '/../cell_image_paths.json', 'w'))
print(json.dumps({'x': x.tolist(), 'img': img[..., :3].reshape(n, -1).tolist()}))`;

/** The archive as it is downloaded. */
const PACK = `
import sys, tarfile
with tarfile.open(sys.argv[1] + "/C1.tar.gz", "w:gz") as t: t.add(sys.argv[1] + "/C1", "C1")
print(1)`;

const CONFIG: XeniumSkinConfig = { ...xeniumSkin.defaults, strip: { axis: "x", from: 0.75, to: 1, gap: 15 } };

Deno.test({
  name: "xeniumSkin.load() gives each cell its image, and holds out a strip",
  ignore: !hasPython("anndata", "scipy", "PIL"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { x, img } = runPython(WRITE, [`${folder}/C1`]) as Record<"x" | "img", readonly (readonly number[])[]>;
      const heard = listening(`${folder}/C1`);
      const data = await xeniumSkin.load(CONFIG, heard);
      assertEquals(heard.notes.at(-1), "Left out 1 of 40 cells, which have no image");
      assertEquals(data.spec.name, "xenium-skin C1");
      assertEquals(data.spec.labels, { cell_type: ["Melanoma", "T cells"] });
      assertEquals(data.sections.map(({ split, rows }) => [split, rows]), [["train", 27], ["test", 10]]);
      for (const [section, first] of [[data.sections[0]!, 0], [data.sections[1]!, 29]] as const) {
        const found = await readPart(section, "x");
        for (let i = 0; i < section.rows; i++) {
          x[first + i]!.forEach((value, j) => assertAlmostEquals(found.data[7 * i + j]!, value, 1e-4));
        }
        const some = await section.parts["img"]!.read([2, 0]);
        assertEquals([...some.data], [...img[first + 2]!, ...img[first]!]);
        assertEquals(some.shape, [2, 6, 6, 3]);
      }
      runPython(PACK, [folder]);
      await using server = serveFolder(folder);
      for (const place of [`${folder}/C1.tar.gz`, `${server.address}/C1.tar.gz`]) {
        const packed = await xeniumSkin.load(CONFIG, listening(place));
        assertEquals([packed.spec, packed.source], [data.spec, place]);
        for (const [i, section] of packed.sections.entries()) {
          assertEquals(await readPart(section, "img"), await readPart(data.sections[i]!, "img"));
        }
      }
      await assertRejects(
        () => xeniumSkin.load({ ...CONFIG, channels: 5 }, listening(`${folder}/C1`)),
        DataError,
        "it has 4 channels of uint8, expected 5 of uint8",
      );
      await Deno.remove(`${folder}/C1/cell_patch_256_aux/input/cell_images`, { recursive: true });
      await Deno.mkdir(`${folder}/C1/cell_patch_256_aux/input/cell_images`);
      const message = "none of the images that it lists is in";
      await assertRejects(() => xeniumSkin.load(CONFIG, listening(`${folder}/C1`)), DataError, message);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
