import { hostArray } from "../../../core/host_array.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import type { AnnData } from "../../../core/io/anndata.ts";
import { CheckpointError, DataError } from "../../../core/errors.ts";
import { openSource } from "../../../datasets/import/recognise.ts";
import { validateSource } from "../../../datasets/import/validate.ts";
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../../assert.ts";
import { runPython } from "../../python.ts";
import { damage, importTo, inFolder, namesIn, PYTHON, replaced, withFullDisk } from "./helpers.ts";

function table(change: Partial<AnnData> = {}): AnnData {
  return {
    obs: { index: ["a", "b", "c"], columns: {} },
    var: { index: ["g", "h"], columns: {} },
    X: {
      kind: "csr",
      shape: [3, 2],
      indptr: Int32Array.of(0, 1, 2, 4),
      indices: Int32Array.of(0, 1, 0, 1),
      data: Float32Array.of(1, 2, 3, 4),
    },
    layers: {},
    obsm: { spatial: hostArray(Float64Array.of(0, 1, 2, 3, 4, 5), [3, 2]) },
    varm: {},
    obsp: {},
    uns: {},
    ...change,
  };
}

async function validate(path: string, spatial = false): Promise<readonly string[]> {
  const notes: string[] = [];
  using source = await openSource(path, {});
  await validateSource(source, { spatial, progress: () => {}, note: (sentence) => notes.push(sentence) });
  return notes;
}

/** Both commands refuse a table with one sentence, and nothing stands under the final name or beside it. */
async function refused(data: AnnData, sentence: RegExp): Promise<void> {
  await inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, data);
    const said = await assertRejects(() => importTo(`${folder}/in.zarr`, `${folder}/out.zarr`), DataError);
    assertMatch(said.message, sentence);
    assertEquals(await namesIn(folder), ["in.zarr"]);
    assertMatch((await assertRejects(() => validate(`${folder}/in.zarr`), DataError)).message, sentence);
  });
}

function sparse(indices: readonly number[], data: readonly number[]): Partial<AnnData> {
  const indptr = Int32Array.of(0, 1, 2, 4);
  return {
    X: { kind: "csr", shape: [3, 2], indptr, indices: Int32Array.from(indices), data: Float32Array.from(data) },
  };
}

Deno.test("a table that is right is valid", () =>
  inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, table());
    assertEquals(await validate(`${folder}/in.zarr`, true), []);
  }));

Deno.test("names of cells that repeat are refused", () =>
  refused(table({ obs: { index: ["a", "b", "a"], columns: {} } }), /rows 0 and 2 of obs are both named "a"/));

Deno.test("coordinates that are not finite are refused", async () => {
  const spatial = (value: number) => hostArray(Float64Array.of(0, 1, 2, value, 4, 5), [3, 2]);
  await refused(table({ obsm: { spatial: spatial(NaN) } }), /row 1 \("b"\) of obsm\/spatial has coordinate NaN/);
  await refused(
    table({ obsm: { spatial: spatial(Infinity) } }),
    /row 1 \("b"\) of obsm\/spatial has coordinate Infinity/,
  );
});

Deno.test("negative counts are refused, negative values that are no counts are not", async () => {
  await refused(
    table(sparse([0, 1, 0, 1], [1, 2, -3, 4])),
    /row 2 \("c"\), column 0 holds the count -3, expected 0 or more/,
  );
  await inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, table(sparse([0, 1, 0, 1], [1, 2.5, -3, 4])));
    assertEquals(await validate(`${folder}/in.zarr`), []);
  });
});

Deno.test("positions out of range are refused", () =>
  refused(table(sparse([0, 1, 0, 7], [1, 2, 3, 4])), /row 2 \("c"\) has a value in column 7 of 2/));

Deno.test("two values in one place are refused; positions out of order are invalid but can be imported", async () => {
  await refused(table(sparse([0, 1, 1, 1], [1, 2, 3, 4])), /row 2 \("c"\) has two values in column 1/);
  await inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, table(sparse([0, 1, 1, 0], [1, 2, 3, 4])));
    await assertRejects(() => validate(`${folder}/in.zarr`), DataError, "columns out of order");
    await importTo(`${folder}/in.zarr`, `${folder}/out.zarr`);
    assertEquals(await validate(`${folder}/out.zarr`), []);
  });
});

Deno.test("missing coordinates are a warning at import, and an error of validation if asked for", () =>
  inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, table({ obsm: {} }));
    const { sentences } = await importTo(`${folder}/in.zarr`, `${folder}/out.zarr`);
    assertStringIncludes(sentences.join("\n"), "There are no coordinates");
    assertEquals(await validate(`${folder}/out.zarr`), []);
    await assertRejects(
      () => validate(`${folder}/out.zarr`, true),
      DataError,
      "it has no obsm/spatial, obsm holds nothing",
    );
  }));

Deno.test("values that are not finite are told of", () =>
  inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, table(sparse([0, 1, 0, 1], [1, NaN, 3, 4])));
    const { sentences } = await importTo(`${folder}/in.zarr`, `${folder}/out.zarr`);
    assertMatch(sentences.join("\n"), /not finite, the first is NaN in row 1 \("b"\), column 1/);
  }));

Deno.test("truncated and missing parts of a store are named", () =>
  inFolder(async (folder) => {
    const store = `${folder}/in.zarr`;
    const cases: readonly (readonly [() => Promise<void>, RegExp])[] = [
      [() => damage(`${store}/X/data/0`, (bytes) => bytes.slice(0, -3)), /"X\/data" of .*truncated/],
      [() => damage(`${store}/uns/list/0`, (bytes) => bytes.slice(0, 20)), /"uns\/list" of/],
      [() => Deno.remove(`${store}/X/indices`, { recursive: true }), /"X" of .*lacks "indices"/],
      [() => damage(`${store}/X/data/.zarray`, (bytes) => replaced(bytes, /"<f4"/, '"<q9"')), /"X\/data" of/],
      [
        () => damage(`${store}/X/data/.zarray`, (bytes) => replaced(bytes, /"zstd"/, '"odd"')),
        /codec ".*odd" is not supported/,
      ],
      [() => damage(`${store}/X/data/.zarray`, (bytes) => bytes.slice(0, 9)), /"X\/data" of/],
      [
        () => damage(`${store}/X/.zattrs`, (bytes) => replaced(bytes, /3,/, "5,")),
        /shape \[5, 2\] does not go with|expected \[3, 2\]/,
      ],
    ];
    for (const [harm, sentence] of cases) {
      await writeAnnData(store, table({ uns: { list: ["a", "b"] } }));
      await harm();
      const attempt = async (): Promise<void> => {
        const { sentences } = await importTo(store, `${folder}/out.zarr`);
        // What cannot be read of uns is left out with a word.
        throw new DataError(sentences.join());
      };
      assertMatch((await assertRejects(attempt, DataError)).message, sentence);
      await Deno.remove(`${folder}/out.zarr`, { recursive: true }).catch(() => {});
      assertEquals(await namesIn(folder), ["in.zarr"]);
      assertMatch((await assertRejects(() => validate(store), DataError)).message, sentence);
    }
  }));

Deno.test({
  name: "truncated HDF5 files, wrong checksums and links to other files are named",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      runPython(
        `
import sys, h5py, numpy as np, anndata as ad
a = ad.AnnData(np.arange(4000, dtype="f4").reshape(400, 10), dtype="f4"); a.obsm["spatial"] = np.zeros((400, 2)); f = sys.argv[1]
a.write_h5ad(f + "/cut.h5ad"); a.write_h5ad(f + "/sum.h5ad"); a.write_h5ad(f + "/link.h5ad")
with h5py.File(f + "/sum.h5ad", "a") as h:
    x = h["X"][:]; attrs = dict(h["X"].attrs); del h["X"]
    h.create_dataset("X", data=x, fletcher32=True, chunks=(400, 10)).attrs.update(attrs); at = h["X"].id.get_chunk_info(0).byte_offset
with h5py.File(f + "/link.h5ad", "a") as h: del h["X"]; h["X"] = h5py.ExternalLink("../secret.h5", "/X")
with open(f + "/sum.h5ad", "r+b") as h: h.seek(at + 100); h.write(b"\\x7f")
with open(f + "/cut.h5ad", "r+b") as h: h.truncate(9000)
print(1)`,
        [folder],
      );
      const before = await namesIn(folder);
      const failure = async (name: string): Promise<string> =>
        (await assertRejects(() => importTo(`${folder}/${name}`, `${folder}/out.zarr`), DataError)).message;
      assertMatch(await failure("cut.h5ad"), /^Cannot read ".*cut\.h5ad": .*truncated/);
      assertMatch(await failure("sum.h5ad"), /^Cannot read "X" of ".*sum\.h5ad": .*(checksum|filter|Fletcher)/i);
      assertMatch(await failure("link.h5ad"), /^Cannot read "X" of ".*link\.h5ad": it is a link to another file/);
      assertEquals(await namesIn(folder), before);
    }),
});

Deno.test("packed tables that end early or fail their checksum are refused", () =>
  inFolder(async (folder) => {
    const text = Array.from({ length: 3000 }, (_, i) => `c${i},${i},${i * 7 % 11},${i}`).join("\n");
    const stream = new Blob([`cell,x,y,g\n${text}`]).stream().pipeThrough(new CompressionStream("gzip"));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    const wrong = packed.slice();
    wrong[packed.length - 8]! ^= 1;
    for (const bytes of [packed.slice(0, -200), wrong]) {
      await Deno.writeFile(`${folder}/t.csv.gz`, bytes);
      const failed = await assertRejects(() => importTo(`${folder}/t.csv.gz`, `${folder}/out.zarr`), DataError);
      assertMatch(failed.message, /t\.csv\.gz": .*the file is truncated or damaged/);
    }
    assertEquals(await namesIn(folder), ["t.csv.gz"]);
  }));

Deno.test("tables with odd lines are refused", () =>
  inFolder(async (folder) => {
    const failure = async (text: string): Promise<string> => {
      await Deno.writeTextFile(`${folder}/t.csv`, text);
      return (await assertRejects(() => importTo(`${folder}/t.csv`, `${folder}/out.zarr`), DataError)).message;
    };
    assertMatch(await failure("cell,x,y,g\na,1,2,3\nb,1,2\n"), /line 3 has 3 values, expected 4/);
    assertMatch(await failure("cell,x,y,g\na,1,2,3\nb,,2,4\n"), /row 1 \("b"\) of obsm\/spatial has coordinate NaN/);
    assertMatch(await failure("cell,x,y,g\na,1,2,3\nb,1,2,\n"), /row 1 holds "" in column "g", expected a number/);
    assertMatch(await failure("cell,x,y,g\na,1,2,3\na,1,2,3\n"), /rows 0 and 1 of obs are both named "a"/);
    assertMatch(await failure("cell,x,y,g\na,1,2,-3\n"), /column 0 holds the count -3/);
    assertMatch(await failure("cell,x,x,g\na,1,2,3\n"), /two of its columns are named "x"/);
    assertMatch(await failure(""), /it has no rows/);
  }));

Deno.test("a matrix that does not go with its barcodes is refused", () =>
  inFolder(async (folder) => {
    const write = async (mtx: string): Promise<string> => {
      await Deno.writeTextFile(`${folder}/matrix.mtx`, mtx);
      return (await assertRejects(() => importTo(folder, `${folder}/out.zarr`), DataError)).message;
    };
    await Deno.writeTextFile(`${folder}/barcodes.tsv`, "a\nb\n");
    await Deno.writeTextFile(`${folder}/genes.tsv`, "i\tA\nj\tB\nk\tC\n");
    const head = "%%MatrixMarket matrix coordinate integer general\n";
    assertMatch(await write(`${head}5 2 0\n`), /its size is 5 x 2, expected 3 features x 2 barcodes/);
    assertMatch(await write(`${head}3 2 2\n1 1 4\n`), /it holds 1 values, expected 2/);
    assertMatch(await write(`${head}3 2 1\n4 1 4\n`), /line 3 is "4 1 4", expected a row up to 3/);
    assertMatch(await write(`${head}3 2 1\n1 1 -4\n`), /row 0 \("a"\), column 0 holds the count -4/);
    assertMatch(
      await write("%%MatrixMarket matrix array real general\n"),
      /expected "%%MatrixMarket matrix coordinate/,
    );
    assertEquals(await namesIn(folder), ["barcodes.tsv", "genes.tsv", "matrix.mtx"]);
  }));

Deno.test("what is no table, and targets that must not be replaced, are refused", () =>
  inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, table());
    const failure = async (source: string, target: string): Promise<string> =>
      (await assertRejects(() => importTo(`${folder}/${source}`, `${folder}/${target}`), DataError)).message;
    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other/thesis.txt`, "years of work");
    await Deno.writeTextFile(`${folder}/short.h5ad`, "not HDF5");
    assertMatch(await failure("none.h5ad", "o.zarr"), /there is no such file or folder/);
    assertMatch(
      await failure("other", "o.zarr"),
      /Cannot recognise .* a folder that holds thesis.txt, expected one of AnnData/,
    );
    assertMatch(await failure("short.h5ad", "o.zarr"), /does not begin like an HDF5 file/);
    assertMatch(await failure("in.zarr", "other"), /what is there is no Zarr store and would be lost/);
    assertMatch(await failure("in.zarr", "in.zarr"), /it is there already, --overwrite replaces it/);
    assertEquals(await namesIn(folder), ["in.zarr", "other", "short.h5ad"]);
  }));

Deno.test("the name of an annotated element cannot lead out of a SpatialData store", () =>
  inFolder(async (folder) => {
    const obs = { index: ["a"], columns: { region: ["../../x"], id: Int32Array.of(1) } };
    const uns = { spatialdata_attrs: { region: "../../x", region_key: "region", instance_key: "id" } };
    const one = { obs, var: { index: [], columns: {} }, layers: {}, obsm: {}, varm: {}, obsp: {}, uns };
    await writeAnnData(`${folder}/s.zarr/tables/table`, one);
    for (const path of ["s.zarr", "s.zarr/tables"]) {
      await Deno.writeTextFile(`${folder}/${path}/.zgroup`, '{"zarr_format": 2}');
    }
    await assertRejects(
      () => importTo(`${folder}/s.zarr`, `${folder}/out.zarr`),
      DataError,
      'its table annotates "../../x", which is no name of an element',
    );
  }));

Deno.test("a full disk is named and nothing is left on it", async () => {
  await withFullDisk("64k", async (folder) => {
    await inFolder(async (source) => {
      const data = Float32Array.from({ length: 200_000 }, (_, i) => Math.sin(i));
      const index = Array.from({ length: 1000 }, (_, i) => `c${i}`);
      const genes = Array.from({ length: 200 }, (_, i) => `g${i}`);
      const X = hostArray(data, [1000, 200]);
      const empty = { layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} };
      await writeAnnData(`${source}/in.zarr`, {
        obs: { index, columns: {} },
        var: { index: genes, columns: {} },
        X,
        ...empty,
      });
      const failed = await assertRejects(() => importTo(`${source}/in.zarr`, `${folder}/out.zarr`), CheckpointError);
      assertStringIncludes(failed.message, "the disk is full, free space or choose another folder");
      assertEquals(await namesIn(folder), []);
    });
  });
});
