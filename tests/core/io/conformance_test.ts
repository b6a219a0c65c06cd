import { DataError } from "../../../core/errors.ts";
import type { Column, Matrix } from "../../../core/io/anndata.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { type AnnDataStore, openAnnData } from "../../../core/io/anndata_store.ts";
import type { FrameSource } from "../../../core/io/frame_source.ts";
import { isSparse } from "../../../core/io/matrix_encoding.ts";
import { denseMatrix } from "../../../core/io/sparse_matrix.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasShared } from "../../shared.ts";
import { EXPECTED, type ExpectedArray, fixture, hashNumbers, hashTexts } from "./reference.ts";

/** The AnnData tables among the stores, with matrices and columns whose values are compared. */
const TABLES: Readonly<Record<string, readonly [matrices: number, columns: number]>> = {
  ...Object.fromEntries(
    ["0.7", "0.8", "0.10", "0.11", "0.12"].flatMap((version) => [
      [`anndata/anndata-${version}/dense.zarr`, [5, 1]],
      [`anndata/anndata-${version}/csr.zarr`, [7, 1]],
      [`anndata/anndata-${version}/csc.zarr`, [7, 1]],
    ]),
  ),
  "anndata/10x-10k-subset.zarr": [1, 0],
  "zips/anndata-v0.7.0.zarr.zip": [26, 10],
  "zips/anndata-v0.7.8.zarr.zip": [26, 10],
  "zips/anndata-v0.11.4.zarr.zip": [0, 0],
  "zips/pbmc68k-reduced.zarr.zip": [13, 13],
};

function partOf(matrix: Matrix, name: string | undefined): ArrayLike<number> {
  if (name === undefined) return matrix.data;
  assert(isSparse(matrix) && (name === "data" || name === "indices" || name === "indptr"));
  return matrix[name];
}

async function checkRows(store: AnnDataStore, path: string): Promise<void> {
  const source = await store.matrix(path);
  const all = await source.read();
  const rows = source.shape[0]!;
  const index = [rows - 1, 0, Math.floor(rows / 2), 0];
  const width = all.data.length / rows;
  const wanted = index.flatMap((row) => [...all.data.subarray(row * width, (row + 1) * width)]);
  assertEquals([...(await source.read(index)).data], wanted, source.name);
  const taken = await source.rows(rows - 1, rows);
  assertEquals([...(isSparse(taken) ? denseMatrix(taken) : taken).data], wanted.slice(0, width), source.name);
}

async function checkMatrices(store: AnnDataStore, arrays: Readonly<Record<string, ExpectedArray>>): Promise<number> {
  let compared = 0;
  for (const [path, { kind, sha256_le_c_order }] of Object.entries(arrays)) {
    const match = /^(X|raw\/X|(?:layers|obsm|varm|obsp|varp)\/[^/]+)(?:\/(data|indices|indptr))?$/.exec(path);
    if (match === null) continue;
    const matrix = await (await store.matrix(match[1]!)).all();
    assertEquals(hashNumbers(partOf(matrix, match[2]), kind), sha256_le_c_order, path);
    if (match[2] === undefined || match[2] === "data") await checkRows(store, match[1]!);
    compared++;
  }
  return compared;
}

function checkColumn(column: Column, path: string, arrays: Readonly<Record<string, ExpectedArray>>): void {
  if (!("kind" in column)) {
    const wanted = arrays[path]!;
    const texts = typeof column[0] === "string";
    const hash = texts ? hashTexts(column as readonly string[]) : hashNumbers(Array.from(column, Number), wanted.kind);
    return assertEquals(hash, texts ? wanted.sha256_utf8_lines : wanted.sha256_le_c_order, path);
  }
  assert(column.kind === "categorical");
  const [parent, name] = path.split("/");
  const codes = arrays[`${path}/codes`] ?? arrays[path]!;
  assertEquals(hashNumbers(Array.from(column.codes), codes.kind), codes.sha256_le_c_order, path);
  const names = arrays[`${path}/categories`] ?? arrays[`${path}/categories/values`] ??
    arrays[`${parent}/__categories/${name}`]!;
  assertEquals(hashTexts(column.categories), names.sha256_utf8_lines, path);
}

async function checkFrame(
  frame: FrameSource,
  group: string,
  arrays: Readonly<Record<string, ExpectedArray>>,
): Promise<number> {
  const index = arrays[`${group}/_index`] ?? arrays[`${group}/index`] ?? arrays[`${group}/_index/values`];
  if (index?.sha256_utf8_lines !== undefined) assertEquals(hashTexts(await frame.index()), index.sha256_utf8_lines);
  // Record arrays are compared by Python in the test of the reader.
  if (group in arrays) return 0;
  for (const name of frame.columns) checkColumn(await frame.column(name), `${group}/${name}`, arrays);
  return frame.columns.length;
}

Deno.test({
  name: "every conformance store is read as its README says: tables value by value, all others refused in one sentence",
  ignore: !hasShared,
  fn: async () => {
    assertEquals(Object.keys(EXPECTED).length, 58);
    for (const [path, { arrays }] of Object.entries(EXPECTED)) {
      const counts = TABLES[path];
      if (counts === undefined) {
        const { message } = await assertRejects(() => openAnnData(fixture(path)), DataError);
        assert(/^Cannot (read|open) ".*": ?[^\n]*$|^Cannot read .* as AnnData: [^\n]*$/.test(message), message);
        continue;
      }
      const store = await openAnnData(fixture(path));
      const matrices = await checkMatrices(store, arrays);
      const columns = await checkFrame(store.obs, "obs", arrays) + await checkFrame(store.var, "var", arrays);
      assertEquals([matrices, columns], [...counts], path);
      const table = await readAnnData(fixture(path), { onSkip: () => {} });
      assertEquals([table.obs.index.length, table.var.index.length], [store.obs.rows, store.var.rows]);
      assertEquals(table.X, await store.X?.all(), path);
    }
  },
});

Deno.test({
  name: "the tables of the SpatialData stores are read like any other",
  ignore: !hasShared,
  fn: async () => {
    for (const name of Object.keys(EXPECTED).filter((path) => path.startsWith("spatialdata/"))) {
      const prefix = "tables/table/";
      const inside = Object.entries(EXPECTED[name]!.arrays).filter(([path]) => path.startsWith(prefix));
      const arrays = Object.fromEntries(inside.map(([path, wanted]) => [path.slice(prefix.length), wanted]));
      const store = await openAnnData(fixture(`${name}/tables/table`));
      assert(await checkMatrices(store, arrays) > 0, name);
      await checkFrame(store.obs, "obs", arrays);
    }
  },
});
