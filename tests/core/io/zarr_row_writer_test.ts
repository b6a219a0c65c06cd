import { type HostArray, hostArray, type NumericArray } from "../../../core/host_array.ts";
import type { Matrix, SparseMatrix } from "../../../core/io/anndata.ts";
import { isSparse, readMatrix } from "../../../core/io/matrix_encoding.ts";
import { openZarr } from "../../../core/io/zarr.ts";
import type { ZarrFormat } from "../../../core/io/zarr_array_document.ts";
import { denseRowWriter, type RowProgress, type RowWriter, sparseRowWriter } from "../../../core/io/zarr_row_writer.ts";
import { writeZarr, type ZarrGroupWriter } from "../../../core/io/zarr_writer.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";

const [ROWS, COLUMNS] = [103, 7];

/** Rows of uneven length, some empty, some longer than a chunk. */
const SPARSE: SparseMatrix = sparse();

function sparse(): SparseMatrix {
  const lengths = Array.from({ length: ROWS }, (_, i) => [0, 3, 7, 1, 0, 5][(i * i) % 6]!);
  const indptr = Int32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0))]);
  const indices = Int32Array.from(lengths.flatMap((length) => Array.from({ length }, (_, j) => j)));
  const data = Float32Array.from(indices, (_, i) => i + 0.5);
  return { kind: "csr", shape: [ROWS, COLUMNS], indptr, indices, data };
}

const DENSE: HostArray<NumericArray> = hostArray(
  Float64Array.from({ length: ROWS * COLUMNS }, (_, i) => (i - 300) / 7),
  [ROWS, COLUMNS],
);

function rowsOf(matrix: Matrix, from: number, to: number): Matrix {
  if (!isSparse(matrix)) {
    return hostArray(matrix.data.slice(from * COLUMNS, to * COLUMNS), [to - from, COLUMNS]);
  }
  const [begin, end] = [matrix.indptr[from]!, matrix.indptr[to]!];
  return {
    ...matrix,
    shape: [to - from, COLUMNS],
    indptr: matrix.indptr.slice(from, to + 1).map((start) => start - begin),
    indices: matrix.indices.slice(begin, end),
    data: matrix.data.slice(begin, end),
  };
}

function writerOf(root: ZarrGroupWriter, matrix: Matrix, chunkLength: number, from?: RowProgress): Promise<RowWriter> {
  return isSparse(matrix)
    ? sparseRowWriter(root, "X", { shape: matrix.shape, type: "float32", chunkLength }, from)
    : denseRowWriter(root, "X", { shape: matrix.shape, type: "float64", chunkLength }, from);
}

async function appendAll(writer: RowWriter, matrix: Matrix, from: number, to: number, step: number): Promise<void> {
  for (let row = from; row < to; row += step) await writer.append(rowsOf(matrix, row, Math.min(to, row + step)));
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readBack(folder: string): Promise<Matrix> {
  const root = await openZarr(folder);
  const node = root.kind === "group" ? await root.member("X") : undefined;
  return await readMatrix(node!);
}

for (
  const [name, matrix, chunkLength] of [["dense", DENSE, 10], ["sparse", SPARSE, 4], ["sparse", SPARSE, 1000]] as const
) {
  for (const format of [2, 3] as const satisfies readonly ZarrFormat[]) {
    Deno.test(`${name} rows in chunks of ${chunkLength} come back as they were, format ${format}`, async () => {
      for (const step of [1, 9, ROWS]) {
        await inFolder(async (folder) => {
          await writeZarr(folder, format, {}, async (root) => {
            const writer = await writerOf(root, matrix, chunkLength);
            await appendAll(writer, matrix, 0, ROWS, step);
            await writer.finish();
          });
          assertEquals(await readBack(folder), matrix);
        });
      }
    });
  }

  Deno.test(`${name} rows in chunks of ${chunkLength}: a writer goes on where another stopped, at every row`, async () => {
    for (let stop = 0; stop <= ROWS; stop += 5) {
      await inFolder(async (folder) => {
        let progress: RowProgress | undefined;
        const interrupted = writeZarr(folder, 2, {}, async (root) => {
          const writer = await writerOf(root, matrix, chunkLength);
          await appendAll(writer, matrix, 0, stop, 4);
          progress = writer.progress();
          throw new RangeError("stop");
        });
        await assertRejects(() => interrupted, RangeError, "stop");
        await assertRejects(() => openZarr(folder), Error, "no zarr.json");
        assert(progress!.rows <= stop);
        await writeZarr(folder, 2, {}, async (root) => {
          const writer = await writerOf(root, matrix, chunkLength, progress);
          await appendAll(writer, matrix, progress!.rows, ROWS, 6);
          await writer.finish();
        });
        assertEquals(await readBack(folder), matrix);
      });
    }
  });
}

Deno.test("matrices without rows or values come back as they were", () =>
  inFolder(async (folder) => {
    await writeZarr(folder, 2, {}, async (root) => {
      const writer = await sparseRowWriter(root, "X", { shape: [0, 3], type: "int32" });
      await writer.finish();
      const dense = await denseRowWriter(root, "none", { shape: [0, 3], type: "int32" });
      await dense.finish();
      const narrow = await denseRowWriter(root, "narrow", { shape: [2, 0], type: "int32" });
      await narrow.append(hostArray(new Int32Array(), [2, 0]));
      await narrow.finish();
    });
    const empty = await readBack(folder);
    assert(isSparse(empty));
    assertEquals([empty.shape, empty.data.length, empty.indptr], [[0, 3], 0, Int32Array.of(0)]);
  }));

Deno.test("integers of 64 bits are stored as such", () =>
  inFolder(async (folder) => {
    const values = Float64Array.of(-(2 ** 40), 5, 2 ** 53 - 1, -1);
    await writeZarr(folder, 2, {}, async (root) => {
      const writer = await denseRowWriter(root, "X", { shape: [4, 1], type: "int64" });
      await writer.append(hostArray(Int32Array.of(7), [1, 1]));
      await writer.append(hostArray(values.slice(0, 3), [3, 1]));
      await writer.finish();
    });
    assertEquals(
      (await readBack(folder) as HostArray<NumericArray>).data,
      Float64Array.of(7, -(2 ** 40), 5, 2 ** 53 - 1),
    );
  }));

Deno.test("blocks that do not fit are refused", () =>
  inFolder((folder) =>
    writeZarr(folder, 2, {}, async (root) => {
      const dense = await denseRowWriter(root, "dense", { shape: [2, 3], type: "float32" });
      await assertRejects(() => dense.append(SPARSE), TypeError, "the block is csr, expected dense");
      const wrong = hostArray(new Float32Array(4), [1, 4]);
      await assertRejects(() => dense.append(wrong), TypeError, "the block has shape [1, 4], expected [rows, 3]");
      await assertRejects(() => dense.finish(), TypeError, "0 rows were appended, expected 2");
      const sparse = await sparseRowWriter(root, "sparse", { shape: [2, 3], type: "float32" });
      await assertRejects(() => sparse.append(wrong), TypeError, "the block is dense, expected csr");
      await assertRejects(() => sparse.finish(), TypeError, "0 rows were appended, expected 2");
    })
  ));
