import { assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { type Data, inMemory, readPart, type Section } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { hostArray } from "../../core/host_array.ts";
import { rng } from "../../core/rng/stream.ts";
import { anndata } from "../../datasets/anndata.ts";
import { imported } from "../../datasets/imported.ts";
import { writeData } from "../../datasets/write_data.ts";
import { listening } from "./helpers.ts";

const LOADING = { dataset: "made-up", configuration: { steps: "log1p", holdOut: ["b"], patch: 8 }, seed: 5 };

/** A section whose features and places are drawn; images are 5 x 4 pixels of 3 channels, read at most `limit` at a time. */
function drawn(name: string, rows: number, more: Partial<Section>, limit = Infinity): Section {
  const stream = rng(3).fold(name).host;
  const images = Uint8Array.from(stream.uniform(rows * 60), (value) => 256 * value);
  const img = inMemory(hostArray(images, [rows, 5, 4, 3]));
  return {
    name,
    time: -1,
    split: "train",
    rows,
    labels: { cell_type: Int32Array.from({ length: rows }, (_, row) => row % 3 - 1) },
    parts: {
      x: inMemory(hostArray(stream.normal(rows * 6), [rows, 6])),
      pos: inMemory(hostArray(stream.normal(rows * 2), [rows, 2])),
      img: {
        ...img,
        read: (index) => {
          if ((index?.length ?? rows) <= limit) return img.read(index);
          throw new RangeError(`Cannot read ${index?.length} images at once: the test allows ${limit}`);
        },
      },
    },
    ...more,
  };
}

function madeUp(sections: readonly Section[]): Data {
  return {
    spec: {
      name: "made-up set",
      parts: {
        x: { shape: [6], unit: "ln(1 + counts)", names: ["A", "B", "C", "D", "E", "F"] },
        pos: { shape: [2], unit: "µm", names: ["x", "y"] },
        img: { shape: [5, 4, 3], unit: "grey values, 0 to 255" },
      },
      times: [{ name: "Day 2", value: 2, unit: "days" }, { name: "Day 10", value: 10, unit: "days" }],
      labels: { cell_type: ["neuron", "glia"] },
    },
    sections,
    citation: { title: "Made up", authors: "A. Nobody", year: 2024, url: "https://example.org", licence: "CC0" },
    source: "nowhere.h5ad",
    notes: ["Nothing of this is real"],
  };
}

const DATA: Data = madeUp([
  drawn("a", 7, { time: 0, donor: "d1" }),
  drawn("b", 4, { time: 1, donor: "d2", split: "test" }),
  drawn("c", 9, { time: 1 }),
]);

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const READ = `
import sys, json, warnings, anndata
warnings.simplefilter('ignore')
a = anndata.read_zarr(sys.argv[1]); o = a.obs; m = a.uns['morphogen']['data']
text = lambda v: [None if isinstance(x, float) else str(x) for x in v]
print(json.dumps({
  'X': a.X.ravel().tolist(), 'spatial': a.obsm['spatial'].ravel().tolist(), 'patches': a.obsm['patches'].ravel().tolist(),
  'shape': list(a.obsm['patches'].shape), 'types': [str(a.X.dtype), str(a.obsm['patches'].dtype)],
  'var': text(a.var_names), 'index': text(o.index[[0, 6, 7, 19]]), 'columns': list(o.columns),
  'kinds': [str(o[c].dtype) for c in o.columns], 'ordered': bool(o['time'].cat.ordered),
  'section': text(o['section']), 'time': text(o['time']), 'donor': text(o['donor']), 'split': text(o['split']),
  'cell_type': text(o['cell_type']), 'uns': {k: str(a.uns[k]) for k in ['title', 'citation', 'source']},
  'notes': text(a.uns['notes']), 'configuration': json.loads(str(a.uns['configuration'])),
  'values': m['times']['values'].tolist(), 'unit': str(m['parts']['img']['unit']), 'seed': int(m['seed']),
}))`;

async function all(part: string): Promise<readonly number[]> {
  const read = await Promise.all(DATA.sections.map((section) => section.parts[part]!.read()));
  return read.flatMap(({ data }) => Array.from(data));
}

Deno.test({
  name: "writeData() writes a store whose every element Python's anndata reads",
  ignore: !hasPython("anndata", "zarr"),
  fn: () =>
    inFolder(async (folder) => {
      const heard: (readonly [number, number, string | undefined])[] = [];
      await writeData(`${folder}/out.zarr`, DATA, LOADING, (done, total, note) => heard.push([done, total, note]));
      assertEquals(heard.at(-1), [60, 60, "img"]);
      const found = runPython(READ, [`${folder}/out.zarr`]);
      const repeat = (names: readonly (string | null)[]) => [7, 4, 9].flatMap((rows, i) => Array(rows).fill(names[i]));
      assertEquals(found, {
        X: await all("x"),
        spatial: await all("pos"),
        patches: await all("img"),
        shape: [20, 5, 4, 3],
        types: ["float32", "uint8"],
        var: ["A", "B", "C", "D", "E", "F"],
        index: ["a_0", "a_6", "b_0", "c_8"],
        columns: ["section", "time", "donor", "split", "cell_type"],
        kinds: Array(5).fill("category"),
        ordered: true,
        section: repeat(["a", "b", "c"]),
        time: repeat(["Day 2", "Day 10", "Day 10"]),
        donor: repeat(["d1", "d2", null]),
        split: repeat(["train", "test", "train"]),
        cell_type: [7, 4, 9].flatMap((rows) => Array.from({ length: rows }, (_, i) => [null, "neuron", "glia"][i % 3])),
        uns: {
          title: "Made up",
          citation: "A. Nobody (2024). Made up. https://example.org (CC0)",
          source: "nowhere.h5ad",
        },
        notes: ["Nothing of this is real"],
        configuration: LOADING.configuration,
        values: [2, 10],
        unit: "grey values, 0 to 255",
        seed: 5,
      });
    }),
});

Deno.test("imported.load() gives back what was written, rows as they are asked for", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.zarr`;
    await writeData(path, DATA, LOADING);
    const read = await imported.load({}, listening(path));
    assertEquals(read.spec, DATA.spec);
    assertEquals([read.citation, read.notes, read.source], [DATA.citation, DATA.notes, path]);
    for (const [i, section] of DATA.sections.entries()) {
      const { parts: _, ...rest } = section;
      const { parts, ...found } = read.sections[i]!;
      assertEquals(found, rest);
      for (const name of Object.keys(section.parts)) {
        assertEquals(await parts[name]!.read(), await section.parts[name]!.read());
        assertEquals(await parts[name]!.read([3, 1]), await section.parts[name]!.read([3, 1]));
      }
    }
  }));

Deno.test('data set "anndata" reads what writeData() wrote, up to its own z-scores', () =>
  inFolder(async (folder) => {
    await writeData(`${folder}/out.zarr`, DATA, LOADING);
    const config = { ...anndata.defaults, section: "section", components: 0, holdOut: ["b"] };
    const read = await anndata.load(config, listening(`${folder}/out.zarr`));
    assertEquals(read.spec.times.map(({ name, value }) => [name, value]), [["Day 2", 2], ["Day 10", 10]]);
    assertEquals(read.spec.parts["x"]!.names, DATA.spec.parts["x"]!.names);
    const training = await Promise.all([0, 2].map((i) => readPart(DATA.sections[i]!, "x")));
    const rows = training.flatMap(({ data }) => Array.from(data));
    for (const [i, section] of DATA.sections.entries()) {
      const found = read.sections[i]!;
      assertEquals([found.name, found.split, found.time], [section.name, section.split, section.time]);
      assertEquals(await found.parts["pos"]!.read(), await section.parts["pos"]!.read());
      const { data } = await readPart(section, "x");
      (await readPart(found, "x")).data.forEach((value, at) => {
        const column = rows.filter((_, j) => j % 6 === at % 6);
        const mean = column.reduce((a, b) => a + b, 0) / column.length;
        const deviation = Math.sqrt(column.reduce((sum, one) => sum + (one - mean) ** 2, 0) / column.length);
        assertAlmostEquals(value, (data[at]! - mean) / deviation, 1e-4);
      });
    }
  }));

Deno.test("writeData() reads no more than a block of images at a time", () =>
  inFolder(async (folder) => {
    // A block is 8 MiB of floats: 34,952 images of 60 values.
    const large = madeUp([drawn("a", 40_000, { time: 0 }, 34_953)]);
    await writeData(`${folder}/out.zarr`, large, LOADING);
    const read = await imported.load({}, listening(`${folder}/out.zarr`));
    const rows = [39_999, 34_952, 34_951, 0];
    assertEquals(
      await read.sections[0]!.parts["img"]!.read(rows),
      await large.sections[0]!.parts["img"]!.read(rows),
    );
  }));

Deno.test("writeData() leaves nothing behind when data cannot be read, and the older store as it was", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.zarr`;
    await writeData(path, DATA, LOADING);
    const broken = { ...DATA.sections[1]!.parts["img"]!, read: () => Promise.reject(new DataError("Cannot read it")) };
    const images = (img: Section["parts"][string]): Data =>
      madeUp([DATA.sections[0]!, { ...DATA.sections[1]!, parts: { ...DATA.sections[1]!.parts, img } }]);
    await assertRejects(() => writeData(path, images(broken), LOADING), DataError, "Cannot read it");
    const narrow = inMemory(hostArray(new Uint8Array(4 * 48), [4, 4, 4, 3]));
    const message = 'Cannot write part "img" of section "b": its shape is [4,4,4,3], expected [4,5,4,3]';
    await assertRejects(() => writeData(path, images(narrow), LOADING), DataError, message);
    const floats = inMemory(hostArray(new Float32Array(4 * 60), [4, 5, 4, 3]));
    const type = 'part "img" of section "b": it is float32, sections before are uint8';
    await assertRejects(() => writeData(path, images(floats), LOADING), DataError, type);
    const taken = { ...DATA, spec: { ...DATA.spec, labels: { time: ["early"] } } };
    await assertRejects(() => writeData(path, taken, LOADING), DataError, 'Cannot write label "time" of made-up set');
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["out.zarr"]);
    assertEquals((await imported.load({}, listening(path))).sections.length, 3);
  }));

Deno.test("imported.load() says that a store was not written by it, and asks for one", async () => {
  await assertRejects(
    () => imported.load({}, listening()),
    DataError,
    "deno task data import SOURCE OUT.zarr --as NAME",
  );
  const store = new URL("../../datasets/embedded/mouse-olfactory-bulb-st-he.zarr", import.meta.url).pathname;
  await assertRejects(() => imported.load({}, listening(store)), DataError, 'or use data set "anndata"');
});
