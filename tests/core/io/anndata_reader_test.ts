import { DataError } from "../../../core/errors.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import type { AnnData, Categorical, Matrix } from "../../../core/io/anndata.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { writeDataFrame } from "../../../core/io/dataframe_encoding.ts";
import { isSparse } from "../../../core/io/matrix_encoding.ts";
import { denseMatrix } from "../../../core/io/sparse_matrix.ts";
import { writeZarr, type ZarrGroupWriter } from "../../../core/io/zarr_writer.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { dump, dumpByPython, narrowed } from "./anndata_dump.ts";
import { serveFolder } from "./zarr_server.ts";

const PYTHON = hasPython("anndata", "zarr");
const FIXTURES = "data/reader-fixtures-zarr/";

function fixture(path: string): URL {
  return sharedPath(`${FIXTURES}${path}`);
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function valuesOf(matrix: Matrix | undefined): readonly number[] {
  assert(matrix !== undefined);
  return [...(isSparse(matrix) ? denseMatrix(matrix) : matrix).data];
}

function labels({ codes, categories }: Categorical): readonly (string | undefined)[] {
  return Array.from(codes, (code) => categories[code]);
}

const WRITE = `
import sys, warnings
warnings.simplefilter("ignore")
import anndata, numpy, pandas, scipy.sparse, zarr
r = numpy.random.default_rng(0)
n, g = 40, 7
names = ["cell %d é" % i for i in range(n)]
obs = pandas.DataFrame(index=names)
obs["text"] = ["t%d ü" % i for i in range(n)]
obs["group"] = pandas.Categorical([None if i % 5 == 0 else "k%d" % (i % 3) for i in range(n)])
obs["ordered"] = pandas.Categorical([["lo", "hi"][i % 2] for i in range(n)], categories=["lo", "hi"], ordered=True)
obs["int64"] = r.integers(-9, 9, n)
for name in ["float32", "float64", "int8", "int16", "int32", "uint8", "uint16", "uint32"]:
    obs[name] = (100 * r.random(n)).astype(name)
obs["bool"] = r.random(n) > 0.5
obs["nullable int"] = pandas.array([None if i % 4 == 0 else i for i in range(n)], dtype="Int64")
obs["nullable bool"] = pandas.array([None if i % 4 == 0 else i % 2 == 0 for i in range(n)], dtype="boolean")
obs["n #1 50%?"] = numpy.arange(n, dtype="f4")
sparse = scipy.sparse.random(n, g, 0.3, format="csr", dtype="f4", random_state=0)
for path, X in zip(sys.argv[1:], [sparse.toarray(), sparse, sparse.tocsc()]):
    table = anndata.AnnData(X, obs=obs.copy(), dtype="float32",
        var=pandas.DataFrame({"mean": r.random(g)}, index=["g%d" % i for i in range(g)]))
    table.layers["int"] = r.integers(0, 9, (n, g))
    table.layers["fortran"] = numpy.asfortranarray(r.random((n, g)))
    table.obsm["spatial"] = r.random((n, 2))
    table.varm["PCs"] = r.random((g, 3)).astype("f4")
    table.obsp["distances"] = scipy.sparse.random(n, n, 0.1, format="csr", random_state=1)
    table.uns = {"a": {"b": {"c": 3, "empty": {}}}, "float": 0.5, "text": "héllo", "true": True,
                 "texts": ["x", "", "ß"], "array": numpy.arange(6.0).reshape(2, 3), "nan": float("nan")}
    table.strings_to_categoricals = lambda *_: None
    table.write_zarr(path, chunks=(16, 4))
    zarr.consolidate_metadata(path)
    with zarr.ZipStore(path + ".zip", mode="w") as zipped:
        zarr.copy_store(zarr.DirectoryStore(path), zipped)
print("null")
`;

Deno.test({
  name: "readAnnData() reads what Python's anndata writes: in a folder, in a zip file and over http",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      const paths = ["dense", "csr", "csc"].map((format) => `${folder}/${format}.zarr`);
      runPython(WRITE, paths);
      await using server = serveFolder(folder);
      for (const [i, dumped] of dumpByPython(paths).entries()) {
        const path = paths[i]!;
        for (const location of [path, `${path}.zip`, path.replace(folder, server.address)]) {
          const table = await readAnnData(location);
          assertEquals(dump(table), narrowed(dumped), location);
          assert(table.obs.columns["int64"] instanceof Int32Array);
        }
      }
    }),
});

for (const version of ["0.7", "0.8", "0.10", "0.11", "0.12"]) {
  for (const format of ["dense", "csr", "csc"]) {
    Deno.test({
      name: `readAnnData() reads the store of anndata ${version}, ${format}`,
      ignore: !hasShared,
      fn: async () => {
        const table = await readAnnData(fixture(`anndata/anndata-${version}/${format}.zarr`));
        // The toy of these stores, as expected.json gives it array by array.
        assertEquals(table.obs.index, ["CTG", "GCA", "ACG"]);
        assertEquals(table.var.index.length, 15);
        assertEquals(labels(table.obs.columns.leiden as Categorical), ["1", "1", "2"]);
        const row = [0, ...Array.from({ length: 14 }, (_, i) => i + 1)];
        assertEquals(valuesOf(table.X), [...row, ...row, ...row]);
        assertEquals(table.X !== undefined && "kind" in table.X ? table.X.kind : "dense", format);
        for (const layer of Object.values(table.layers)) assertEquals(valuesOf(layer), valuesOf(table.X));
        assertEquals(valuesOf(table.obsm.X_umap), [-1, -1, 0, 0, 1, 1]);
      },
    });
  }
}

Deno.test({
  name: "readAnnData() agrees with Python's anndata on the stores that both read",
  ignore: !hasShared || !PYTHON,
  fn: async () => {
    const urls = ["0.7", "0.8", "0.10"].flatMap((version) =>
      ["dense", "csr", "csc"].map((format) => fixture(`anndata/anndata-${version}/${format}.zarr`))
    );
    const dumps = dumpByPython(urls.map((url) => url.pathname), "ignore");
    for (const [i, url] of urls.entries()) assertEquals(dump(await readAnnData(url)), narrowed(dumps[i]), url.pathname);
  },
});

Deno.test({
  name: "readAnnData() agrees with Python's anndata on the zipped stores of 0.7, apart from what it says to leave out",
  ignore: !hasShared || !PYTHON,
  fn: async () => {
    for (const version of ["0.7.0", "0.7.8"]) {
      const url = fixture(`zips/anndata-v${version}.zarr.zip`);
      const skipped: string[] = [];
      const table = await readAnnData(url, { onSkip: (element) => skipped.push(element.split('"')[1]!) });
      assertEquals(skipped, ["raw", "varp", "obsm/df", "varm/df"]);
      const python = runPython(
        `
import sys, json, warnings, zarr
warnings.simplefilter("ignore")
import anndata
t = anndata.read_zarr(zarr.ZipStore(sys.argv[1], mode="r"))
c = t.obs["obs_cat"].array
print(json.dumps({"X": t.X.toarray().ravel().tolist(), "sparse": t.obsm["sparse"].toarray().ravel().tolist(),
  "codes": c.codes.tolist(), "categories": list(c.categories), "ordered": t.obs["cat_ordered"].array.ordered,
  "float64": t.obs["float64"].tolist(), "rec": [list(r) for r in t.uns["O_recarray"].tolist()]}))`,
        [url.pathname],
      ) as Record<string, unknown>;
      const column = table.obs.columns.obs_cat as Categorical;
      const records = Object.values(table.uns.O_recarray as Record<string, readonly string[]>);
      assertEquals(
        {
          X: valuesOf(table.X),
          sparse: valuesOf(table.obsm.sparse),
          codes: [...column.codes],
          categories: column.categories,
          ordered: (table.obs.columns.cat_ordered as Categorical).ordered,
          float64: [...table.obs.columns.float64 as Float64Array],
          rec: records[0]!.map((_, i) => records.map((texts) => texts[i])),
        } as Record<string, unknown>,
        python,
      );
    }
  },
});

Deno.test({
  name: "readAnnData() reads real data: a zipped, sharded store of format 3",
  ignore: !hasShared,
  fn: async () => {
    const table = await readAnnData(fixture("zips/pbmc68k-reduced.zarr.zip"));
    // Values from expected.json, made by an independent decoder.
    assertEquals([table.obs.index.length, table.var.index.length], [700, 765]);
    assertEquals(table.obs.index.slice(0, 2), ["AAAGCCTGGCTAAC-1", "AAATTCGATGCACA-1"]);
    assertEquals([...(table.obs.columns.n_genes as Int32Array).slice(0, 2)], [1003, 1080]);
    const labelled = labels(table.obs.columns.phase as Categorical);
    assertEquals(labelled.slice(0, 2), ["G1", "S"]);
    assertEquals((table.var.columns.highly_variable as readonly boolean[]).slice(0, 2), [true, true]);
    const counts = table.layers.counts;
    assert(counts !== undefined && "kind" in counts);
    assertEquals([counts.indptr[1], counts.indices[0], counts.data.length], [217, 3, 174400]);
    const params = (table.uns.rank_genes_groups as Record<string, Record<string, unknown>>).params;
    assertEquals(params?.method, "logreg");
  },
});

Deno.test({
  name: "readAnnData() reads the record arrays of AnnData before 0.7",
  ignore: !hasShared || !hasPython("zarr"),
  fn: async () => {
    const url = fixture("anndata/10x-10k-subset.zarr");
    const table = await readAnnData(url);
    const program = `
import sys, json, zarr
v = zarr.open(sys.argv[1], mode="r")["var"][:]
print(json.dumps([[x.decode() for x in v["index"]], [x.decode() for x in v["gene_ids"]]]))`;
    assertEquals([table.var.index, table.var.columns.gene_ids], runPython(program, [url.pathname]) as unknown[]);
  },
});

async function failure(location: string | URL): Promise<string> {
  return (await assertRejects(() => readAnnData(location), DataError)).message;
}

Deno.test("readAnnData() says what is wrong with a location and what to give instead", () =>
  inFolder(async (folder) => {
    assertEquals(
      await failure(`${folder}/none.zarr`),
      `Cannot open "${folder}/none.zarr" as a Zarr store: there is no such file or folder, check the path`,
    );
    assertEquals(
      await failure(folder),
      `Cannot open "${folder}" as a Zarr store: it has no zarr.json, .zarray, .zgroup, give the folder that does`,
    );
    await Deno.writeTextFile(`${folder}/t.h5ad`, "");
    assertStringIncludes(await failure(`${folder}/t.h5ad`), "it is a file of another kind, convert it to Zarr first");
    await Deno.writeTextFile(`${folder}/t.zip`, "not a zip");
    assertStringIncludes(await failure(`${folder}/t.zip`), `Cannot open "${folder}/t.zip" as a zip file`);
    await Deno.writeTextFile(`${folder}/.zgroup`, '{"zarr_format": 2}');
    assertEquals(
      await failure(folder),
      `Cannot read "${folder}" as AnnData: it lacks them, expected a group with "obs" and "var", give the path of one`,
    );
    await Deno.writeTextFile(`${folder}/.zgroup`, "{");
    assertStringIncludes(await failure(folder), `Cannot open "${folder}": `);
  }));

Deno.test({
  name: "readAnnData() points to the tables of a SpatialData store and reads them",
  ignore: !hasShared,
  fn: async () => {
    const message = await failure(fixture("spatialdata/spatialdata-0.7-blobs.zarr"));
    assertStringIncludes(
      message,
      'it is a SpatialData store, expected a group with "obs" and "var", give the path of one of its tables (tables/table,',
    );
    assertStringIncludes(await failure(fixture("ome/ngff-2d.zarr")), "as AnnData: it holds 0, expected a group with");
    assertStringIncludes(
      await failure(fixture("arrays/zarrs-v3/none.zarr")),
      "as AnnData: it is a single array, expected",
    );
    const table = await readAnnData(fixture("spatialdata/spatialdata-0.7-blobs.zarr/tables/table"));
    assertEquals(table.obs.index.length, 26);
  },
});

async function copyOf(url: URL, target: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-r", url.pathname, target] }).output();
  assert(success);
  await new Deno.Command("chmod", { args: ["-R", "u+w", target] }).output();
}

Deno.test({
  name: "readAnnData() names the damaged element of a store",
  ignore: !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/t.zarr`;
      await copyOf(fixture("anndata/anndata-0.10/csr.zarr"), path);
      const chunk = await Deno.readFile(`${path}/X/data/0`);
      await Deno.writeFile(`${path}/X/data/0`, chunk.subarray(0, 20));
      assertStringIncludes(
        await failure(path),
        `Cannot read "X/data" of "${path}": chunk 0 with rows 0 to 41: Failed to decode chunk`,
      );
      await Deno.writeFile(`${path}/X/data/0`, chunk);
      await Deno.remove(`${path}/obs/leiden`, { recursive: true });
      assertEquals(
        await failure(path),
        `Cannot read "obs" of "${path}": it lacks "leiden", copy or write the store again`,
      );
    }),
});

/** A store with two rows and columns, with what a test adds. */
async function writeStore(
  folder: string,
  add: (root: ZarrGroupWriter, obs: ZarrGroupWriter) => Promise<void>,
): Promise<void> {
  await Deno.remove(folder, { recursive: true });
  await writeZarr(folder, 2, {}, async (root) => {
    const frame = { "encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index" };
    const obs = await root.group("obs", frame);
    await obs.texts("_index", ["a", "b"], {});
    await writeDataFrame(root, "var", { index: ["g", "h"], columns: {} });
    await add(root, obs);
  });
}

function flat(...values: readonly number[]): HostArray {
  return hostArray(Float32Array.from(values), [values.length]);
}

Deno.test("readAnnData() reads texts with missing values as a categorical and lists columns without an order", () =>
  inFolder(async (folder) => {
    await writeStore(folder, async (_, obs) => {
      for (const [name, missing] of [["some", 1], ["none", 0]] as const) {
        const group = await obs.group(name, { "encoding-type": "nullable-string-array", "encoding-version": "0.1.0" });
        await group.texts("values", ["x", "?"], {});
        await group.numbers("mask", hostArray(Uint8Array.of(0, missing), [2]), {}, "bool");
      }
    });
    const { columns } = (await readAnnData(folder)).obs;
    const some = { kind: "categorical", codes: Int32Array.of(0, -1), categories: ["x"], ordered: false } as const;
    assertEquals(columns, { none: ["x", "?"], some });
  }));

Deno.test("readAnnData() refuses parts that do not fit together", () =>
  inFolder(async (folder) => {
    await writeStore(folder, (root) => root.numbers("X", hostArray(new Float32Array(6), [2, 3]), {}));
    assertEquals(await failure(folder), `Cannot read "${folder}": "X" has shape [2, 3], expected [2, 2]`);

    await writeStore(folder, (_, obs) => obs.numbers("short", flat(1), {}));
    assertStringIncludes(await failure(folder), 'column "short" has 1 rows but there are 2 names');

    await writeStore(folder, (_, obs) => obs.numbers("square", hostArray(new Float32Array(4), [2, 2]), {}));
    assertStringIncludes(await failure(folder), "its shape is [2, 2], expected one axis");

    for (const code of [-2, 1]) {
      await writeStore(folder, async (_, obs) => {
        const group = await obs.group("type", { "encoding-type": "categorical", ordered: false });
        await group.numbers("codes", flat(0, code), {});
        await group.texts("categories", ["x"], {});
      });
      assertStringIncludes(await failure(folder), `code ${code} is not among its 1 categories`);
    }

    const sparse = async (starts: HostArray, positions: HostArray, shape: unknown): Promise<string> => {
      await writeStore(folder, async (root) => {
        const X = await root.group("X", { "encoding-type": "csr_matrix", shape });
        await X.numbers("indptr", starts, {});
        await X.numbers("indices", positions, {});
        await X.numbers("data", flat(5, 6), {});
      });
      return await failure(folder);
    };
    assertStringIncludes(await sparse(flat(0, 1), flat(0, 1), [2, 2]), "2 starts, 2 positions and 2 values");
    assertStringIncludes(
      await sparse(flat(0, 1, 3), flat(0, 1), [2, 2]),
      `"X/indptr" of "${folder}": its starts run from 0 to 3, expected 0 to 2, the number of values`,
    );
    assertStringIncludes(await sparse(flat(0, 1, 2), flat(0), [2, 2]), "3 starts, 1 positions and 2 values");
    assertStringIncludes(await sparse(flat(0, 1, 2), flat(0, 1), [2]), "its shape is [2], expected [rows, columns]");
  }));

Deno.test({
  name: "readAnnData() tolerates absent groups and reports what it leaves out",
  ignore: !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/t.zarr`;
      await copyOf(fixture("anndata/anndata-0.10/dense.zarr"), path);
      for (const name of ["X", "layers", "obsm", "varm", "obsp", "varp", "uns"]) {
        await Deno.remove(`${path}/${name}`, { recursive: true });
      }
      await Deno.mkdir(`${path}/uns/odd`, { recursive: true });
      for (const name of ["uns", "uns/odd"]) await Deno.writeTextFile(`${path}/${name}/.zgroup`, '{"zarr_format": 2}');
      await Deno.writeTextFile(`${path}/uns/odd/.zattrs`, '{"encoding-type": "awkward-array"}');
      const skipped: string[] = [];
      const table: AnnData = await readAnnData(path, { onSkip: (...what) => skipped.push(what.join(": ")) });
      const reason = `Cannot read "uns/odd" of "${path}": its encoding "awkward-array" is not known`;
      assertEquals(skipped, [`"uns/odd" of "${path}": ${reason}`]);
      assertEquals([table.X, table.layers, table.obsm, table.uns], [undefined, {}, {}, {}]);
    }),
});
