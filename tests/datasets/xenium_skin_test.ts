import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { serveFolder } from "../core/io/zarr_server.ts";
import { hasPython, runPython } from "../python.ts";
import { type Data, readPart, type Section } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { xeniumSkin, type XeniumSkinConfig } from "../../datasets/xenium_skin.ts";
import { listening } from "./helpers.ts";

/** Sections as the authors prepared them: the lists hold paths of another machine, and one cell has no image. */
const WRITE = `
import sys, os, json, warnings, numpy as np, pandas as pd, scipy.sparse as sp, anndata, tifffile
warnings.simplefilter('ignore')
out = {}
def section(name, genes, seed, n=60):
    g = np.random.default_rng(seed); root = sys.argv[1] + '/' + name; inner = root + '/cell_patch_256_aux/input'
    os.makedirs(inner + '/cell_images'); os.makedirs(inner + '/patch_images')
    cells = ['c%02d' % i for i in range(n)]; types = g.choice(['Melanoma', 'T cells', 'Fibroblasts'], n)
    counts = g.poisson(2, (n, len(genes))); x = np.log1p(1e6 * counts / np.maximum(1, counts.sum(1, keepdims=True))).astype('f4')
    a = anndata.AnnData(sp.csr_matrix(x), obs=pd.DataFrame({'cell_type': pd.Categorical(types), 'total_counts': counts.sum(1).astype('f4')}, index=cells))
    a.var_names = genes; a.obsm['spatial'] = np.stack([np.arange(n) * 10.0, g.uniform(0, 100, n)], 1)
    a.write_h5ad(root + '/adata.h5ad')
    img = g.integers(0, 256, (n, 6, 6, 6)).astype('u1'); patches = {'patch_0_%d' % p: cells[5 * p:5 * p + 2 + p % 3] for p in range(11)}
    patches['patch_9_9'] = []; patches['patch_9_8'] = ['c00', 'gone']
    pimg = {p: g.integers(0, 256, (6, 6, 6)).astype('u1') for p in patches}
    def write(path, v): tifffile.imwrite(path, v, photometric='rgb', planarconfig='contig', extrasamples=['unspecified'] * 3)
    for i in range(n - 1): write('%s/cell_images/%s_original.tif' % (inner, cells[i]), img[i])
    for p in patches: write('%s/patch_images/%s_original.tif' % (inner, p), pimg[p])
    json.dump({c: '/home/author/data/cell_images/%s_original.tif' % c for c in cells}, open(inner + '/cell_image_paths.json', 'w'))
    json.dump({p: '/home/author/data/patch_images/%s_original.tif' % p for p in patches}, open(inner + '/patch_image_paths.json', 'w'))
    json.dump(patches, open(inner + '/patch_cell_mapping.json', 'w'))
    out[name] = {'x': x.tolist(), 'types': list(types), 'totals': counts.sum(1).tolist(), 'least': float(np.quantile(counts.sum(1).astype('f4'), 0.05)),
        'img': img.reshape(n, -1).tolist(), 'pos': a.obsm['spatial'].tolist(), 'patches': {p: pimg[p].reshape(-1).tolist() for p in patches}}
section('C1', ['G%d' % i for i in range(7)], 4); section('C2', ['G5', 'H1', 'G2', 'H2'], 5); section('P1', ['H1', 'H2'], 6)
print(json.dumps(out))`;

/** The archive as it is downloaded. */
const PACK = `
import sys, tarfile
with tarfile.open(sys.argv[1] + "/packed/C1.tar.gz", "w:gz") as t: t.add(sys.argv[1] + "/C1", "C1")
print(1)`;

interface Truth {
  readonly x: readonly (readonly number[])[];
  readonly types: readonly string[];
  readonly totals: readonly number[];
  readonly least: number;
  readonly img: readonly (readonly number[])[];
  readonly pos: readonly (readonly [number, number])[];
  readonly patches: Readonly<Record<string, readonly number[]>>;
}

const CONFIG: XeniumSkinConfig = { ...xeniumSkin.defaults, leastCounts: 0, side: 16 };

const PYTHON = hasPython("anndata", "scipy", "tifffile");

/** Written once, since starting Python takes longer than all tests. */
const made = new Map<string, Readonly<Record<string, Truth>>>();
addEventListener("unload", () => made.forEach((_, folder) => Deno.removeSync(folder, { recursive: true })));

async function written(use: (folder: string, truth: Readonly<Record<string, Truth>>) => Promise<void>): Promise<void> {
  if (made.size === 0) {
    const folder = await Deno.makeTempDir();
    made.set(folder, runPython(WRITE, [folder]) as Record<string, Truth>);
  }
  for (const [folder, truth] of made) await use(folder, truth);
}

function sectionOf(data: Data, split: "train" | "test"): Section {
  return data.sections.find((section) => section.split === split)!;
}

/** Cells of a section of single-cell images, told by their places along x. */
async function cellsOf(section: Section): Promise<readonly number[]> {
  const { data } = await readPart(section, "pos");
  return Array.from({ length: section.rows }, (_, row) => Math.round(data[2 * row]! / 10));
}

/** The first three channels of six. */
function stain(values: readonly number[]): readonly number[] {
  return values.filter((_, at) => at % 6 < 3);
}

Deno.test({
  name: "xeniumSkin.load() gives each cell its image and its genes, and holds out a block",
  ignore: !PYTHON,
  fn: () =>
    written(async (folder, { C1 }) => {
      const heard = listening(`${folder}/C1`);
      const data = await xeniumSkin.load(CONFIG, heard);
      assertEquals(heard.notes.at(-1), "Left out 1 of 60 cells, which have no image");
      assertEquals(data.spec.name, "xenium-skin C1");
      assertEquals(data.spec.labels, { cell_type: ["Fibroblasts", "Melanoma", "T cells"] });
      assertEquals(data.spec.parts["img"]!.names, ["red", "green", "blue"]);
      // 59 cells lie along x; the guard of 16 px takes the cell at 10 px.
      assertEquals(data.sections.map(({ name, split, rows }) => [name, split, rows]), [
        ["training folds", "train", 39],
        ["fold 0", "test", 19],
      ]);
      assertEquals(await cellsOf(sectionOf(data, "test")), Array.from({ length: 19 }, (_, i) => i));
      assertEquals((await cellsOf(sectionOf(data, "train")))[0], 20);
      for (const section of data.sections) {
        const [found, cells] = [await readPart(section, "x"), await cellsOf(section)];
        const images = await readPart(section, "img");
        cells.forEach((cell, row) => {
          C1!.x[cell]!.forEach((value, j) => assertAlmostEquals(found.data[7 * row + j]!, value, 1e-5));
          assertEquals([...images.data.subarray(108 * row, 108 * (row + 1))], stain(C1!.img[cell]!));
          const label = data.spec.labels["cell_type"]![section.labels["cell_type"]![row]!];
          assertEquals(label, C1!.types[cell]);
        });
        const some = await section.parts["x"]!.read([2, 0]);
        assertEquals([...some.data], [...found.data.subarray(14, 21), ...found.data.subarray(0, 7)]);
      }
      const four = await xeniumSkin.load({ ...CONFIG, channels: 5 }, listening(`${folder}/C1`));
      assertEquals(four.spec.parts["img"]!.names, ["red", "green", "blue", "stain 1", "cell mask"]);
    }),
});

Deno.test({
  name: "xeniumSkin.load() reads archives, and those behind an address, as it reads folders",
  ignore: !PYTHON,
  fn: () =>
    written(async (folder) => {
      const data = await xeniumSkin.load(CONFIG, listening(`${folder}/C1`));
      await Deno.mkdir(`${folder}/packed`);
      runPython(PACK, [folder]);
      await using server = serveFolder(folder);
      const places = [`${folder}/packed/C1.tar.gz`, `${server.address}/packed/C1.tar.gz`];
      for (
        const [place, train] of [...places.map((path) => [path, ""] as const), [`${folder}/packed`, "C1"] as const]
      ) {
        const packed = await xeniumSkin.load({ ...CONFIG, train }, listening(place));
        assertEquals([packed.spec, packed.source], [data.spec, place]);
        for (const [i, section] of packed.sections.entries()) {
          assertEquals(await readPart(section, "img"), await readPart(data.sections[i]!, "img"));
        }
      }
    }),
});

Deno.test({
  name: "three folds hold out each image once, blocks without the images beside them, random ones by the seed",
  ignore: !PYTHON,
  fn: () =>
    written(async (folder) => {
      for (const split of ["blocks", "random"] as const) {
        const held: number[] = [];
        for (const fold of [0, 1, 2]) {
          const data = await xeniumSkin.load({ ...CONFIG, split, fold }, listening(`${folder}/C1`));
          const [train, test] = [await cellsOf(sectionOf(data, "train")), await cellsOf(sectionOf(data, "test"))];
          assertEquals(train.filter((cell) => test.includes(cell)), []);
          if (split === "random") assertEquals(train.length + test.length, 59);
          else for (const cell of train) assert(test.every((other) => Math.abs(cell - other) * 10 > 16));
          held.push(...test);
        }
        assertEquals(held.toSorted((a, b) => a - b), Array.from({ length: 59 }, (_, i) => i));
      }
      const random = { ...CONFIG, split: "random" } as const;
      const drawn = async (seed: number): Promise<string> =>
        (await cellsOf(sectionOf(await xeniumSkin.load(random, listening(`${folder}/C1`, seed)), "test"))).join();
      assertEquals(await drawn(1), await drawn(1));
      assert(await drawn(1) !== await drawn(2));
    }),
});

Deno.test({
  name: "patches come with all their cells; those that are empty or lack one are left out",
  ignore: !PYTHON,
  fn: () =>
    written(async (folder, { C1 }) => {
      const heard = listening(`${folder}/C1`);
      const data = await xeniumSkin.load({ ...CONFIG, images: "patch" }, heard);
      assertEquals(heard.notes.slice(-2), [
        "Left out 1 of 13 patches, which have no cell",
        "Left out 1 of 13 patches, of which the table lacks cells",
      ]);
      assertEquals(data.spec.parts["x"]!.shape, [4, 7]);
      assertEquals([data.spec.parts["pos"]!.shape, data.spec.labels], [[4, 2], {}]);
      for (const section of data.sections) {
        const [x, pos, img] = [
          await readPart(section, "x"),
          await readPart(section, "pos"),
          await readPart(section, "img"),
        ];
        for (let row = 0; row < section.rows; row++) {
          const first = Math.round(pos.data[8 * row]! / 10);
          const patch = first / 5;
          assertEquals([...img.data.subarray(108 * row, 108 * (row + 1))], stain(C1!.patches[`patch_0_${patch}`]!));
          for (let slot = 0; slot < 4; slot++) {
            const real = slot < 2 + patch % 3;
            const genes = x.data.subarray((4 * row + slot) * 7, (4 * row + slot + 1) * 7);
            const expected = real ? C1!.x[first + slot]! : Array(7).fill(0);
            expected.forEach((value, j) => assertAlmostEquals(genes[j]!, value, 1e-5));
            assertEquals(Number.isNaN(pos.data[8 * row + 2 * slot]!), !real);
          }
        }
      }
    }),
});

Deno.test({
  name: "cells are chosen by type, apart for training and testing, and those with few counts are left out",
  ignore: !PYTHON,
  fn: () =>
    written(async (folder, { C1 }) => {
      const config = { ...CONFIG, trainTypes: ["Melanoma"], testTypes: ["!Melanoma"], leastCounts: 0.05 };
      const data = await xeniumSkin.load(config, listening(`${folder}/C1`));
      const [train, test] = [await cellsOf(sectionOf(data, "train")), await cellsOf(sectionOf(data, "test"))];
      const enough = (cell: number): boolean => C1!.totals[cell]! >= C1!.least;
      const all = Array.from({ length: 59 }, (_, i) => i);
      assert(!all.every(enough));
      assertEquals(train, all.filter((cell) => cell > 19 && enough(cell) && C1!.types[cell] === "Melanoma"));
      assertEquals(test, all.filter((cell) => cell < 19 && enough(cell) && C1!.types[cell] !== "Melanoma"));
      await assertRejects(
        () => xeniumSkin.load({ ...CONFIG, testTypes: ["Melanom"] }, listening(`${folder}/C1`)),
        DataError,
        'Cannot choose cells of type "Melanom" in section "C1": it has Fibroblasts, Melanoma, T cells',
      );
    }),
});

Deno.test({
  name: "a section is trained on and another tested on, over the genes of both",
  ignore: !PYTHON,
  fn: () =>
    written(async (folder, { C1, C2 }) => {
      const config = { ...CONFIG, train: "C1", test: "C2" };
      const heard = listening(folder);
      const data = await xeniumSkin.load(config, heard);
      assertEquals(data.spec.parts["x"]!.names, ["G2", "G5"]);
      const shows = ({ x }: Truth, columns: readonly number[]): readonly number[] =>
        Array.from({ length: 59 }, (_, cell) => cell).filter((cell) => columns.some((j) => x[cell]![j]! > 0));
      const expected = [[C1!, [2, 5]], [C2!, [2, 0]]] as const;
      assertEquals(data.sections.map(({ name, split }) => [name, split]), [["C1", "train"], ["C2", "test"]]);
      assertEquals(data.notes, ['Trained on "C1", tested on "C2", over the 2 genes of both panels']);
      for (const [i, [truth, columns]] of expected.entries()) {
        const cells = shows(truth, columns);
        assertEquals(await cellsOf(data.sections[i]!), cells);
        const { data: values } = await readPart(data.sections[i]!, "x");
        cells.forEach((cell, row) =>
          columns.forEach((j, k) => assertAlmostEquals(values[2 * row + k]!, truth.x[cell]![j]!, 1e-5))
        );
      }
      const left = expected.map(([truth, columns]) => 59 - shows(truth, columns).length);
      assert(left.some((count) => count > 0), "no cell is without the shared genes");
      assertEquals(
        heard.notes.filter((note) => note.includes("show none of the genes")).length,
        left.filter(Boolean).length,
      );
      await assertRejects(
        () => xeniumSkin.load({ ...CONFIG, train: "C1", test: "P1" }, listening(folder)),
        DataError,
        'Cannot use sections "C1" (7 genes: G0, G1, G2, ...) and "P1" (2 genes: H1, H2) together: their panels have ' +
          "no gene in common",
      );
      await assertRejects(
        () => xeniumSkin.load({ ...CONFIG, train: "C3" }, listening(folder)),
        DataError,
        `Cannot find section "C3" in ${folder}: it has C1, C2, P1, packed`,
      );
      await assertRejects(
        () => xeniumSkin.load(CONFIG, listening(folder)),
        DataError,
        "as a Xenium section: it has C1, C2, P1, packed, expected adata.h5ad or cell_feature_matrix.h5; name a section",
      );
      assertEquals(xeniumSkin.check({ ...CONFIG, test: "C2" }), [
        'train is empty and test is "C2", expected the section to train on, too',
      ]);
    }),
});

Deno.test({
  name: "prepared sections that cannot be used are refused in one sentence",
  ignore: !PYTHON,
  // The last of them, since it damages what was written.
  fn: () =>
    written(async (folder) => {
      const input = `${folder}/C1/cell_patch_256_aux/input`;
      const refused = (change: Partial<XeniumSkinConfig>, message: string): Promise<DataError> =>
        assertRejects(() => xeniumSkin.load({ ...CONFIG, ...change }, listening(`${folder}/C1`)), DataError, message);
      await refused({ channels: 7 }, "it has 6 channels of uint8, expected 7 of uint8; lower dataset.config.channels");
      await Deno.writeTextFile(
        `${input}/patch_cell_mapping.json`,
        JSON.stringify({ patch_0_0: [], patch_0_1: ["gone"] }),
      );
      await refused(
        { images: "patch" },
        "1 of 2 are empty and the table lacks cells of 1, expected cells of adata.h5ad",
      );
      await Deno.writeTextFile(`${input}/patch_cell_mapping.json`, "{");
      await refused({ images: "patch" }, "patch_cell_mapping.json: ");
      const image = `${input}/cell_images/c00_original.tif`;
      const bytes = await Deno.readFile(image);
      await Deno.writeFile(image, bytes.slice(0, 40));
      const error = await refused({}, `Cannot read image "${image}": `);
      assert(!error.message.includes("\n"));
      await Deno.remove(`${input}/cell_images`, { recursive: true });
      await Deno.mkdir(`${input}/cell_images`);
      await refused({}, "none of the images that it lists is in");
    }),
});
