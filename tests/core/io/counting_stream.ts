/**
 * A table of which every value is known from its row, and a program that writes it into a store.
 *
 * @module
 */
import { type AnnData, generatedNames, hostArray, rng, type StreamBlock, type TableStream } from "../../../core/mod.ts";
import { openTableDraft, type TableDraftOptions } from "../../../core/io/table_draft.ts";

/** Rows of a block. */
export const BLOCK_ROWS = 1000;

function table(first: number, rows: number, noise: Float32Array): AnnData {
  const each = <T>(of: (row: number) => T): T[] => Array.from({ length: rows }, (_, i) => of(first + i));
  return {
    obs: {
      index: generatedNames(first, rows),
      columns: {
        stage: {
          kind: "categorical",
          codes: Int32Array.from(each((row) => row % 3)),
          categories: ["a", "b", "c"],
          ordered: true,
        },
        row: Int32Array.from(each((row) => row)),
        word: each((row) => row % 2 === 0 ? "even" : "odd – ungerade"),
      },
    },
    var: { index: ["g0", "g1"], columns: { known: [true, false] } },
    X: hostArray(Float32Array.from({ length: 2 * rows }, (_, i) => first + (i >> 1) + noise[i]!), [rows, 2]),
    layers: { twice: hostArray(Int32Array.from({ length: 2 * rows }, (_, i) => 2 * (first + (i >> 1))), [rows, 2]) },
    obsm: { spatial: hostArray(noise.slice(0, 3 * rows), [rows, 3]) },
    varm: { loadings: hostArray(Float32Array.of(1, 2, 3, 4), [2, 2]) },
    obsp: {},
    uns: { generated_by: "counting" },
  };
}

/** Rows that count, with noise of their block. */
export const counting: TableStream = {
  empty: table(0, 0, new Float32Array(0)),
  blockRows: BLOCK_ROWS,
  groupRows: 1,
  make: ({ first, rows, rng }: StreamBlock) => Promise.resolve(table(first, rows, rng.host.normal(3 * rows))),
};

/** One block of the table. */
export function block(number: number, rows: number, blockRows = BLOCK_ROWS): Promise<AnnData> {
  const first = number * blockRows;
  const size = Math.min(blockRows, rows - first);
  return counting.make({ first, rows: size, rng: rng(1).fold(number) });
}

/** What opens a store of so many rows. */
export function draftOptions(rows: number, seed = 1, blockRows = BLOCK_ROWS): TableDraftOptions {
  return { empty: counting.empty, rows, blockRows, origin: { seed, cells: rows, source: "counting" } };
}

if (import.meta.main) {
  const [path, rows, number, of] = [Deno.args[0]!, ...Deno.args.slice(1).map(Number)] as [
    string,
    number,
    number,
    number,
  ];
  const draft = await openTableDraft(path, draftOptions(rows));
  if (draft !== undefined) {
    for (let i = number; i < draft.blocks; i += of) if (!await draft.has(i)) await draft.write(i, await block(i, rows));
    await draft.finish();
  }
}
