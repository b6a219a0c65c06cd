import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { openAnnData } from "../../../core/io/anndata_store.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { crc32c } from "../../../core/io/crc32c.ts";
import { openZarr, readArray } from "../../../core/io/zarr.ts";
import { refusal } from "../../../core/io/zarr_folder_store.ts";
import { writeZarr } from "../../../core/io/zarr_writer.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { serveFolder } from "./zarr_server.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.chmod(folder, 0o700);
    await Deno.remove(folder, { recursive: true });
  }
}

/** One sentence that begins as expected. */
async function assertRefused(read: () => Promise<unknown>, start: string, end = ""): Promise<void> {
  const { message } = await assertRejects(read, DataError);
  assert(message.startsWith(start) && message.endsWith(end) && !message.includes("\n"), `${message}\n  not ${start}`);
}

const VALUES = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i));
const BYTES = new Uint8Array(VALUES.buffer);

interface Compression {
  readonly compressor: unknown;
  readonly compress: (bytes: Uint8Array) => Uint8Array;
}

const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  none: { compressor: null, compress: (bytes) => bytes },
  gzip: { compressor: { id: "gzip", level: 5 }, compress: gzipSync },
  zstd: { compressor: { id: "zstd", level: 3 }, compress: (bytes) => zstdCompressSync(bytes) },
  "zstd with a checksum": {
    compressor: { id: "zstd", level: 3, checksum: true },
    compress: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  },
};

/** An array of two chunks of 8 rows, the second of them as given. */
async function writeChunk(folder: string, { compressor, compress }: Compression, second: Uint8Array): Promise<void> {
  const document = { zarr_format: 2, shape: [16, 512], chunks: [8, 512], dtype: "<f4", order: "C", filters: null };
  await Deno.writeTextFile(`${folder}/.zarray`, JSON.stringify({ ...document, fill_value: 0, compressor }));
  await Deno.writeFile(`${folder}/0.0`, compress(BYTES));
  await Deno.writeFile(`${folder}/1.0`, second);
}

async function readAll(folder: string): Promise<Float32Array> {
  const array = await openZarr(folder);
  assert(array.kind === "array");
  return (await readArray(array)).data as Float32Array;
}

for (const [name, compression] of Object.entries(COMPRESSIONS)) {
  Deno.test(`readArray() refuses a truncated chunk, compression ${name}`, () =>
    inFolder(async (folder) => {
      const whole = compression.compress(BYTES);
      await writeChunk(folder, compression, whole);
      assertEquals((await readAll(folder)).subarray(4096), VALUES);
      for (const left of [whole.length - 1, whole.length - 4, whole.length >> 1, 5, 0]) {
        await writeChunk(folder, compression, whole.subarray(0, left));
        const start = `Cannot read "${folder}": chunk 1.0 with rows 8 to 15: `;
        await assertRefused(() => readAll(folder), start, ", copy or write the store again");
      }
    }));
}

Deno.test("readArray() refuses a chunk whose checksum is wrong: zstd", () =>
  inFolder(async (folder) => {
    const compression = COMPRESSIONS["zstd with a checksum"]!;
    const whole = new Uint8Array(compression.compress(BYTES));
    whole[whole.length - 1]! ^= 1;
    await writeChunk(folder, compression, whole);
    await assertRefused(() => readAll(folder), `Cannot read "${folder}": chunk 1.0 with rows 8 to 15: `);
  }));

Deno.test("readArray() refuses a chunk whose checksum is wrong: crc32c", () =>
  inFolder(async (folder) => {
    const codecs = [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }];
    const document = {
      ...{ zarr_format: 3, node_type: "array", shape: [8, 512], data_type: "float32", fill_value: 0, codecs },
      chunk_grid: { name: "regular", configuration: { chunk_shape: [8, 512] } },
      chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    };
    await Deno.writeTextFile(`${folder}/zarr.json`, JSON.stringify(document));
    await Deno.mkdir(`${folder}/c/0`, { recursive: true });
    const chunk = new Uint8Array(BYTES.length + 4);
    chunk.set(BYTES);
    new DataView(chunk.buffer).setUint32(BYTES.length, crc32c(BYTES), true);
    await Deno.writeFile(`${folder}/c/0/0`, chunk);
    assertEquals(await readAll(folder), VALUES);
    chunk[77]! ^= 16;
    await Deno.writeFile(`${folder}/c/0/0`, chunk);
    const start = `Cannot read "${folder}": chunk 0.0 with rows 0 to 7: Failed to decode chunk via codec "crc32c" (the`;
    await assertRefused(() => readAll(folder), start);
  }));

Deno.test("readArray() names a type and a codec that are not known", () =>
  inFolder(async (folder) => {
    const compression = COMPRESSIONS.none!;
    await writeChunk(folder, { ...compression, compressor: { id: "pcodec" } }, BYTES);
    await assertRefused(
      () => readAll(folder),
      `Cannot read "${folder}": its codec "numcodecs.pcodec" is not supported`,
    );
    await writeChunk(folder, compression, BYTES);
    const document = JSON.parse(await Deno.readTextFile(`${folder}/.zarray`));
    for (const dtype of ["<c16", "<M8[ns]", "nonsense"]) {
      await Deno.writeTextFile(`${folder}/.zarray`, JSON.stringify({ ...document, dtype }));
      await assertRefused(() => readAll(folder), `Cannot open "${folder}": `);
    }
    for (const broken of [{ chunks: [0, 512] }, { shape: [-1, 512] }, { shape: undefined }, { chunks: [8] }]) {
      await Deno.writeTextFile(`${folder}/.zarray`, JSON.stringify({ ...document, ...broken }));
      await assertRefused(() => readAll(folder), `Cannot open "${folder}": `);
    }
  }));

const FRAMES = {
  obs: { index: ["a", "b", "c"], columns: {} },
  var: { index: ["g", "h"], columns: {} },
  ...{ layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} },
};

async function writeSparse(
  path: string,
  kind: "csr" | "csc",
  indptr: readonly number[],
  indices: readonly number[],
): Promise<void> {
  const data = Float32Array.from(indices, (_, i) => i + 1);
  const [starts, positions] = [Int32Array.from(indptr), Int32Array.from(indices)];
  await writeAnnData(path, { ...FRAMES, X: { kind, shape: [3, 2], indptr: starts, indices: positions, data } });
}

Deno.test("a sparse matrix whose starts or positions are out of range is refused by row and column", () =>
  inFolder(async (folder) => {
    const path = `${folder}/t.zarr`;
    const cases: readonly (readonly ["csr" | "csc", readonly number[], readonly number[], string])[] = [
      [
        "csr",
        [0, 1, 1, 3],
        [0, 1, 2],
        `"X/indices" of "${path}": row 2 has a value in column 2, expected columns 0 to 1`,
      ],
      ["csr", [0, 0, 0, 1], [-1], `"X/indices" of "${path}": row 2 has a value in column -1, expected columns 0 to 1`],
      ["csr", [0, 2, 1, 3], [0, 1, 0], `"X/indptr" of "${path}": row 2 starts at value 1 and row 1 at 2`],
      ["csr", [1, 1, 1, 3], [0, 1, 0], `"X/indptr" of "${path}": its starts run from 1 to 3, expected 0 to 3`],
      ["csr", [0, 1, 1, 2], [0, 1, 0], `"X/indptr" of "${path}": its starts run from 0 to 2, expected 0 to 3`],
      [
        "csr",
        [0, 1, 3],
        [0, 1, 0],
        `"X" of "${path}": shape [3, 2] does not go with 3 starts, 3 positions and 3 values`,
      ],
      ["csc", [0, 1, 2], [2, 3], `"X/indices" of "${path}": column 1 has a value in row 3, expected rows 0 to 2`],
      ["csc", [0, 3, 2], [0, 1], `"X/indptr" of "${path}": column 2 starts at value 2 and column 1 at 3`],
    ];
    for (const [kind, indptr, indices, sentence] of cases) {
      await writeSparse(path, kind, indptr, indices);
      await assertRefused(() => readAnnData(path), `Cannot read ${sentence}`);
      await assertRefused(async () => await (await openAnnData(path)).X!.read([1, 2, 0]), `Cannot read ${sentence}`);
      await assertRefused(async () => {
        for await (const _ of (await openAnnData(path)).X!.blocks(16));
      }, `Cannot read ${sentence}`);
    }
  }));

Deno.test("a store without obs or var, and one of another kind, are refused", () =>
  inFolder(async (folder) => {
    const path = `${folder}/t.zarr`;
    await writeAnnData(path, { ...FRAMES, X: hostArray(new Float32Array(6), [3, 2]) });
    await Deno.remove(`${path}/var`, { recursive: true });
    const start = `Cannot read "${path}" as AnnData: it holds X, layers, obs, obsm`;
    await assertRefused(() => openAnnData(path), start, 'expected a group with "obs" and "var", give the path of one');
    await Deno.remove(`${path}/obs/_index`, { recursive: true });
    await Deno.rename(`${path}/obs`, `${path}/var`);
    await writeAnnData(`${folder}/u.zarr`, FRAMES);
    await Deno.remove(`${folder}/u.zarr/obs/_index`, { recursive: true });
    await assertRefused(
      () => openAnnData(`${folder}/u.zarr`),
      `Cannot read "obs" of "${folder}/u.zarr": it lacks "_index"`,
    );
    await assertRefused(
      () => openAnnData(`${folder}/none`),
      `Cannot open "${folder}/none" as a Zarr store: there is no`,
    );
  }));

Deno.test("names that lead out of a store are refused, in a folder and behind an address", () =>
  inFolder(async (folder) => {
    await writeZarr(`${folder}/secret`, 2, {}, (root) => root.numbers("x", hostArray(Float32Array.of(7), [1]), {}));
    await writeAnnData(`${folder}/t.zarr`, FRAMES);
    await using server = serveFolder(folder);
    for (const location of [`${folder}/t.zarr`, `${server.address}/t.zarr`]) {
      const { root } = await openAnnData(location);
      for (const name of ["../secret/x", "obs/../../secret/x", "..\\secret\\x", "obs\\..\\..\\secret", ".."]) {
        await assertRefused(() => root.member(name), `Cannot read "/${name}/`, "do not trust this store");
      }
      assertEquals(await root.member("secret/x"), undefined);
    }
    // A forged column order, and a forged name of the array with the categories, as AnnData 0.7 wrote it.
    const attributes = `${folder}/t.zarr/obs/.zattrs`;
    const forged = { ...JSON.parse(await Deno.readTextFile(attributes)), "column-order": ["../../secret/x"] };
    await Deno.writeTextFile(attributes, JSON.stringify(forged));
    await assertRefused(() => readAnnData(`${folder}/t.zarr`), 'Cannot read "/obs/../../secret/x/');
  }));

Deno.test("forged separators of chunks do not lead out of a store", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/t`);
    await Deno.mkdir(`${folder}/secret`);
    await Deno.writeFile(`${folder}/secret/0`, BYTES);
    for (const separator of ["/../../secret/", "%2F..%2F..%2Fsecret%2F", "%2e%2e/", "\\..\\..\\secret\\"]) {
      const document = { zarr_format: 2, shape: [8, 512], chunks: [8, 512], dtype: "<f4", order: "C", filters: null };
      const rest = { fill_value: 0, compressor: null, dimension_separator: separator };
      await Deno.writeTextFile(`${folder}/t/.zarray`, JSON.stringify({ ...document, ...rest }));
      const values = await readAll(`${folder}/t`).catch((error) => {
        assert(error instanceof DataError, `${error}`);
        return new Float32Array();
      });
      assert(values.every((value) => value === 0), separator);
    }
  }));

Deno.test({
  name: "a store that Deno may not read is refused",
  permissions: { read: false },
  fn: async () => {
    assertEquals(refusal(new Deno.errors.PermissionDenied()), "there is no permission to read it, ask its owner");
    const start = 'Cannot open "/nowhere/t.zarr" as a Zarr store: Deno may not read there, run it with --allow-read';
    await assertRefused(() => openAnnData("/nowhere/t.zarr"), start);
  },
});

Deno.test({
  name: "a store without permission to read is refused",
  // The superuser may read everything.
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () =>
    inFolder(async (folder) => {
      await writeAnnData(`${folder}/t.zarr`, FRAMES);
      await Deno.chmod(`${folder}/t.zarr/obs/.zattrs`, 0);
      const start = `Cannot read "${folder}/t.zarr/obs/.zattrs": there is no permission to read it`;
      await assertRefused(() => openAnnData(`${folder}/t.zarr`), start);
    }),
});
