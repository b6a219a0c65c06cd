import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { hostArray } from "../../core/host_array.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { DataError } from "../../core/errors.ts";
import { openZarr, readArray, readTexts } from "../../core/io/zarr.ts";
import { planAddition } from "../../datasets/images/add_to_store.ts";
import { assert, assertEquals, assertLess, assertMatch, assertRejects, assertStringIncludes } from "../assert.ts";
import { filesIn, inFolder } from "./in_folder.ts";
import { listen } from "./servers.ts";

const PLAIN = { zarr_format: 2, shape: [4], chunks: [4], dtype: "<f4", order: "C", filters: null, fill_value: 0 };

async function writeArray(folder: string, document: object, chunk?: Uint8Array): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/.zarray`, JSON.stringify({ ...PLAIN, compressor: null, ...document }));
  if (chunk !== undefined) await Deno.writeFile(`${folder}/0`, chunk);
}

async function readAll(folder: string): Promise<unknown> {
  const node = await openZarr(folder);
  assert(node.kind === "array");
  return node.values === "texts" ? await readTexts(node) : (await readArray(node)).data;
}

/** A header of blosc that claims a size, and nothing behind it. */
function bloscClaiming(size: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  bytes.set([2, 1, 0x21, 4]);
  view.setUint32(4, size, true);
  view.setUint32(8, size, true);
  view.setUint32(12, bytes.length, true);
  return bytes;
}

/** The same for lz4 as numcodecs writes it. */
function lz4Claiming(size: number): Uint8Array {
  const bytes = new Uint8Array(64);
  new DataView(bytes.buffer).setUint32(0, size, true);
  return bytes;
}

const ZEROS = new Uint8Array(2 ** 29);

/** Chunks of a few bytes or kilobytes that unpack to half a gigabyte and more, where the array's chunks have 16 bytes. */
const BOMBS: Readonly<Record<string, () => Uint8Array>> = {
  gzip: () => gzipSync(ZEROS),
  zlib: () => deflateSync(ZEROS),
  zstd: () => zstdCompressSync(ZEROS),
  "zstd of several frames": () => new Uint8Array([...zstdCompressSync(ZEROS), ...zstdCompressSync(ZEROS)]),
  blosc: () => bloscClaiming(2 ** 31 - 1),
  lz4: () => lz4Claiming(2 ** 32 - 1),
};

for (const [name, bomb] of Object.entries(BOMBS)) {
  Deno.test(`a chunk that ${name} unpacks to far more than a chunk is refused before it takes the memory`, () =>
    inFolder(async (folder) => {
      await writeArray(folder, { compressor: { id: name.split(" ")[0] } }, bomb());
      const before = Deno.memoryUsage().rss;
      const error = await assertRejects(() => readAll(folder), DataError);
      assertMatch(
        error.message,
        /unpacks to (more|\d+ bytes), expected at most 1048608 bytes|larger than 1048608 bytes/,
      );
      assertLess(Deno.memoryUsage().rss - before, 2 ** 27);
    }));
}

Deno.test("shapes and chunks that no machine holds are refused before memory is taken for them", () =>
  inFolder(async (folder) => {
    const cases: readonly (readonly [object, string])[] = [
      [{ shape: [2 ** 40], chunks: [1000] }, "Cannot read 1099511627776 values"],
      [{ shape: [2 ** 20, 2 ** 30], chunks: [1, 1000] }, "Cannot read "],
      [{ shape: [2 ** 40], chunks: [2 ** 40] }, "take 4.10e+3 GiB each, expected less than 2 GiB"],
      [{ shape: [2 ** 31], chunks: [2 ** 31], dtype: "|u1" }, "take 2.00 GiB each, expected less than 2 GiB"],
      [{ shape: [2 ** 52, 2 ** 52], chunks: [1, 1] }, "Cannot read "],
      [{ shape: [2 ** 44], chunks: [1000], dtype: "|O", filters: [{ id: "vlen-utf8" }] }, "Cannot read "],
      [{ shape: [2], chunks: [2], dtype: "<U1000000000" }, "expected less than 2 GiB"],
      [{ shape: [1e300], chunks: [1] }, "its shape is [1e+300], expected whole numbers"],
    ];
    for (const [document, problem] of cases) {
      await writeArray(folder, document);
      const before = Deno.memoryUsage().rss;
      const error = await assertRejects(() => readAll(folder), DataError);
      assertStringIncludes(error.message, problem, JSON.stringify(document));
      assertLess(Deno.memoryUsage().rss - before, 2 ** 27);
    }
  }));

Deno.test("metadata nested without end, and metadata with names of every object, are refused or harmless", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/t`);
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    for (const text of [deep, `{"shape":${deep}}`, `{"zarr_format":2,"shape":[4],"chunks":${deep},"dtype":"<f4"}`]) {
      await Deno.writeTextFile(`${folder}/t/.zarray`, text);
      await assertRejects(() => openZarr(`${folder}/t`), DataError);
    }
    await writeArray(`${folder}/t`, {}, new Uint8Array(16));
    const forged = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    await Deno.writeTextFile(`${folder}/t/.zattrs`, forged);
    const node = await openZarr(`${folder}/t`);
    assertEquals(Object.keys(node.attributes).sort(), ["__proto__", "constructor"]);
    assertEquals(("polluted" in {}) || ("polluted" in node.attributes), false);
  }));

Deno.test("a server whose metadata never end is cut off", async () => {
  const endless = (): Response => {
    const piece = new Uint8Array(2 ** 20).fill(32);
    return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(piece) }));
  };
  await using server = listen("127.0.0.1", endless);
  const error = await assertRejects(() => openZarr(`http://127.0.0.1:${server.port}/t.zarr`), DataError);
  assertStringIncludes(error.message, "it has more than 268435456 bytes, do not trust this server");
  // A zip file of which a part is asked for, and which gives more than that part.
  await using zip = listen(
    "127.0.0.1",
    (path) => new Response(path === "/t.zip" ? endless().body : null, { status: 206 }),
  );
  const headers = { "content-length": "1000" };
  await using sized = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    ({ method }) => method === "HEAD" ? new Response(null, { headers }) : fetch(`http://127.0.0.1:${zip.port}/t.zip`),
  );
  const refused = await assertRejects(() => openZarr(`http://127.0.0.1:${sized.addr.port}/t.zip`), DataError);
  assertMatch(refused.message, /it has more than \d+ bytes, do not trust this server/);
});

Deno.test({
  name: "what is added to a store that holds links does not land where they lead",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const store = `${folder}/t.zarr`;
      const table = { obs: { index: ["a"], columns: {} }, var: { index: ["g"], columns: {} } };
      const rest = { layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} };
      await writeAnnData(store, { ...table, ...rest, X: hostArray(new Float32Array(1), [1, 1]) });
      await Deno.mkdir(`${folder}/home/patches`, { recursive: true });
      await Deno.writeTextFile(`${folder}/home/patches/precious`, "mine");
      assertEquals((await planAddition(store, "patches")).key, "patches");
      for (const name of ["obsm", "uns"]) {
        await Deno.rename(`${store}/${name}`, `${store}/${name}.kept`);
        await Deno.symlink("../home", `${store}/${name}`);
        await assertRejects(() => planAddition(store, "patches"), DataError, 'it is a link to "../home"');
        await Deno.remove(`${store}/${name}`);
        await Deno.rename(`${store}/${name}.kept`, `${store}/${name}`);
      }
      for (const key of ["../home/patches", "..", "a/b", "/tmp/x", ".hidden", ""]) {
        await assertRejects(() => planAddition(store, key), DataError);
      }
      assertEquals(await filesIn(`${folder}/home`), ["patches/precious"]);
    }),
});
