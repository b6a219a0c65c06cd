import { zstdCompressSync } from "node:zlib";
import { assert, assertEquals } from "../../assert.ts";
import type { Streamed } from "./stream_rows.ts";

/** Values before compression: 410 MB, twice what reading them may add. */
const [ROWS, WIDTH, CHUNK] = [400_000, 256, 4096];

/** Small random integers, except that column 0 counts the rows of the chunk. */
function chunkValues(): Float32Array {
  let state = 1;
  return Float32Array.from({ length: CHUNK * WIDTH }, (_, i) => {
    state = Math.imul(state, 1103515245) + 12345 | 0;
    return i % WIDTH === 0 ? i / WIDTH : (state >>> 16) % 7 === 0 ? (state >>> 20) % 9 : 0;
  });
}

async function writeDocument(folder: string, name: string, document: unknown): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(document));
}

/** A store whose chunks are one file by many names, so that it takes no time to write. */
async function writeStore(path: string): Promise<void> {
  const array = { zarr_format: 2, order: "C", filters: null, compressor: null };
  const compressor = { id: "zstd", level: 3 };
  await writeDocument(path, ".zgroup", { zarr_format: 2 });
  for (const [name, rows] of [["obs", ROWS], ["var", WIDTH]] as const) {
    await writeDocument(`${path}/${name}`, ".zgroup", { zarr_format: 2 });
    await writeDocument(`${path}/${name}`, ".zattrs", { "encoding-type": "dataframe", "column-order": [] });
    const names = { ...array, shape: [rows], chunks: [rows], dtype: "|O", fill_value: "" };
    await writeDocument(`${path}/${name}/_index`, ".zarray", { ...names, filters: [{ id: "vlen-utf8" }] });
  }
  const X = { ...array, shape: [ROWS, WIDTH], chunks: [CHUNK, WIDTH], dtype: "<f4", fill_value: 0, compressor };
  await writeDocument(`${path}/X`, ".zarray", X);
  await Deno.writeFile(`${path}/chunk`, zstdCompressSync(new Uint8Array(chunkValues().buffer)));
  for (let i = 0; i * CHUNK < ROWS; i++) await Deno.link(`${path}/chunk`, `${path}/X/${i}.0`);
}

Deno.test("batches and blocks of a store need memory for a few chunks only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeStore(folder);
    const batches = Math.floor(ROWS / 512);
    const program = new URL("./stream_rows.ts", import.meta.url).pathname;
    const args = ["run", "-A", "--no-check", program, folder, "512", `${batches}`, `${CHUNK}`];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    assert(success, new TextDecoder().decode(stderr));
    const { start, batchPeak, blockPeak, rows, wrong, blockRows }: Streamed = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    assertEquals([rows, wrong, blockRows], [512 * batches, 0, ROWS]);
    assert(batchPeak - start < 200e6, `batches took ${batchPeak - start} bytes`);
    // Blocks are the caller's, so that the collector decides how many of them are there at a time.
    assert(blockPeak - start < 300e6, `blocks took ${blockPeak - start} bytes`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
