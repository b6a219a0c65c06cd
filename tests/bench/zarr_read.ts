import { zstdCompressSync } from "node:zlib";
import { Location, open } from "zarrita";
import { type MatrixSource, rng } from "../../core/mod.ts";
import { denseSource } from "../../core/io/dense_source.ts";
import { zarrArray } from "../../core/io/zarr_array.ts";
import { registerCodecs } from "../../core/io/zarr_codecs.ts";
import type { Bench, ReadyBench } from "./bench.ts";

const [ROWS, GENES, CHUNK_ROWS] = [100_000, 2_000, 500];

/** Log-transformed counts of which a tenth is not zero, as expression data are; the chunk is used again and again. */
function chunk(): Uint8Array {
  const counts = rng(6).host.poisson(CHUNK_ROWS * GENES, 0.105);
  return new Uint8Array(Float32Array.from(counts, Math.log1p).buffer);
}

/** Keys and values of a store in memory, so that disks do not count. */
function store(): Map<string, Uint8Array> {
  const document = {
    ...{ zarr_format: 2, shape: [ROWS, GENES], chunks: [CHUNK_ROWS, GENES], dtype: "<f4", order: "C", filters: null },
    ...{ fill_value: 0, compressor: { id: "zstd", level: 3 } },
  };
  const compressed = zstdCompressSync(chunk());
  const chunks = Array.from({ length: ROWS / CHUNK_ROWS }, (_, i) => [`/${i}.0`, compressed] as const);
  return new Map<string, Uint8Array>([["/.zarray", new TextEncoder().encode(JSON.stringify(document))], ...chunks]);
}

async function openMatrix(files: Map<string, Uint8Array>): Promise<MatrixSource> {
  registerCodecs();
  return denseSource(zarrArray(await open.v2(new Location(files, "/"), { kind: "array" }), "the bench", undefined));
}

/** Reading of stores. */
export const ZARR_READ: readonly Bench[] = [Object.freeze({
  name: "zarr-read",
  about: `${ROWS} x ${GENES} float32 (800 MB) from zstd chunks in memory, block by block; 5333 ms is 150 MB/s`,
  where: "host",
  prepare(): ReadyBench {
    const files = store();
    return {
      params: 0,
      flops: 0,
      step: async (): Promise<void> => {
        let rows = 0;
        const matrix = await openMatrix(files);
        for await (const block of matrix.blocks()) rows += block.rows.shape[0]!;
        if (rows !== ROWS) throw new Error(`Cannot time zarr-read: it read ${rows} rows`);
      },
      [Symbol.dispose]: () => files.clear(),
    };
  },
})];
