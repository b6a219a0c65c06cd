import { DataError } from "../../../core/errors.ts";
import { hostArray, type NumericArray } from "../../../core/host_array.ts";
import type { AnnData } from "../../../core/io/anndata.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { dump, dumpByPython } from "./anndata_dump.ts";

const PYTHON = hasPython("anndata", "zarr");

/** Every kind of element, with the edge cases that encodings stumble over. */
function everything(): AnnData {
  const obs = {
    index: ["cell 0", "zelle ä", "細胞"],
    columns: {
      float32: Float32Array.of(0.1, NaN, Infinity),
      float64: Float64Array.of(Math.PI, -0, 1e300),
      int32: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
      uint32: Uint32Array.of(0, 1, 2 ** 32 - 1),
      int16: Int16Array.of(-32768, 0, 32767),
      uint16: Uint16Array.of(0, 1, 65535),
      int8: Int8Array.of(-128, 0, 127),
      uint8: Uint8Array.of(0, 1, 255),
      bool: [true, false, true],
      text: ["", "naïve", "T-cell 🧬"],
      "50% mito #1?": Float32Array.of(1, 2, 3),
      type: { kind: "categorical", codes: Int32Array.of(1, -1, 0), categories: ["β", "α"], ordered: true },
      none: { kind: "categorical", codes: Int32Array.of(-1, -1, -1), categories: [], ordered: false },
      many: {
        kind: "categorical",
        codes: Int32Array.of(0, 199, 128),
        categories: Array.from({ length: 200 }, (_, i) => `c${i}`),
        ordered: false,
      },
      count: { kind: "nullable", values: Int32Array.of(5, 7, 9), missing: Uint8Array.of(0, 1, 0) },
      flag: { kind: "nullable", values: [true, true, false], missing: Uint8Array.of(1, 0, 0) },
    },
  } as const;
  const square = (n: number): Float64Array => Float64Array.from({ length: n * n }, (_, i) => i / 7);
  return {
    obs,
    var: { index: ["g0", "g1", "g2", "g3"], columns: { mean: Float32Array.of(1, 2, 3, 4) } },
    X: hostArray(Float32Array.from({ length: 12 }, (_, i) => i / 3), [3, 4]),
    layers: {
      counts: {
        kind: "csr",
        shape: [3, 4],
        indptr: Int32Array.of(0, 2, 2, 3),
        indices: Int32Array.of(0, 3, 1),
        data: Float32Array.of(1, 2, 3),
      },
      columns: {
        kind: "csc",
        shape: [3, 4],
        indptr: Int32Array.of(0, 1, 2, 2, 3),
        indices: Int32Array.of(0, 2, 0),
        data: Int32Array.of(1, 3, 2),
      },
      empty: {
        kind: "csr",
        shape: [3, 4],
        indptr: Int32Array.of(0, 0, 0, 0),
        indices: new Int32Array(),
        data: new Float32Array(),
      },
    },
    obsm: {
      spatial: hostArray(Float64Array.of(0, 1, 2, 3, 4, 5), [3, 2]),
      wide: hostArray(new Float32Array(36), [3, 3, 4]),
    },
    varm: { PCs: hostArray(Float32Array.of(1, 2, 3, 4), [4, 1]) },
    obsp: { distances: hostArray(square(3), [3, 3]) },
    uns: {
      title: "Zellen – ñ 🧬",
      nothing: "",
      whole: 12345678901,
      real: 0.1,
      notANumber: NaN,
      yes: true,
      list: ["a", "", "ü"],
      values: hostArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
      nested: { deep: { deeper: 1 }, none: {} },
    },
  };
}

function large(): AnnData {
  const [rows, columns] = [3001, 150];
  const data = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
  const index = Array.from({ length: rows }, (_, i) => `cell-${i}`);
  return {
    obs: { index, columns: { n: Float64Array.from(index, (_, i) => i * i) } },
    var: { index: Array.from({ length: columns }, (_, i) => `g${i}`), columns: {} },
    X: hostArray(data, [rows, columns]),
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: {},
  };
}

function tiny(value: number): AnnData {
  const frame = { index: ["a"], columns: {} };
  const X = hostArray(Float32Array.of(value), [1, 1]);
  return { obs: frame, var: frame, X, layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "writeAnnData() writes what Python's anndata reads, element by element",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      const tables = [everything(), large(), tiny(1)];
      const paths = tables.map((_, i) => `${folder}/${i}.zarr`);
      for (const [i, table] of tables.entries()) await writeAnnData(paths[i]!, table);
      for (const [i, dumped] of dumpByPython(paths).entries()) assertEquals(dumped, dump(tables[i]!));
    }),
});

Deno.test({
  name: "writeAnnData() writes consolidated metadata that Python's zarr reads",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      await writeAnnData(`${folder}/t.zarr`, everything());
      const program = `
import sys, json, zarr
root = zarr.open_consolidated(sys.argv[1]); plain = zarr.open(sys.argv[1], mode="r")
names = []; root.visit(names.append)
expected = []; plain.visit(expected.append)
attributes = all(dict(root[n].attrs) == dict(plain[n].attrs) for n in expected)
print(json.dumps([sorted(names) == sorted(expected), len(names), attributes, dict(root.attrs)]))`;
      const [same, count, attributes, root] = runPython(program, [`${folder}/t.zarr`]) as unknown[];
      assertEquals([same, attributes], [true, true]);
      assert((count as number) > 50);
      assertEquals(root, { "encoding-type": "anndata", "encoding-version": "0.1.0" });
    }),
});

Deno.test({
  name: "writeAnnData() writes the attributes and array types that Python's anndata writes",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      await writeAnnData(`${folder}/ours.zarr`, everything());
      // anndata.write_zarr of what it read from us: same members, attributes, types and shapes, apart from texts that it
      // turns into categoricals.
      const program = `
import sys, json, warnings, anndata, zarr
warnings.simplefilter("ignore")
folder = sys.argv[1]
table = anndata.read_zarr(folder + "/ours.zarr")
anndata.AnnData.strings_to_categoricals = lambda *_: None
table.write_zarr(folder + "/theirs.zarr")
def nodes(path):
    found = {}
    def add(name, node):
        a = {k: v for k, v in node.attrs.items()}
        found[name] = [a] + ([str(node.dtype), list(node.shape)] if isinstance(node, zarr.Array) else [])
    zarr.open(path, mode="r").visititems(add)
    return found
print(json.dumps([nodes(folder + "/ours.zarr"), nodes(folder + "/theirs.zarr")]))`;
      const [ours, theirs] = runPython(program, [folder]) as [Record<string, unknown>, Record<string, unknown>];
      assertEquals(ours, theirs);
    }),
});

for (const zarrFormat of [2, 3] as const) {
  Deno.test(`writeAnnData() is undone by readAnnData(), format ${zarrFormat}`, () =>
    inFolder(async (folder) => {
      for (const [name, table] of Object.entries({ everything: everything(), large: large() })) {
        const path = `${folder}/${name}.zarr`;
        await writeAnnData(path, table, { zarrFormat });
        assertEquals(dump(await readAnnData(path)), dump(table), name);
      }
    }));
}

Deno.test("writeAnnData() keeps null in format 3 and leaves it out in format 2", () =>
  inFolder(async (folder) => {
    const table = { ...tiny(1), uns: { gone: null, kept: 1 } };
    await writeAnnData(`${folder}/2.zarr`, table);
    await writeAnnData(`${folder}/3.zarr`, table, { zarrFormat: 3 });
    assertEquals((await readAnnData(`${folder}/2.zarr`)).uns, { kept: 1 });
    assertEquals((await readAnnData(`${folder}/3.zarr`)).uns, { gone: null, kept: 1 });
  }));

Deno.test("writeAnnData() writes indptr beyond 32 bits as int64 and missing floats as NaN", () =>
  inFolder(async (folder) => {
    const base = tiny(1);
    const X = {
      kind: "csr",
      shape: [1, 1],
      indptr: Float64Array.of(0, 1),
      indices: Int32Array.of(0),
      data: Float32Array.of(2),
    } as const;
    const column = { kind: "nullable", values: Float32Array.of(3), missing: Uint8Array.of(1) } as const;
    await writeAnnData(`${folder}/t.zarr`, { ...base, X, obs: { index: ["a"], columns: { column } } });
    const document = JSON.parse(await Deno.readTextFile(`${folder}/t.zarr/X/indptr/.zarray`));
    assertEquals(document.dtype, "<i8");
    const table = await readAnnData(`${folder}/t.zarr`);
    assertEquals(table.obs.columns.column, Float32Array.of(NaN));
    assert(table.X !== undefined && "kind" in table.X);
    assertEquals(table.X.indptr, Int32Array.of(0, 1));
  }));

Deno.test("writeAnnData() writes keys of uns with a slash, as scanpy makes of cluster names, and refuses such columns", () =>
  inFolder(async (folder) => {
    const uns = { scores: { "CD4+/CD25": hostArray(Float32Array.of(1), [1]) } };
    await writeAnnData(`${folder}/t.zarr`, { ...tiny(1), uns });
    assertEquals(Object.keys((await readAnnData(`${folder}/t.zarr`)).uns.scores as object), ["CD4+_CD25"]);
    const obs = { index: ["a"], columns: { "a/b": Float32Array.of(1) } };
    await assertRejects(() => writeAnnData(`${folder}/t.zarr`, { ...tiny(1), obs }), RangeError, "rename");
  }));

Deno.test("writeAnnData() replaces an older store only after success", () =>
  inFolder(async (folder) => {
    const path = `${folder}/t.zarr`;
    await writeAnnData(path, tiny(1));
    const broken = { ...tiny(2), obs: { index: ["a"], columns: { short: new Float32Array() } } };
    await assertRejects(() => writeAnnData(path, broken), TypeError, '"short"');
    assertEquals((await readAnnData(path)).X?.data as NumericArray, Float32Array.of(1));
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["t.zarr"]);
    await writeAnnData(`${path}/`, tiny(3));
    assertEquals((await readAnnData(path)).X?.data as NumericArray, Float32Array.of(3));
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["t.zarr"]);
  }));

Deno.test("writeAnnData() refuses to replace what is no Zarr store", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/notes.txt`, "precious");
    await assertRejects(() => writeAnnData(folder, tiny(1)), DataError, "would be lost");
    await assertRejects(() => writeAnnData(`${folder}/notes.txt`, tiny(1)), DataError, "would be lost");
    assertEquals(await Deno.readTextFile(`${folder}/notes.txt`), "precious");
    await Deno.mkdir(`${folder}/empty`);
    await writeAnnData(`${folder}/empty`, tiny(1));
  }));

Deno.test("writeAnnData() names the element whose shape does not fit", async () => {
  const obsm = { spatial: hostArray(new Float32Array(4), [2, 2]) };
  const layers = { counts: hostArray(new Float32Array(2), [1, 2]) };
  const write = (table: AnnData): Promise<void> => writeAnnData("/nonexistent/t.zarr", table);
  await assertRejects(() => write({ ...tiny(1), obsm }), TypeError, '"obsm/spatial" has shape [2, 2], expected [1, …]');
  await assertRejects(
    () => write({ ...tiny(1), layers }),
    TypeError,
    '"layers/counts" has shape [1, 2], expected [1, 1]',
  );
  const X = hostArray(new Float32Array(2), [2, 1]);
  await assertRejects(() => write({ ...tiny(1), X }), TypeError, '"X" has shape [2, 1]');
});
