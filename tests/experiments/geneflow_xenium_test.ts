import { inTempFolder } from "../core/run/helpers.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { parseFlags } from "../../core/config/flags.ts";
import { ConfigError } from "../../core/errors.ts";
import { openImage } from "../../datasets/images/open_image.ts";
import { SAMPLE_FLAGS, slideRequestOf } from "../../experiments/run_flags.ts";
import { TINY } from "./geneflow_tiny.ts";
import { run } from "./process.ts";
import { TOY } from "./toy_runs.ts";

/** Two prepared sections with images of 8 px whose colours follow the first genes. */
const WRITE = `
import sys, os, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata, tifffile
warnings.simplefilter('ignore')
g = np.random.default_rng(1)
for name, genes in [('C1', ['A', 'B', 'C', 'D']), ('C2', ['X', 'C', 'B', 'A'])]:
    n = 36; root = sys.argv[1] + '/' + name; inner = root + '/cell_patch_256_aux/input'
    for kind in ['cell', 'patch']: os.makedirs('%s/%s_images' % (inner, kind))
    counts = g.poisson(4, (n, 4)); cells = ['c%02d' % i for i in range(n)]
    a = anndata.AnnData(sp.csr_matrix(np.log1p(1e6 * counts / counts.sum(1, keepdims=True)).astype('f4')),
        obs=pd.DataFrame({'cell_type': pd.Categorical(g.choice(['Melanoma', 'T cells'], n)), 'total_counts': counts.sum(1)}, index=cells))
    a.var_names = genes; a.obsm['spatial'] = np.stack([np.arange(n) % 6 * 6.0 + 5, np.arange(n) // 6 * 6.0 + 5], 1); a.write_h5ad(root + '/adata.h5ad')
    def write(path, v): tifffile.imwrite(path, v, photometric='rgb', planarconfig='contig', extrasamples=['unspecified'] * 2)
    patches = {'patch_%d_0' % p: cells[3 * p:3 * p + 1 + p % 3] for p in range(12)}
    for kind, names in [('cell', cells), ('patch', list(patches))]:
        for i, k in enumerate(names):
            v = np.zeros((8, 8, 5), 'u1'); v[..., :3] = (20 * counts[i, :3]).clip(0, 255); v[2:6, 2:6, :3] //= 2
            write('%s/%s_images/%s_original.tif' % (inner, kind, k), v)
        json.dump({k: '/elsewhere/%s_original.tif' % k for k in names}, open('%s/%s_image_paths.json' % (inner, kind), 'w'))
    json.dump(patches, open(inner + '/patch_cell_mapping.json', 'w'))
print(1)`;

/** What other programs see in the files of a slide. */
const READ = `
import sys, json, zarr, numpy as np
from PIL import Image
root = zarr.open(sys.argv[1], 'r'); m = root.attrs['multiscales'][0]; a = root['0']
png = np.asarray(Image.open(sys.argv[2]))
print(json.dumps({'axes': [x['name'] for x in m['axes']], 'version': m['version'], 'shape': list(a.shape), 'type': str(a.dtype),
    'place': m['datasets'][0]['coordinateTransformations'], 'png': bool((np.moveaxis(a[:], 0, -1) == png).all()), 'sum': int(a[:].astype('i8').sum())}))`;

Deno.test({
  name: "geneflow-xenium trains on a section, draws another, and `sample --slide` writes it as one image",
  ignore: !hasPython("anndata", "tifffile", "zarr", "PIL"),
  fn: () =>
    inTempFolder(async (folder) => {
      runPython(WRITE, [`${folder}/data`]);
      const args = ["geneflow-xenium", `--data=${folder}/data`, "--steps=2", `--out=${folder}/runs`, "--json", ...TINY];
      const across = ["--set=dataset.config.train=C1", "--set=dataset.config.test=C2"];
      const trained = await run("exp", [...args, ...across]);
      assertEquals(trained.code, 0, trained.err.join("\n"));
      const result = JSON.parse(trained.out);
      assert(result.notes.includes('Trained on "C1", tested on "C2", over the 3 genes of both panels'));
      const report = await Deno.readTextFile(`${result.run}/report.html`);
      assert(report.includes("Table 2: trained and tested on all cell types"));

      const drawn = await run("sample", [result.run, "--slide=C2", "--json", "--backend=wasm"]);
      assertEquals(drawn.code, 0, drawn.err.join("\n"));
      const { slide, picture } = JSON.parse(drawn.out);
      assertEquals(
        [slide, picture],
        ["ome.zarr", "png"].map((ending) => `${result.run}/slide-C2-s${result.seed}.${ending}`),
      );
      const seen = runPython(READ, [slide, picture]) as Record<string, unknown>;
      assertEquals(seen, {
        axes: ["c", "y", "x"],
        version: "0.4",
        shape: [3, 38, 38],
        type: "uint8",
        place: [{ type: "scale", scale: [1, 1, 1] }, { type: "translation", translation: [0, 1.5, 1.5] }],
        png: true,
        sum: seen["sum"],
      });
      const image = await openImage(slide);
      assertEquals([image.shape, image.channels, image.dtype], [[38, 38, 3], ["red", "green", "blue"], "uint8"]);

      const out = `${folder}/elsewhere`;
      const request = [result.run, "--slide=C2", `--out=${out}`, "--seed=3", "--backend=wasm"];
      const part = await run("sample", [...request, "--region=8,8,16,24", "--scale=1.5"]);
      assertEquals(part.code, 0, part.err.join("\n"));
      assertEquals((await openImage(`${out}/slide-C2-s3.ome.zarr`)).shape, [24, 16, 3]);

      await Deno.mkdir(`${out}/slide-C2-s4.ome.zarr`);
      await Deno.writeTextFile(`${out}/slide-C2-s4.ome.zarr/thesis.txt`, "years of work");
      const wrong: readonly (readonly [readonly string[], RegExp])[] = [
        [["--slide=C3"], /^Cannot find section "C3" in "xenium-skin C1, C2", did you mean "C\d"\?$/],
        [["--slide=C2", "--seed=4", `--out=${out}`], /what is there is no Zarr store and would be lost/],
      ];
      for (const [more, sentence] of wrong) {
        const { code, err } = await run("sample", [result.run, "--backend=wasm", ...more]);
        assertEquals(code, 1);
        assertMatch(err.at(-1)!, sentence);
      }
    }),
});

Deno.test("sample --slide says of a method without images that it draws none", () =>
  inTempFolder(async (folder) => {
    const trained = await run("exp", [...TOY, "--steps=1", `--out=${folder}`, "--json", "--backend=cpu"]);
    assertEquals(trained.code, 0, trained.err.join("\n"));
    const { code, err } = await run("sample", [JSON.parse(trained.out).run, "--slide=a", "--backend=cpu"]);
    assertEquals(code, 1);
    assertMatch(err.at(-1)!, /^Cannot draw a slide with plugin "cfm": it draws no images of tissue$/);
  }));

Deno.test("sample refuses flags of slides that do not fit", () => {
  const asked = (...args: readonly string[]) => slideRequestOf(parseFlags(args, SAMPLE_FLAGS).flags);
  assertEquals(asked("runs/a"), undefined);
  assertEquals(asked("runs/a", "--slide=C2"), { section: "C2", scale: 1, overlap: undefined, region: undefined });
  const region = { x: -4, y: 0, width: 20, height: 8 };
  assertEquals(asked("--slide=C2", "--region=-4,0,20,8", "--overlap=0")!.region, region);
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [
      ["--slide=C2", "--region=1,2,3"],
      'expects X,Y,WIDTH,HEIGHT in whole pixels, width and height above 0, got "1,2,3"',
    ],
    [["--slide=C2", "--region=0,0,8,0"], 'got "0,0,8,0"'],
    [["--slide=C2", "--overlap=1"], 'Flag "--overlap" expects a share from 0 to below 1, got "1"'],
    [["--slide=C2", "--scale=0"], 'Flag "--scale" expects a positive number, got "0"'],
    [["--slide=C2", "--repeats=2"], 'Flag "--repeats" does not go with --slide'],
    [["--region=0,0,8,8"], 'Flag "--region" is for images of whole sections: name one by --slide SECTION'],
  ];
  for (const [args, message] of wrong) assertThrows(() => asked(...args), ConfigError, message);
});

Deno.test({
  name: "geneflow-xenium draws patches for all their cells, in folds, and a slide of them",
  ignore: !hasPython("anndata", "tifffile"),
  fn: () =>
    inTempFolder(async (folder) => {
      runPython(WRITE, [`${folder}/data`]);
      const args = [
        "geneflow-xenium",
        `--data=${folder}/data/C1`,
        "--steps=2",
        `--out=${folder}/runs`,
        "--json",
        ...TINY,
      ];
      const patches = [
        "--set=dataset.config.images=patch",
        "--set=dataset.config.side=8",
        "--set=dataset.config.leastCounts=0",
      ];
      const trained = await run("exp", [...args, ...patches, "--backend=wasm"]);
      assertEquals(trained.code, 0, trained.err.join("\n"));
      const { run: made, metrics, seed } = JSON.parse(trained.out);
      assert(Object.values(metrics).every(Number.isFinite));
      const drawn = await run("sample", [made, "--slide=fold 0", "--overlap=0.25", "--json", "--backend=wasm"]);
      assertEquals(drawn.code, 0, drawn.err.join("\n"));
      assertEquals(JSON.parse(drawn.out).slide, `${made}/slide-fold_0-s${seed}.ome.zarr`);
    }),
});
