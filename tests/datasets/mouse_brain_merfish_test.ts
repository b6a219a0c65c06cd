import { type Data, readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { merfish, type MerfishConfig } from "../../datasets/mouse_brain_merfish.ts";
import { assert, assertEquals, assertGreater, assertRejects } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { hasPython } from "../python.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { askPython, assertClose } from "../vectors/arrays.ts";
import { assertSameBehindAddress, listening } from "./helpers.ts";

const FOLDER = sharedPath("data/mouse-brain-merfish-dapi").pathname;
/** Rows whose images are compared. */
const FIRST = [...Array(9).keys()];
const RAW: MerfishConfig = { ...merfish.defaults, normalize: "none", scale: "none" };

Deno.test({
  name: "merfish.load() joins cells, counts and crops, and holds out a strip that shares no pixels",
  ignore: !hasShared || !hasPython("numpy"),
  fn: async () => {
    for (const plane of [0, 1] as const) {
      const heard = listening(FOLDER);
      const data = await merfish.load({ ...RAW, plane }, heard);
      assertEquals(data.sections.map(({ name, rows, split }) => [name, rows, split]), [
        ["outside the strip", 277, "train"],
        ["strip", 87, "test"],
      ]);
      assertEquals(heard.warnings, []);
      assert(heard.notes[0]!.startsWith("Left out 70 of 474 cells"));
      assert(data.notes[0]!.includes("40 cells beside it") && data.notes[1]!.startsWith("109 targets"));
      const expected = askPython(
        `
import gzip, csv
root = d["root"]
rows = lambda f: list(csv.DictReader(gzip.open(root + f, "rt")))
cells, counts = rows("/cells.csv.gz"), {r["cell_id"]: r for r in rows("/expression.csv.gz")}
crops = np.load(gzip.open(root + "/crops_64.npy.gz")).transpose(0, 2, 3, 1)[..., 2 * d["plane"]:2 * d["plane"] + 2]
genes = [g for g in next(iter(counts.values())) if g != "cell_id" and not g.startswith("Blank")]
keep = [i for i, c in enumerate(cells) if float(c["area_um2"]) >= 10 and int(c["n_transcripts"]) >= 10]
y = np.array([float(cells[i]["y_um"]) for i in keep])
low, high = y.min() + np.array([.4, .6]) * (y.max() - y.min())
sides = [[i for i, at in zip(keep, y) if at < low - 21 or at > high + 21], [i for i, at in zip(keep, y) if low <= at <= high]]
out = {"genes": genes, "sections": [{
    "x": [[int(counts[cells[i]["cell_id"]][g]) for g in genes] for i in side],
    "pos": [[float(cells[i]["x_um"]), float(cells[i]["y_um"])] for i in side],
    "img": crops[side[:9]].ravel().tolist()} for side in sides]}`,
        { root: FOLDER, plane },
      ) as Expected;
      assertEquals(data.spec.parts["x"]!.names, expected.genes);
      for (const [i, section] of data.sections.entries()) {
        const { x, pos, img } = expected.sections[i]!;
        assertEquals([...(await readPart(section, "x")).data], x.flat());
        assertClose((await readPart(section, "pos")).data, pos.flat(), 1e-3);
        assertEquals([...(await section.parts["img"]!.read(FIRST)).data], img);
      }
      assertGreater(await gapOf(data), 20.9);
    }
  },
});

interface Expected {
  readonly genes: readonly string[];
  readonly sections: readonly {
    readonly x: readonly number[][];
    readonly pos: readonly number[][];
    readonly img: readonly number[];
  }[];
}

/** Smallest distance along y between a cell of the strip and one outside. */
async function gapOf({ sections }: Data): Promise<number> {
  const [train, test] = await Promise.all(
    sections.map(async (section) => (await readPart(section, "pos")).data.filter((_, at) => at % 2 === 1)),
  );
  return Math.min(...test!.map((y) => Math.min(...train!.map((other) => Math.abs(y - other)))));
}

async function packed(path: string, bytes: Uint8Array<ArrayBuffer> | string): Promise<void> {
  await Deno.writeFile(path, new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")));
}

/** What `numpy.save` writes. */
function npy(shape: readonly number[], type = "|u1"): Uint8Array<ArrayBuffer> {
  const values = Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i % 251);
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`.padEnd(117) + "\n";
  const start = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length, 0];
  return Uint8Array.from([...start, ...new TextEncoder().encode(header), ...values]);
}

const CELLS = 10;
const HEADER = "cell_id,x_um,y_um,area_um2,n_transcripts";

/** A table with a row per cell. */
function csv(header: string, row: (i: number) => string): string {
  return [header, ...Array.from({ length: CELLS }, (_, i) => `cell${i},${row(i)}`), ""].join("\n");
}

/** Ten cells 40 µm apart along y, with two genes and a blank. */
async function writeField(folder: string): Promise<void> {
  await packed(`${folder}/cells.csv.gz`, csv(HEADER, (i) => `${i % 3},${40 * i},60,20`));
  await packed(`${folder}/expression.csv.gz`, csv("cell_id,Abcc9,Blank-1,Gad1", (i) => `${i},${10 - i},1`));
  await packed(`${folder}/crops_64.npy.gz`, npy([CELLS, 5, 4, 4]));
}

Deno.test("merfish.load() leaves blanks out, and warns when crops of both sides share pixels", async () => {
  await inTempFolder(async (folder) => {
    await writeField(folder);
    const heard = listening(folder);
    const data = await merfish.load(RAW, heard);
    assertEquals(data.spec.parts["x"]!.names, ["Abcc9", "Gad1"]);
    assertEquals([...(await readPart(data.sections[1]!, "x")).data], [4, 1, 5, 1]);
    assertEquals([heard.notes, heard.warnings], [[], []]);
    await merfish.load({ ...RAW, strip: { ...RAW.strip, gap: 20 } }, heard);
    assertEquals(heard.warnings, [
      "strip.gap is 20 µm, a crop is 20.9 µm wide: crops at the border of the strip show pixels of training crops",
    ]);
    await assertSameBehindAddress(folder, (location) => merfish.load(RAW, listening(location)));
  });
});

Deno.test("merfish.load() says in one sentence what is wrong with a file", async () => {
  const wrong: readonly (readonly [file: string, content: string | Uint8Array<ArrayBuffer>, message: string])[] = [
    ["expression", "cell_id,Gad1\ncell0,1\n", "10 and 1 rows"],
    ["expression", `cell_id,Gad1\n${"other,1\n".repeat(CELLS)}`, 'cells "cell0" and "other" in row 1'],
    ["expression", csv("cell_id,Gad1", () => "x"), 'holds "x"'],
    ["cells", csv("cell_id,x_um", () => "1"), 'Cannot find column "y_um"'],
    ["cells", csv(HEADER, (i) => `${i % 3},${i},1,20`), "all cells are of less"],
    ["cells", csv(HEADER, (i) => `0,${i},60,20`), "have 0 as coordinate 0, expected a spread"],
    ["crops", npy([CELLS, 3, 4, 4]), "crops have 3 channels"],
    ["crops", npy([CELLS + 1, 5, 4, 4]), "of shape [11,5,4,4], expected uint8 of four axes, 10 rows"],
    ["crops", npy([CELLS, 5, 4, 4], "|i1"), "other than uint8"],
    ["crops", npy([CELLS, 5, 4, 4]).subarray(0, 300), "it is truncated"],
  ];
  const names: Readonly<Record<string, string>> = {
    cells: "cells.csv.gz",
    expression: "expression.csv.gz",
    crops: "crops_64.npy.gz",
  };
  await inTempFolder(async (folder) => {
    for (const [file, content, message] of wrong) {
      await writeField(folder);
      await packed(`${folder}/${names[file]}`, content);
      const error = await assertRejects(() => merfish.load(RAW, listening(folder)), DataError, message);
      assert(!error.message.includes("\n"), error.message);
    }
    for (const name of Object.values(names)) {
      await writeField(folder);
      const bytes = await Deno.readFile(`${folder}/${name}`);
      await Deno.writeFile(`${folder}/${name}`, bytes.subarray(0, bytes.length - 12));
      await assertRejects(() => merfish.load(RAW, listening(folder)), DataError, "truncated or damaged");
      await Deno.remove(`${folder}/${name}`);
      await assertRejects(() => merfish.load(RAW, listening(folder)), DataError, `${name}: there is no such file`);
    }
  });
});

Deno.test("merfish.check() names every problem", () => {
  const { strip } = merfish.defaults;
  const config = { ...merfish.defaults, plane: 2 as 1, leastArea: -1, leastTranscripts: 0.5, components: 451 };
  assertEquals(merfish.check({ ...config, strip: { ...strip, axis: "z" } }), [
    "components is 451, expected a whole number from 0 to 450",
    "plane is 2, expected a whole number from 0 to 1",
    "leastArea is -1, expected an area of at least 0",
    "leastTranscripts is 0.5, expected a whole number of at least 0",
    'strip.axis is "z", expected "x" or "y"',
  ]);
});
