import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { stimage, type StimageConfig } from "../../datasets/stimage.ts";
import { assertSameBehindAddress, listening } from "./helpers.ts";

/** A technology folder as STImage-1K4M has it; coordinates in another order than counts, genes that differ by slide. */
const WRITE = `
import sys, os, json, numpy as np, pandas as pd
from PIL import Image
g = np.random.default_rng(2); root = sys.argv[1]; out = {}
for d in ['image', 'coord', 'gene_exp']: os.makedirs(root + '/' + d)
for k in range(3):
  s, n = 'Human_Breast_%d' % k, 15 + k
  genes = ['G%d' % i for i in range(20) if i != k]
  c = pd.DataFrame(g.poisson(np.exp(g.normal(0, 1.2, len(genes))), (n, len(genes))), index=['b%d-1' % i for i in range(n)], columns=genes)
  c.to_csv(root + '/gene_exp/%s_count.csv' % s)
  p = pd.DataFrame({'yaxis': g.integers(10, 70, n), 'xaxis': g.integers(10, 90, n), 'r': 4}, index=c.index)
  p.sample(frac=1, random_state=1).to_csv(root + '/coord/%s_coord.csv' % s)
  img = g.integers(0, 256, (80, 100, 3)).astype('u1'); Image.fromarray(img).save(root + '/image/%s.png' % s)
  out[s] = {'genes': genes, 'x': np.log1p(c.values).tolist(), 'pos': p[['xaxis', 'yaxis']].values.ravel().tolist(),
    'img': np.stack([img[y-4:y+4, x-4:x+4] for x, y in p[['xaxis', 'yaxis']].values]).ravel().tolist()}
print(json.dumps(out))`;

interface Expected {
  readonly genes: readonly string[];
  readonly x: readonly (readonly number[])[];
  readonly pos: readonly number[];
  readonly img: readonly number[];
}

const CONFIG: StimageConfig = { ...stimage.defaults, steps: "log1p,hvg:n=6", patch: 8 };

async function withSlides<T>(
  use: (folder: string, expected: Readonly<Record<string, Expected>>) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(`${folder}/Visium`, runPython(WRITE, [`${folder}/Visium`]) as Record<string, Expected>);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "stimage.load() gives each spot its counts, place and patch",
  ignore: !hasPython("pandas", "PIL"),
  fn: () =>
    withSlides(async (folder, expected) => {
      const data = await stimage.load({ ...CONFIG, holdOut: ["Human_Breast_1"] }, listening(folder));
      assertEquals(data.sections.map(({ name, split, rows }) => [name, split, rows]), [
        ["Human_Breast_0", "train", 15],
        ["Human_Breast_1", "test", 16],
        ["Human_Breast_2", "train", 17],
      ]);
      const names = data.spec.parts["x"]!.names!;
      assertEquals(names.length, 6);
      for (const section of data.sections) {
        const { genes, x, pos, img } = expected[section.name]!;
        const found = await readPart(section, "x");
        names.forEach((gene, j) => {
          x.forEach((row, i) => assertAlmostEquals(found.data[6 * i + j]!, row[genes.indexOf(gene)]!, 1e-5));
        });
        assertEquals([...(await readPart(section, "pos")).data], [...pos]);
        assertEquals([...(await section.parts["img"]!.read()).data], [...img]);
        assertEquals([...(await section.parts["img"]!.read([3])).data], img.slice(3 * 192, 4 * 192));
      }
    }),
});

Deno.test({
  name: "stimage.load() chooses genes on training slides only, and draws what it holds out by the seed",
  ignore: !hasPython("pandas", "PIL"),
  fn: () =>
    withSlides(async (folder) => {
      const heard = listening(folder, 4);
      const data = await stimage.load(CONFIG, heard);
      const test = data.sections.filter(({ split }) => split === "test");
      assertEquals(test.length, 1);
      assertEquals(heard.notes[0], `Held out by the seed: ${test[0]!.name}`);
      const path = `${folder}/gene_exp/${test[0]!.name}_count.csv`;
      const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
      const swapped = lines.map((line, i) =>
        i === 0 ? line : [line.split(",")[0], ...line.split(",").slice(1).reverse()].join()
      );
      await Deno.writeTextFile(path, swapped.join("\n"));
      const other = await stimage.load(CONFIG, listening(folder, 4));
      assertEquals(other.spec.parts["x"]!.names, data.spec.parts["x"]!.names);
      const training = data.sections.findIndex(({ split }) => split === "train");
      assertEquals(await readPart(other.sections[training]!, "x"), await readPart(data.sections[training]!, "x"));
      const rejects = async (message: string, config: Partial<StimageConfig> = {}): Promise<void> => {
        const load = () => stimage.load({ ...CONFIG, ...config }, listening(folder));
        const error = await assertRejects(load, DataError, message);
        assert(!error.message.includes("\n"), error.message);
      };
      await rejects('Cannot find slide "Mouse_1"', { slides: ["Mouse_1", "Human_Breast_0"] });
      await rejects("expected at least 2", { slides: ["Human_Breast_0"] });
      await Deno.writeTextFile(path, swapped.slice(0, 3).join("\n") + "\nb9-1,3,4");
      await rejects("line 4 has 3 fields where the header has 20");
      await Deno.writeTextFile(path, [swapped[0], swapped[1]!.replace(/,\d+$/, ",-1")].join("\n"));
      await rejects("expected a count");
    }),
});

Deno.test({
  name: "stimage.load() finds the same behind an address",
  ignore: !hasPython("pandas", "PIL"),
  fn: () =>
    withSlides(async (folder) => {
      await assertSameBehindAddress(folder, (location) =>
        stimage.load({ ...CONFIG, slides: ["Human_Breast_0", "Human_Breast_2"] }, listening(location)));
    }),
});
