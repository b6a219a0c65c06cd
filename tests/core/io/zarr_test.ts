import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { openZarr, readArray, readRows, readTexts, type ZarrGroup } from "../../../core/io/zarr.ts";
import type { ZarrArray } from "../../../core/io/zarr_array.ts";
import { writeZarr } from "../../../core/io/zarr_writer.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { EXPECTED, type ExpectedArray, fixture, hashNumbers, hashTexts } from "./reference.ts";
import { serveFolder } from "./zarr_server.ts";

const FIXTURES = "data/reader-fixtures-zarr/";

/** Stores whose last chunk is absent and whose fill value is null (or 0 for texts), so that nothing defines it. */
const UNDEFINED_TAIL = /_v2_fv_(null|0)\.zarr$/;

async function openGroup(location: string | URL): Promise<ZarrGroup> {
  const root = await openZarr(location);
  assert(root.kind === "group");
  return root;
}

async function openArray(location: string | URL, path: string): Promise<ZarrArray> {
  const root = await openZarr(location);
  const node = root.kind === "group" && path !== "" ? await root.member(path) : root;
  assert(node?.kind === "array", `${location} has no array "${path}"`);
  return node;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function checkArray(array: ZarrArray, wanted: ExpectedArray, exact: boolean): Promise<void> {
  assertEquals(array.shape, wanted.shape, array.name);
  if (array.values === "records") return;
  if (!exact) {
    const head = array.values === "texts" ? await array.texts(0, 2) : await array.numbers(0, 2);
    const expected = wanted.head.slice(0, 2);
    assertEquals("texts" in head ? head.texts : [...head.data].map(Math.fround), expected as never, array.name);
  } else if (array.values === "texts") {
    assertEquals(hashTexts(await readTexts(array)), wanted.sha256_utf8_lines, array.name);
  } else {
    const { data } = await readArray(array);
    assertEquals(hashNumbers(data, array.dtype), wanted.sha256_le_c_order, array.name);
  }
}

for (const [store, { arrays }] of Object.entries(EXPECTED)) {
  Deno.test(`readArray() and readTexts() give the reference values of ${store}`, async () => {
    for (const [path, wanted] of Object.entries(arrays)) {
      const array = await openArray(fixture(store), path);
      await checkArray(array, wanted, !UNDEFINED_TAIL.test(store));
    }
  });
}

Deno.test({
  name: "readRows() equals the rows of the whole array, for every kind of layout",
  ignore: !hasShared,
  fn: async () => {
    const stores = [
      "arrays/zarrs-v2/blosc_F.zarr",
      "arrays/zarrs-v3/zstd.zarr",
      "arrays/zarrs-v3/blosc_transpose.zarr",
    ];
    const arrays = [
      ...await Promise.all(stores.map((store) => openArray(sharedPath(`${FIXTURES}${store}`), ""))),
      await openArray(sharedPath(`${FIXTURES}zips/pbmc68k-reduced.zarr.zip`), "obsm/X_pca"),
    ];
    for (const array of arrays) {
      const whole = await readArray(array);
      const [rows = 0, ...rest] = whole.shape;
      const width = whole.data.length / rows;
      for (const [from, to] of [[0, rows], [1, rows - 1], [rows - 1, rows], [3, 3]] as const) {
        const part = await readRows(array, from, to);
        assertEquals(part.shape, [to - from, ...rest], array.name);
        assertEquals(part.data, whole.data.slice(from * width, to * width), array.name);
      }
    }
  },
});

Deno.test("readRows() reads no chunk but those of the rows", () =>
  inFolder(async (folder) => {
    const rows = 2 ** 16;
    const data = Float32Array.from({ length: 8 * rows }, (_, i) => i);
    await writeZarr(folder, 2, {}, (root) => root.numbers("x", hostArray(data, [rows, 8]), {}));
    const x = await openArray(folder, "x");
    assertEquals(x.chunkRows, rows / 2);
    await Deno.writeTextFile(`${folder}/x/0.0`, "damaged");
    assertEquals((await readRows(x, rows / 2, rows / 2 + 1)).data, data.slice(4 * rows, 4 * rows + 8));
    await assertRejects(() => readRows(x, 0, 1), DataError, `Cannot read "x" of "${folder}"`);
  }));

Deno.test("readRows() refuses rows that are not there and values that are no numbers", () =>
  inFolder(async (folder) => {
    await writeZarr(folder, 3, {}, async (root) => {
      await root.numbers("x", hostArray(new Float32Array(3), [3]), {});
      await root.texts("t", ["a"], {});
    });
    const x = await openArray(folder, "x");
    for (const [from, to] of [[0, 4], [-1, 2], [2, 1], [0, NaN]] as const) {
      await assertRejects(() => readRows(x, from, to), RangeError, "it has 3 rows");
    }
    const t = await openArray(folder, "t");
    await assertRejects(
      () => readRows(t, 0, 1),
      DataError,
      `Cannot read "t" of "${folder}" as numbers: it holds texts`,
    );
    await assertRejects(() => readTexts(x), DataError, `Cannot read "x" of "${folder}" as texts: it holds numbers`);
  }));

Deno.test("openZarr() lists members and reads attributes of folders", () =>
  inFolder(async (folder) => {
    for (const format of [2, 3] as const) {
      const path = `${folder}/${format}`;
      await Deno.mkdir(path);
      await writeZarr(path, format, { title: "root" }, async (root) => {
        const group = await root.group("50% #1? + ä", { unit: "µm" });
        await group.numbers("x y", hostArray(Float64Array.of(1, 2), [2]), { deep: { list: [1, null] } });
        await group.group("b", {});
      });
      await Deno.mkdir(`${path}/not a node`);
      const root = await openGroup(path);
      assertEquals([root.attributes, await root.members()], [{ title: "root" }, ["50% #1? + ä"]]);
      const group = await root.member("50% #1? + ä");
      assert(group?.kind === "group");
      assertEquals([group.attributes, await group.members()], [{ unit: "µm" }, ["b", "x y"]]);
      const x = await openArray(path, "50% #1? + ä/x y");
      assertEquals(x.attributes, { deep: { list: [1, null] } });
      assertEquals((await readArray(x)).data, Float64Array.of(1, 2));
      assertEquals(await root.member("missing"), undefined);
      assertEquals(await root.member("missing/deeper"), undefined);
    }
  }));

Deno.test({
  name: "openZarr() lists members of zip files, zipped from inside or from the parent",
  ignore: !hasShared,
  fn: async () => {
    const inside = await openGroup(sharedPath(`${FIXTURES}zips/pbmc68k-reduced.zarr.zip`));
    const members = await inside.members();
    assertEquals(members, ["X", "layers", "obs", "obsm", "obsp", "raw", "uns", "var", "varm", "varp"]);
    const pca = await inside.member("uns/pca");
    assert(pca?.kind === "group");
    assertEquals(await pca.members(), ["variance", "variance_ratio"]);
    const parent = await openGroup(sharedPath(`${FIXTURES}zips/zarrita-v2-parent.zarr.zip`));
    const folder = await openGroup(sharedPath(`${FIXTURES}arrays/zarrita-v2.zarr`));
    assertEquals(await parent.members(), await folder.members());
  },
});

for (const ranges of [true, false]) {
  Deno.test(`openZarr() reads over http, ${ranges ? "with" : "without"} byte ranges`, () =>
    inFolder(async (folder) => {
      for (const format of [2, 3] as const) {
        await Deno.mkdir(`${folder}/${format}.zarr`);
        await writeZarr(`${folder}/${format}.zarr`, format, {}, async (root) => {
          const group = await root.group("50% #1?", {});
          await group.numbers("x", hostArray(Float32Array.of(1, 2, 3), [3]), {});
          await group.texts("names", ["ä", "b"], {});
        });
      }
      await using server = serveFolder(folder, ranges);
      for (const format of [2, 3]) {
        const root = await openGroup(`${server.address}/${format}.zarr`);
        assertEquals(await root.members(), ["50% #1?"]);
        const group = await root.member("50% #1?");
        assert(group?.kind === "group");
        assertEquals(await group.members(), ["names", "x"]);
        const [x, names] = [await group.member("x"), await group.member("names")];
        assert(x?.kind === "array" && names?.kind === "array");
        assertEquals((await readRows(x, 1, 3)).data, Float32Array.of(2, 3));
        assertEquals(await readTexts(names), ["ä", "b"]);
      }
    }));
}

Deno.test({
  name: "openZarr() reads sharded arrays over http, with and without byte ranges",
  ignore: !hasShared,
  fn: async () => {
    const path = "2d.chunked.ragged.compressed.sharded.i2";
    const near = await openArray(sharedPath(`${FIXTURES}arrays/zarrita-v3.zarr`), path);
    for (const ranges of [true, false]) {
      await using server = serveFolder(sharedPath(`${FIXTURES}arrays/zarrita-v3.zarr`).pathname, ranges);
      const far = await openArray(server.address, path);
      assertEquals(await readArray(far), await readArray(near));
    }
  },
});

Deno.test({
  name: "openZarr() reads zip files over http",
  ignore: !hasShared,
  fn: async () => {
    await using server = serveFolder(sharedPath(FIXTURES).pathname);
    const path = "zips/pbmc68k-reduced.zarr.zip";
    const far = await openArray(`${server.address}/${path}`, "obs/n_genes");
    const near = await openArray(sharedPath(`${FIXTURES}${path}`), "obs/n_genes");
    assertEquals(await readArray(far), await readArray(near));
  },
});

Deno.test("openZarr() says that a web server cannot be listed, and that there is nothing at an address", () =>
  inFolder(async (folder) => {
    await writeZarr(folder, 2, {}, (root) => root.numbers("x", hostArray(Float32Array.of(7), [1]), {}));
    await Deno.remove(`${folder}/.zmetadata`);
    await using server = serveFolder(folder);
    const root = await openGroup(server.address);
    const x = await root.member("x");
    assert(x?.kind === "array");
    assertEquals((await readArray(x)).data, Float32Array.of(7));
    const error = await assertRejects(() => root.members(), DataError);
    assertStringIncludes(error.message, `Cannot list the members of "${server.address}"`);
    assertStringIncludes(error.message, "zarr.consolidate_metadata");
    await assertRejects(() => openZarr(`${server.address}/none`), DataError, "as a Zarr store: it has no zarr.json");
  }));

Deno.test("openZarr() says that a server cannot be reached", async () => {
  const address = "http://127.0.0.1:9/store.zarr";
  await assertRejects(() => openZarr(address), DataError, `Cannot read "${address}/`);
});

Deno.test("readArray() takes a missing chunk for zeros or empty texts where the fill value is null", () =>
  inFolder(async (folder) => {
    const base = { zarr_format: 2, shape: [2], chunks: [2], order: "C", compressor: null, fill_value: null };
    const read = async (dtype: string, filters: unknown): Promise<ZarrArray> => {
      await Deno.writeTextFile(`${folder}/.zarray`, JSON.stringify({ ...base, dtype, filters }));
      return await openArray(folder, "");
    };
    for (const dtype of ["<i8", "<u8", ">i4", "<f8", "|b1"]) {
      assertEquals([...(await readArray(await read(dtype, null))).data], [0, 0], dtype);
    }
    assertEquals(await readTexts(await read("|O", [{ id: "vlen-utf8" }])), ["", ""]);
    assertEquals(await readTexts(await read("<U3", null)), ["", ""]);
  }));

Deno.test({
  name: "readArray() refuses chunks that end early instead of filling in zeros",
  ignore: !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      for (const store of ["zarrs-v3/none", "zarrs-v3/gzip", "zarrs-v3/zstd", "zarrs-v3/blosc"]) {
        const path = `${folder}/t.zarr`;
        const source = sharedPath(`${FIXTURES}arrays/${store}.zarr`).pathname;
        await new Deno.Command("cp", { args: ["-r", source, path] }).output();
        await new Deno.Command("chmod", { args: ["-R", "u+w", path] }).output();
        const chunk = await Deno.readFile(`${path}/0.0`);
        await Deno.writeFile(`${path}/0.0`, chunk.subarray(0, chunk.length - 4));
        const array = await openArray(path, "");
        await assertRejects(() => readArray(array), DataError, `Cannot read "${path}"`);
        await Deno.remove(path, { recursive: true });
      }
    }),
});

Deno.test({
  name: "readArray() names a codec that is not supported",
  ignore: !hasShared,
  fn: async () => {
    const array = await openArray(sharedPath(`${FIXTURES}arrays/zarr-python-compat/fletcher32.zarr`), "");
    await assertRejects(() => readArray(array), DataError, 'its codec "numcodecs.fletcher32" is not supported');
  },
});
