import { createHash } from "node:crypto";
import { hostArray, type NumericArray } from "../../../core/host_array.ts";
import { openZarr, readArray, readTexts } from "../../../core/io/zarr.ts";
import { writeZarr, type ZarrGroupWriter } from "../../../core/io/zarr_writer.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const KINDS = [Float32Array, Float64Array, Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array];
const ROWS = 100_001;

/** Texts of several lengths, in more than one chunk. */
const TEXTS = Array.from({ length: 70_000 }, (_, i) => i % 7 === 0 ? "" : `t${i} ü🧬`);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function valuesOf(Kind: typeof KINDS[number]): NumericArray {
  return new Kind(Array.from({ length: 3 * ROWS }, (_, i) => (i * 37) % 251 - (i % 2) / 2));
}

/** Several chunks of which the last is not full, empty arrays, scalars. */
async function fill(root: ZarrGroupWriter): Promise<void> {
  for (const Kind of KINDS) await root.numbers(Kind.name, hostArray(valuesOf(Kind), [ROWS, 3]), {});
  await root.numbers("empty rows", hostArray(new Float32Array(), [0, 3]), {});
  await root.numbers("empty columns", hostArray(new Int32Array(), [3, 0]), {});
  await root.numbers("scalar", hostArray(Float64Array.of(2.5), []), {});
  await root.numbers("bool", hostArray(Uint8Array.of(1, 0, 1), [3]), {}, "bool");
  await root.numbers("int64", hostArray(Float64Array.of(-(2 ** 40), 5), [2]), {}, "int64");
  await root.texts("texts", TEXTS, {});
  await root.texts("no texts", [], {});
  await root.text("text", "Zelle 🧬 ü", {});
  await root.text("empty text", "", {});
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hashOf(data: NumericArray): string {
  return sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

Deno.test({
  name: "writeZarr() writes arrays of format 2 that Python's zarr reads bit for bit",
  ignore: !hasPython("zarr"),
  fn: () =>
    inFolder(async (folder) => {
      await writeZarr(folder, 2, { title: "ä" }, fill);
      const program = `
import sys, json, hashlib, zarr
root = zarr.open(sys.argv[1], mode="r")
def value(a):
    if a.shape == (): return [str(a.dtype), a[()] if a.dtype.kind in "UO" else a[()].item()]
    if a.dtype == object: return hashlib.sha256("\\n".join(a[:]).encode()).hexdigest()
    return [str(a.dtype), list(a.shape), hashlib.sha256(a[:].tobytes()).hexdigest()]
print(json.dumps({name: value(a) for name, a in root.arrays()}))`;
      const empty = sha256(new Uint8Array());
      const kinds = KINDS.map((Kind) => {
        const dtype = Kind.name.replace("Array", "").toLowerCase();
        return [Kind.name, [dtype, [ROWS, 3], hashOf(valuesOf(Kind))]] as const;
      });
      assertEquals(runPython(program, [folder]) as Record<string, unknown>, {
        ...Object.fromEntries<unknown>(kinds),
        "empty rows": ["float32", [0, 3], empty],
        "empty columns": ["int32", [3, 0], empty],
        "scalar": ["float64", 2.5],
        "bool": ["bool", [3], sha256(Uint8Array.of(1, 0, 1))],
        "int64": ["int64", [2], sha256(new Uint8Array(BigInt64Array.of(-(2n ** 40n), 5n).buffer))],
        "texts": sha256(new TextEncoder().encode(TEXTS.join("\n"))),
        "no texts": empty,
        "text": ["<U9", "Zelle 🧬 ü"],
        "empty text": ["<U1", ""],
      });
    }),
});

for (const format of [2, 3] as const) {
  Deno.test(`writeZarr() is undone by openZarr(), format ${format}`, () =>
    inFolder(async (folder) => {
      await writeZarr(folder, format, { title: "ä" }, fill);
      const root = await openZarr(folder);
      assert(root.kind === "group");
      assertEquals(root.attributes, { title: "ä" });
      const numbers = async (name: string): Promise<unknown> => {
        const array = await root.member(name);
        assert(array?.kind === "array", name);
        return await readArray(array);
      };
      const texts = async (name: string): Promise<readonly string[]> => {
        const array = await root.member(name);
        assert(array?.kind === "array", name);
        return await readTexts(array);
      };
      for (const Kind of KINDS) assertEquals(await numbers(Kind.name), hostArray(valuesOf(Kind), [ROWS, 3]));
      assertEquals(await numbers("empty rows"), hostArray(new Float32Array(), [0, 3]));
      assertEquals(await numbers("empty columns"), hostArray(new Int32Array(), [3, 0]));
      assertEquals(await numbers("scalar"), hostArray(Float64Array.of(2.5), []));
      assertEquals(await numbers("bool"), hostArray(Uint8Array.of(1, 0, 1), [3]));
      assertEquals(await numbers("int64"), hostArray(Float64Array.of(-(2 ** 40), 5), [2]));
      assertEquals(await texts("texts"), TEXTS);
      assertEquals([await texts("no texts"), await texts("text"), await texts("empty text")], [[], ["Zelle 🧬 ü"], [
        "",
      ]]);
    }));
}

interface Document {
  readonly [key: string]: unknown;
}

/** What a member document says apart from values, sizes and the choice of compressor. */
function outline(document: Document): Document {
  const { attributes: _, shape, chunk_grid, codecs, ...rest } = document;
  const names = (codecs as readonly Document[] | undefined)?.map(({ name }) => name).filter((name) => name !== "zstd");
  return { ...rest, ranks: [shape, chunk_grid].map((part) => part !== undefined), codecs: names?.slice(0, 1) };
}

Deno.test({
  name: "writeZarr() writes documents of format 3 like those of zarr-python",
  ignore: !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      await writeZarr(folder, 3, {}, async (root) => {
        const obs = await root.group("obs", {});
        await obs.texts("_index", ["a", "b", "c"], {});
        const layers = await root.group("layers", {});
        await layers.numbers("float32", hostArray(new Float32Array(45), [3, 15]), {});
        await layers.numbers("int64", hostArray(new Float64Array(45), [3, 15]), {}, "int64");
        await root.group("varm", {});
      });
      const theirs = sharedPath("data/reader-fixtures-zarr/anndata/anndata-0.12/csr.zarr").pathname;
      for (const path of ["obs/_index", "layers/float32", "layers/int64", "varm"]) {
        const read = async (root: string): Promise<Document> =>
          JSON.parse(await Deno.readTextFile(`${root}/${path}/zarr.json`));
        assertEquals(outline(await read(folder)), outline(await read(theirs)), path);
      }
      const consolidated = async (root: string): Promise<Record<string, Record<string, Document>>> =>
        JSON.parse(await Deno.readTextFile(`${root}/zarr.json`)).consolidated_metadata;
      const [ours, expected] = [await consolidated(folder), await consolidated(theirs)];
      assertEquals([ours.kind, ours.must_understand], [expected.kind, expected.must_understand]);
      for (const path of ["obs", "obs/_index", "layers/float32", "varm"]) {
        assertEquals(outline(ours.metadata![path]!), outline(expected.metadata![path]!), path);
      }
      // zarr-python groups siblings that stand side by side, so parents come first and siblings together.
      assertEquals(Object.keys(ours.metadata!), [
        "layers",
        "obs",
        "varm",
        "layers/float32",
        "layers/int64",
        "obs/_index",
      ]);
    }),
});

Deno.test("writeZarr() refuses names that cannot name a member, and names given twice", () =>
  inFolder(async (folder) => {
    for (const name of ["", ".", "..", "a/b", ".zgroup", "zarr.json", "a\0b"]) {
      const write = (root: ZarrGroupWriter): Promise<void> => root.texts(name, ["x"], {});
      await assertRejects(() => writeZarr(folder, 2, {}, write), RangeError, "is no name for a member");
    }
    const twice = async (root: ZarrGroupWriter): Promise<void> => {
      await root.texts("a", ["x"], {});
      await root.texts("a", ["y"], {});
    };
    await assertRejects(() => writeZarr(folder, 2, {}, twice), RangeError, '"a": it is there already');
  }));

Deno.test("writeZarr() refuses images in format 3", () =>
  inFolder((folder) =>
    assertRejects(
      () => writeZarr(folder, 3, {}, (root) => root.image("0", hostArray(new Uint8Array(3), [1, 1, 3]), {})),
      RangeError,
      'Cannot write image "0" in Zarr format 3: OME-Zarr 0.4 is 2',
    ).then(() => {})
  ));
