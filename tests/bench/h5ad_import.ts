import { importStore } from "../../datasets/import/import_store.ts";
import { openSource } from "../../datasets/import/recognise.ts";
import type { Bench, ReadyBench } from "./bench.ts";

const [CELLS, GENES, PER_CELL] = [8_000, 20_000, 1_000];

/** A file as anndata 0.8 writes it: counts by row, 64 MB, positions and values that compress like real ones. */
async function writeFile(path: string): Promise<void> {
  const { File, ready } = await import("h5wasm/node");
  await ready;
  const file = new File(path, "w");
  const matrix = file.create_group("X");
  matrix.create_attribute("encoding-type", "csr_matrix");
  matrix.create_attribute("encoding-version", "0.1.0");
  matrix.create_attribute("shape", Int32Array.of(CELLS, GENES));
  const values = CELLS * PER_CELL;
  const data = Float32Array.from({ length: values }, (_, i) => 1 + (i * 2654435761 >>> 28) % 5);
  const step = GENES / PER_CELL;
  const indices = Int32Array.from(data, (_, i) => (i % PER_CELL) * step + (i * 2654435761 >>> 20) % step);
  const indptr = Int32Array.from({ length: CELLS + 1 }, (_, i) => i * PER_CELL);
  for (const [name, array] of Object.entries({ data, indices, indptr })) matrix.create_dataset({ name, data: array });
  for (const [name, rows] of [["obs", CELLS], ["var", GENES]] as const) {
    const table = file.create_group(name);
    table.create_attribute("encoding-type", "dataframe");
    table.create_attribute("encoding-version", "0.2.0");
    table.create_attribute("_index", "_index");
    table.create_dataset({ name: "_index", data: Array.from({ length: rows }, (_, i) => `${name}${i}`) });
  }
  file.close();
}

async function importFile(folder: string): Promise<void> {
  using source = await openSource(`${folder}/in.h5ad`, {});
  await importStore(source, `${folder}/out.zarr`, {
    zarrFormat: 2,
    overwrite: true,
    identity: {},
    progress: () => {},
    signals: { received: undefined },
    say: () => {},
  });
}

/** Data on their way in. */
export const IMPORTS: readonly Bench[] = [Object.freeze({
  name: "h5ad-import",
  about:
    `import of an .h5ad of ${CELLS} cells x ${GENES} genes, ${PER_CELL} counts a cell, 64 MB; ${CELLS} ms is 1000 rows/s`,
  where: "host",
  prepare(): ReadyBench {
    let folder: string | undefined;
    return {
      params: 0,
      flops: 0,
      // The file is written in the first step, which does not count.
      step: async () => {
        if (folder === undefined) {
          folder = await Deno.makeTempDir();
          await writeFile(`${folder}/in.h5ad`);
        }
        await importFile(folder);
      },
      [Symbol.dispose]: () => {
        if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
      },
    };
  },
})];
