import { hostArray } from "../../core/host_array.ts";
import type { AnnData, Matrix } from "../../core/io/anndata.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { main } from "../../datasets/main.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { damage, inFolder, namesIn, replaced, withFullDisk } from "./import/helpers.ts";
import { writeTar } from "./import/tar_file.ts";

function table(change: Partial<AnnData> = {}): AnnData {
  return {
    obs: { index: ["a", "b", "c"], columns: { n: Int32Array.of(1, 2, 3) } },
    var: { index: ["g", "h"], columns: {} },
    X: csr([0, 1, 0, 1], [1, 2, 3, 4]),
    layers: {},
    obsm: { spatial: places(3) },
    varm: {},
    obsp: {},
    uns: {},
    ...change,
  };
}

function csr(indices: readonly number[], data: readonly number[]): Matrix {
  const indptr = Int32Array.of(0, 1, 2, 4);
  return { kind: "csr", shape: [3, 2], indptr, indices: Int32Array.from(indices), data: Float32Array.from(data) };
}

function places(value: number): ReturnType<typeof hostArray<Float64Array>> {
  return hostArray(Float64Array.of(0, 1, 2, value, 4, 5), [3, 2]);
}

/** Run the command in this process. */
async function run(args: readonly string[]): Promise<{ readonly code: number; readonly said: readonly string[] }> {
  const said: string[] = [];
  const { error, log } = console;
  console.error = console.log = (...words) => said.push(words.join(" "));
  try {
    return { code: await main(args), said };
  } finally {
    [console.error, console.log] = [error, log];
  }
}

/** The command fails with exit code 1 and one sentence, and leaves nothing behind. */
async function assertRefused(folder: string, args: readonly string[], sentence: RegExp): Promise<void> {
  const before = await namesIn(folder);
  const { code, said } = await run(args);
  assertEquals(said.length, 1, said.join("\n"));
  assertMatch(said[0]!, sentence);
  assert(!/[\n]|\.$|bug in Morphogen/.test(said[0]!), said[0]);
  assertEquals([code, await namesIn(folder)], [1, before]);
}

/** Harm that is done to a store after it was written. */
type Harm = (store: string) => Promise<void>;

/** What is wrong with a store, and the sentence that names file, array and row or column. */
const STORES: Readonly<Record<string, readonly [Partial<AnnData>, Harm | undefined, RegExp]>> = {
  "truncated chunk": [
    {},
    (store) => damage(`${store}/X/data/0`, (bytes) => bytes.slice(0, -3)),
    /^Cannot read "X\/data" of ".*in\.zarr".*truncated/,
  ],
  "NaN coordinate": [
    { obsm: { spatial: places(NaN) } },
    undefined,
    /^Cannot use ".*in\.zarr": row 1 \("b"\) of obsm\/spatial has coordinate NaN/,
  ],
  "infinite coordinate": [
    { obsm: { spatial: places(-Infinity) } },
    undefined,
    /^Cannot use ".*in\.zarr": row 1 \("b"\) of obsm\/spatial has coordinate -Infinity/,
  ],
  "negative count": [
    { X: csr([0, 1, 0, 1], [1, 2, 3, -4]) },
    undefined,
    /^Cannot read "X" of ".*in\.zarr": row 2 \("c"\), column 1 holds the count -4/,
  ],
  "duplicate barcodes": [
    { obs: { index: ["a", "b", "a"], columns: {} } },
    undefined,
    /^Cannot use ".*in\.zarr": rows 0 and 2 of obs are both named "a"/,
  ],
  "column of obs of another length": [
    {},
    (store) => damage(`${store}/obs/n/.zarray`, (bytes) => replaced(bytes, /"shape":\s*\[\s*3\s*\]/, '"shape": [2]')),
    /^Cannot read "obs" of ".*in\.zarr": column "n" has 2 rows but there are 3 names/,
  ],
  "coordinates of another length": [
    {},
    (store) =>
      damage(
        `${store}/obsm/spatial/.zarray`,
        (bytes) => replaced(bytes, /"shape":\s*\[\s*3,\s*2\s*\]/, '"shape": [2, 2]'),
      ),
    /^Cannot read obsm\/spatial of .*in\.zarr.*: it has 2 rows, expected 3/,
  ],
  "matrix of another shape": [
    {},
    (store) => damage(`${store}/X/.zattrs`, (bytes) => replaced(bytes, /3,/, "5,")),
    /^Cannot read "X" of ".*in\.zarr": .*\[5, 2\]/,
  ],
  "CSR position out of range": [
    { X: csr([0, 1, 0, 7], [1, 2, 3, 4]) },
    undefined,
    /^Cannot read "X" of ".*in\.zarr": row 2 \("c"\) has a value in column 7 of 2/,
  ],
  "unknown codec": [
    {},
    (store) => damage(`${store}/X/data/.zarray`, (bytes) => replaced(bytes, /"zstd"/, '"odd"')),
    /^Cannot read "X\/data" of ".*in\.zarr".*odd/,
  ],
  "unknown type": [
    {},
    (store) => damage(`${store}/X/data/.zarray`, (bytes) => replaced(bytes, /"<f4"/, '"<q9"')),
    /^Cannot open "X\/data" of ".*in\.zarr": .*<q9/,
  ],
};

for (const [problem, [change, harm, sentence]] of Object.entries(STORES)) {
  Deno.test(`a store is refused with exit code 1 and one sentence: ${problem}`, () =>
    inFolder(async (folder) => {
      const store = `${folder}/in.zarr`;
      await writeAnnData(store, table(change));
      // Arrays are described once more in one document, which answers for all.
      if (harm !== undefined) await Deno.remove(`${store}/.zmetadata`);
      await harm?.(store);
      await assertRefused(folder, ["import", store, `${folder}/out.zarr`], sentence);
      await assertRefused(folder, ["validate", store], sentence);
    }));
}

Deno.test("a store without coordinates is refused where they must be there", () =>
  inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, table({ obsm: {} }));
    const args = ["validate", `${folder}/in.zarr`, "--spatial"];
    await assertRefused(folder, args, /^Cannot use ".*in\.zarr": it has no obsm\/spatial, obsm holds nothing$/);
  }));

Deno.test("a table that fails its checksum is refused", () =>
  inFolder(async (folder) => {
    const text = "cell,x,y,g\na,1,2,3\nb,4,5,6\n";
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    packed[packed.length - 8]! ^= 1;
    await Deno.writeFile(`${folder}/t.csv.gz`, packed);
    const args = ["import", `${folder}/t.csv.gz`, `${folder}/out.zarr`];
    await assertRefused(folder, args, /^Cannot read ".*t\.csv\.gz": .*truncated or damaged/);
  }));

Deno.test("what is no table is refused by every verb", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/thesis`);
    await Deno.writeTextFile(`${folder}/thesis/chapter.txt`, "years of work");
    for (const verb of ["info", "validate"]) {
      await assertRefused(folder, [verb, `${folder}/none.h5ad`], /^Cannot open ".*none\.h5ad": there is no such file/);
      await assertRefused(
        folder,
        [verb, `${folder}/thesis`],
        /^Cannot recognise ".*thesis": it is a folder that holds/,
      );
    }
    const out = `${folder}/out.zarr`;
    await assertRefused(folder, ["import", `${folder}/thesis`, out], /^Cannot recognise ".*thesis"/);
    await assertRefused(folder, ["patches", `${folder}/none.zarr`, `${folder}/no.png`, "--size", "4"], /^Cannot /);
    await assertRefused(folder, ["features", `${folder}/none.zarr`, `${folder}/no.npy`, "--key", "k"], /^Cannot /);
    await assertRefused(folder, ["prep", `${folder}/none.zarr`, out, "log1p"], /^Cannot open ".*none\.zarr"/);
    await assertRefused(folder, ["import", `${folder}/none`, out, "--as", "mosta"], /^Cannot read folder .*none/);
  }));

Deno.test("archives whose entries lead out of the target folder are refused", () =>
  inFolder(async (folder) => {
    for (const name of ["../secret.txt", "/secret.txt", "a/../../secret.txt"]) {
      await writeTar(`${folder}/section.tar`, { "adata.h5ad": "none", [name]: "out" });
      const args = ["import", `${folder}/section.tar`, `${folder}/out.zarr`, "--as", "xenium-skin"];
      await assertRefused(folder, args, /^Cannot unpack ".*section\.tar": its entry ".*secret\.txt" leads out of/);
    }
  }));

Deno.test({
  name: "a place that must not be read is told with exit code 1",
  permissions: { read: false },
  fn: async () => {
    const { code, said } = await run(["info", "/nowhere/t.zarr"]);
    assertEquals([code, said.length], [1, 1]);
    assertMatch(said[0]!, /^Cannot open "\/nowhere\/t\.zarr": .*read access/);
  },
});

Deno.test({
  name: "a store without permission to read is refused",
  // The superuser may read everything.
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () =>
    inFolder(async (folder) => {
      await writeAnnData(`${folder}/in.zarr`, table());
      await Deno.chmod(`${folder}/in.zarr/X/data/0`, 0);
      await assertRefused(folder, ["import", `${folder}/in.zarr`, `${folder}/out.zarr`], /no permission to read/);
    }),
});

Deno.test("a full disk is named with exit code 1, and nothing is left on it", async () => {
  await withFullDisk("64k", (folder) =>
    inFolder(async (source) => {
      const values = Float32Array.from({ length: 200_000 }, (_, i) => Math.sin(i));
      await writeAnnData(`${source}/in.zarr`, {
        ...table({ obsm: {} }),
        obs: { index: Array.from({ length: 1000 }, (_, i) => `c${i}`), columns: {} },
        var: { index: Array.from({ length: 200 }, (_, i) => `g${i}`), columns: {} },
        X: hostArray(values, [1000, 200]),
      });
      const full = /^Cannot write ".*out\.zarr.*": the disk is full, free space or choose another folder$/;
      await assertRefused(folder, ["import", `${source}/in.zarr`, `${folder}/out.zarr`], full);
      await assertRefused(folder, ["prep", `${source}/in.zarr`, `${folder}/out.zarr`, "keep"], full);
    }));
});
