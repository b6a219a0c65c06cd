import { DataError } from "../../../core/errors.ts";
import type { Matrix } from "../../../core/io/anndata.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { isSparse } from "../../../core/io/matrix_encoding.ts";
import { denseMatrix } from "../../../core/io/sparse_matrix.ts";
import { describeSource } from "../../../datasets/import/info.ts";
import { openSource } from "../../../datasets/import/recognise.ts";
import { validateSource } from "../../../datasets/import/validate.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { EXPECTED, fixture as fixtureUrl } from "../../core/io/reference.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { compareWithStores, importTo, inFolder, PYTHON } from "./helpers.ts";

const PATHS = Object.keys(EXPECTED);

function fixture(path: string): string {
  return fixtureUrl(path).pathname;
}

/** Stores that hold a table of cells; all others hold images or single arrays. */
const TABLES = PATHS.filter((path) => /^anndata\/|^spatialdata\/|^zips\/(anndata|pbmc)/.test(path));

async function validate(path: string): Promise<readonly [cells: number, features: number]> {
  using source = await openSource(path, {});
  await validateSource(source, { spatial: false, progress: () => {}, note: () => {} });
  const { cells, features } = describeSource(source);
  return [cells, features];
}

function dense(matrix: Matrix | undefined): Matrix | undefined {
  return matrix !== undefined && isSparse(matrix) ? denseMatrix(matrix) : matrix;
}

/** The part of a store that is its table. */
function tableIn(path: string): string {
  return path.startsWith("spatialdata/") ? fixture(`${path}/tables/table`) : fixture(path);
}

Deno.test({
  name: "every conformance store with a table is imported and valid, and holds what the reader finds in it",
  ignore: !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      assertEquals(TABLES.length, 23);
      for (const [i, path] of TABLES.entries()) {
        const target = `${folder}/${i}.zarr`;
        await importTo(fixture(path), target);
        const before = await readAnnData(tableIn(path), { onSkip: () => {} });
        const after = await readAnnData(target);
        assertEquals([after.obs, after.var, dense(after.X)], [before.obs, before.var, dense(before.X)], path);
        for (const group of ["layers", "obsm", "varm", "obsp"] as const) {
          for (const [name, matrix] of Object.entries<Matrix>(before[group])) {
            assertEquals(dense(after[group][name]), dense(matrix), `${path} ${group}/${name}`);
          }
        }
        const size = [before.obs.index.length, before.var.index.length] as const;
        assertEquals(await validate(target), size, path);
        assertEquals(await validate(fixture(path)), size, path);
      }
    }),
});

Deno.test({
  name: "conformance stores that anndata 0.8 can read are the same to Python after the import",
  ignore: !hasShared || !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      const paths = TABLES.filter((path) => /^anndata\/(anndata-0\.(7|8|10)|10x)/.test(path));
      const pairs = paths.map((path, i) => [fixture(path), `${folder}/${i}.zarr`] as const);
      for (const [from, to] of pairs) await importTo(from, to);
      assertEquals(compareWithStores(pairs), paths.map(() => []));
    }),
});

Deno.test({
  name: "every conformance store and file without a table is refused in one sentence",
  ignore: !hasShared,
  fn: async () => {
    const files = ["h5wasm-vlen.h5", "h5wasm-compressed.h5", "h5wasm-array.h5"];
    const others = [
      ...PATHS.filter((path) => !TABLES.includes(path)).map(fixture),
      ...files.map((name) => sharedPath(`data/reader-fixtures-h5/${name}`).pathname),
    ];
    assertEquals(others.length, 38);
    for (const path of others) {
      const { message } = await assertRejects(() => openSource(path, {}), DataError);
      assert(
        /^Cannot (read|recognise|open) ".*": ?[^\n]*[^.\n]$|^Cannot read .* as a table: [^\n]*$/.test(message),
        message,
      );
    }
  },
});
