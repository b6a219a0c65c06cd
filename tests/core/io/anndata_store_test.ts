import { DataError } from "../../../core/errors.ts";
import { concatRows, hostArray, type NumericArray } from "../../../core/host_array.ts";
import type { Matrix, SparseMatrix } from "../../../core/io/anndata.ts";
import { type AnnDataStore, openAnnData } from "../../../core/io/anndata_store.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { cscRows } from "../../../core/io/csc_rows.ts";
import { isSparse } from "../../../core/io/matrix_encoding.ts";
import type { MatrixSource } from "../../../core/io/matrix_source.ts";
import { denseMatrix } from "../../../core/io/sparse_matrix.ts";
import { openParts } from "../../../core/io/sparse_parts.ts";
import { chunkCache } from "../../../core/io/zarr_ranges.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { serveFolder } from "./zarr_server.ts";

const PYTHON = hasPython("anndata", "zarr");

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Stores with several chunks of each kind, the values that Python reads from them at given rows, and all of them. */
const WRITE = `
import sys, json, warnings
warnings.simplefilter("ignore")
import anndata, numpy, pandas, scipy.sparse, zarr, numcodecs
r = numpy.random.default_rng(0)
folder, rows = sys.argv[1], json.loads(sys.argv[2])
n, g = 103, 29
sparse = scipy.sparse.random(n, g, 0.3, format="csr", dtype="f4", random_state=0)
sparse[7] = 0; sparse[102] = 0; sparse.eliminate_zeros()
counts = (sparse * 10).astype("i8")
expected = {}
for name, X in {"dense": sparse.toarray(), "csr": sparse, "csc": sparse.tocsc()}.items():
    table = anndata.AnnData(X, dtype="float32", obs=pandas.DataFrame(index=["c%d" % i for i in range(n)]))
    table.obs["kind"] = pandas.Categorical(["k%d" % (i % 3) for i in range(n)])
    table.layers["counts"] = counts.toarray() if name == "dense" else counts.asformat(name)
    table.obsm["patch"] = r.random((n, 5, 4, 3)).astype("f8")
    table.obsm["frame"] = pandas.DataFrame({"a": r.random(n), "b": numpy.arange(n)}, index=table.obs_names)
    table.obsp["graph"] = scipy.sparse.random(n, n, 0.05, format="csr", random_state=1)
    path = "%s/%s.zarr" % (folder, name)
    table.write_zarr(path)
    root = zarr.open(path)
    # Small chunks, ragged at the end, and several along the columns.
    for key, chunks in {"X": (10, 7), "X/data": 50, "X/indices": 64, "layers/counts": (103, 10), "layers/counts/data": 50,
                        "layers/counts/indices": 50, "obsm/patch": (20, 2, 3, 3)}.items():
        if key in root and isinstance(root[key], zarr.Array):
            values, attributes = root[key][:], dict(root[key].attrs)
            parent, leaf = key.rsplit("/", 1) if "/" in key else ("", key)
            group = root[parent] if parent else root
            group.create_dataset(leaf, data=values, chunks=chunks, overwrite=True, compressor=numcodecs.Zstd(3))
            root[key].attrs.update(attributes)
    zarr.consolidate_metadata(path)
    with zarr.ZipStore("%s/%s.zarr.zip" % (folder, name), mode="w") as store:
        zarr.copy_store(zarr.DirectoryStore(path), store)
    dense = lambda m: numpy.ravel(m.toarray() if scipy.sparse.issparse(m) else m).tolist()
    expected[name] = {key: [dense(value), dense(value[rows])] for key, value in {
        "X": table.X, "layers/counts": table.layers["counts"], "obsm/patch": table.obsm["patch"],
        "obsm/frame": table.obsm["frame"].to_numpy(), "obsp/graph": table.obsp["graph"]}.items()}
    assert (anndata.read_zarr(path).X != table.X).sum() == 0
print(json.dumps(expected))
`;

const ROWS = [50, 3, 102, 3, 4, 5, 7, 0, 99];

function valuesOf(matrix: Matrix): readonly number[] {
  return [...(isSparse(matrix) ? denseMatrix(matrix) : matrix).data];
}

async function checkMatrix(source: MatrixSource, [all, taken]: readonly (readonly number[])[]): Promise<void> {
  const width = all!.length / source.shape[0]!;
  assertEquals(valuesOf(await source.all()), all!, source.name);
  assertEquals([...(await source.read()).data], all!);
  assertEquals(valuesOf(await source.take(ROWS)), taken!, source.name);
  const read = await source.read(ROWS);
  assertEquals([...read.data], taken!);
  assertEquals(read.shape, [ROWS.length, ...source.shape.slice(1)]);
  assertEquals((await source.read([])).shape, [0, ...source.shape.slice(1)]);
  for (const [start, stop] of [[0, 103], [9, 31], [102, 103], [5, 5]] as const) {
    assertEquals(valuesOf(await source.rows(start, stop)), all!.slice(start * width, stop * width), source.name);
  }
  // One row at a time takes long over a network.
  for (const bytes of source.name.includes("http") ? [undefined] : [undefined, 1500, 1]) {
    const parts: (readonly number[])[] = [];
    let next = 0;
    for await (const { start, rows } of source.blocks(bytes)) {
      assertEquals(start, next);
      next += rows.shape[0]!;
      parts.push(valuesOf(rows));
    }
    assertEquals(parts.flat(), all!, source.name);
    // A table is one block, whatever its size.
    if (bytes === 1) assertEquals(parts.length, source.name.startsWith('"obsm/frame"') ? 1 : 103);
  }
  for (const wrong of [[103], [-1]]) {
    await assertRejects(() => source.take(wrong), RangeError);
  }
}

Deno.test({
  name:
    "openAnnData() reads any rows, in any order and block by block, from folder, zip and address, as Python has them",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      const expected = runPython(WRITE, [folder, JSON.stringify(ROWS)]) as Readonly<
        Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>
      >;
      await using server = serveFolder(folder);
      for (const [kind, matrices] of Object.entries(expected)) {
        for (
          const location of [`${folder}/${kind}.zarr`, `${folder}/${kind}.zarr.zip`, `${server.address}/${kind}.zarr`]
        ) {
          const store = await openAnnData(location);
          assertEquals([store.X?.kind, store.X?.shape, store.X?.dtype], [kind as "csr", [103, 29], "float32"]);
          assertEquals([store.obs.rows, store.var.rows, store.obs.columns], [103, 29, ["kind"]]);
          assertEquals((await store.obs.index())[102], "c102");
          const column = await store.obs.column("kind");
          assert("kind" in column && column.kind === "categorical" && column.categories.length === 3);
          assertEquals(await store.names("obsm"), ["frame", "patch"]);
          assertEquals(await store.names("varp"), []);
          for (const [path, values] of Object.entries(matrices)) await checkMatrix(await store.matrix(path), values);
        }
      }
    }),
});

async function stored(folder: string, X: Matrix): Promise<AnnDataStore> {
  const [rows, columns] = X.shape as readonly [number, number];
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);
  const frames = { obs: { index: names(rows), columns: {} }, var: { index: names(columns), columns: {} } };
  await writeAnnData(folder, { ...frames, X, layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} });
  return await openAnnData(folder);
}

/** About 4 MiB of values in chunks of 1 MiB. */
function large(): Matrix {
  const [rows, columns] = [4096, 256];
  return hostArray(Float32Array.from({ length: rows * columns }, (_, i) => i % 1009), [rows, columns]);
}

Deno.test("openAnnData() reads metadata only, and rows cost their chunks once", () =>
  inFolder(async (folder) => {
    await stored(`${folder}/t.zarr`, large());
    await using server = serveFolder(`${folder}/t.zarr`);
    const { X, obs } = await openAnnData(server.address);
    assert(X !== undefined);
    assertEquals([X.shape, obs.rows, X.chunkRows], [[4096, 256], 4096, 1024]);
    const chunks = (): string[] => server.requests.filter((name) => /\/\d+(\.\d+)*$/.test(name));
    assertEquals(chunks(), []);
    const { data } = await X.read([4000, 3, 1100, 5, 4095, 3]);
    assertEquals(chunks().sort(), ["/X/0.0", "/X/1.0", "/X/3.0"]);
    assertEquals(data[0], (4000 * 256) % 1009);
    await X.read([1, 1101, 4001]);
    assertEquals(chunks().length, 3, "chunks that were read are kept");
    for await (const { start, rows } of X.blocks(2 ** 20)) assertEquals([start % 1024, rows.shape[0]], [0, 1024]);
    assertEquals(chunks().length, 7);
  }));

Deno.test("chunkCache() keeps what was used last, as far as it fits", () => {
  const cache = chunkCache(10);
  const kept = (): string => ["a", "b", "c", "d", "e"].filter((key) => cache.get(key) !== undefined).join("");
  cache.set("a", new Uint8Array(4));
  cache.set("b", new Uint8Array(4));
  cache.get("a");
  cache.set("c", new Uint8Array(4));
  assertEquals(kept(), "ac");
  cache.set("d", new Uint8Array(11));
  assertEquals(kept(), "ac", "what does not fit at all displaces nothing");
  cache.set("e", new Uint8Array(10));
  assertEquals(kept(), "e");
  cache.set("e", new Uint8Array(2));
  cache.set("a", new Uint8Array(8));
  assertEquals(kept(), "ae", "a chunk counts once");
});

Deno.test("blocks() of a sparse matrix hold as many rows as their values allow", () =>
  inFolder(async (folder) => {
    const rows = 1000;
    const indptr = Int32Array.from({ length: rows + 1 }, (_, i) => i * 10 + (i > 500 ? 5000 : 0));
    const values = indptr.at(-1)!;
    const matrix: SparseMatrix = {
      kind: "csr",
      shape: [rows, 6000],
      indptr,
      indices: Int32Array.from({ length: values }, (_, i) => i % 10),
      data: Float32Array.from({ length: values }, (_, i) => i),
    };
    const { X } = await stored(`${folder}/t.zarr`, matrix);
    const sizes: number[] = [];
    const data: NumericArray[] = [];
    for await (const { rows } of X!.blocks(8 * 1000)) {
      assert(isSparse(rows) && rows.kind === "csr");
      sizes.push(rows.data.length);
      data.push(rows.data);
    }
    assertEquals(sizes.filter((size) => size > 1000), [5010], "only a row that is larger by itself");
    const joined = concatRows(data.map((part) => hostArray(part, [part.length])));
    assertEquals(joined.data, matrix.data);
  }));

Deno.test({
  name: "rows of a matrix that is compressed by column are found slab by slab",
  ignore: !hasShared,
  fn: async () => {
    const url = sharedPath("data/reader-fixtures-zarr/anndata/anndata-0.12/csc.zarr");
    const store = await openAnnData(url);
    const group = await store.root.member("X");
    assert(group?.kind === "group");
    const parts = await openParts(group, "csc");
    const all = valuesOf(await store.X!.all());
    for (const slab of [1, 2, 5, 100]) {
      const found = await cscRows(parts, [{ from: 1, to: 3 }, { from: 0, to: 1 }, { from: 2, to: 3 }], slab);
      const row = (i: number): readonly number[] => all.slice(15 * i, 15 * (i + 1));
      assertEquals(valuesOf(found), [1, 2, 0, 2].flatMap(row), `slabs of ${slab}`);
      assertEquals([found.kind, found.shape], ["csr", [4, 15]]);
    }
  },
});

Deno.test("openAnnData() reads by name what a server does not list", () =>
  inFolder(async (folder) => {
    const store = await stored(`${folder}/t.zarr`, hostArray(Float32Array.of(1, 2), [2, 1]));
    await Deno.remove(`${folder}/t.zarr/.zmetadata`);
    await using server = serveFolder(`${folder}/t.zarr`);
    const far = await openAnnData(server.address);
    assertEquals(await far.X!.read(), await store.X!.read());
    assertEquals(await far.obs.all(), await store.obs.all());
    await assertRejects(() => far.names("obsm"), DataError, "Cannot list the members");
  }));

Deno.test("openAnnData() says which matrix or column is missing or does not fit, and what there is", () =>
  inFolder(async (folder) => {
    const path = `${folder}/t.zarr`;
    const column = { a: Float32Array.of(1, 2) };
    const obs = { index: ["x", "y"], columns: column };
    const spatial = hostArray(new Float32Array(4), [2, 2]);
    await writeAnnData(path, {
      ...{ obs, var: { index: [], columns: {} }, layers: {}, varm: {}, obsp: {}, uns: { a: 1 } },
      obsm: { spatial },
    });
    const store = await openAnnData(path);
    assertEquals(store.X, undefined);
    const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => store.matrix("obsm/space"), `Cannot read "obsm/space" of "${path}": it is not there, "obsm" has spatial`],
      [() => store.matrix("X"), `Cannot read "X" of "${path}": it is not there, "/" has layers, obs, obsm`],
      [() => store.matrix("uns"), `Cannot read "uns" of "${path}" as a matrix: its encoding "dict" is not known`],
      [() => store.matrix("obs/_index"), `Cannot read "obs/_index" of "${path}" as a matrix: it holds texts`],
      [() => store.matrix("uns/a"), `Cannot read "uns/a" of "${path}" as a matrix: it is a single value`],
      [() => store.obs.column("b"), `Cannot read column "b" of "obs" of "${path}": it has a`],
    ];
    for (const [read, sentence] of cases) await assertRejects(read, DataError, sentence);
    assertEquals(await store.uns(() => {}), { a: 1 });
    const zarray = `${path}/obsm/spatial/.zarray`;
    const document = JSON.parse(await Deno.readTextFile(zarray));
    await Deno.writeTextFile(zarray, JSON.stringify({ ...document, shape: [1, 2] }));
    const wrong = `Cannot read "${path}": "obsm/spatial" has shape [1, 2], expected [2, …]`;
    await assertRejects(() => store.matrix("obsm/spatial"), DataError, wrong);
  }));
