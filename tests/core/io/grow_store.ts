/**
 * Writes a store in blocks, in a process of its own, and prints how much memory that took.
 *
 * @module
 */
import { type AnnData, generatedNames, hostArray } from "../../../core/mod.ts";
import { openTableDraft } from "../../../core/io/table_draft.ts";

/** Rows of a block and features: 4 MiB. */
const [BLOCK_ROWS, WIDTH] = [2 ** 14, 64];

function table(first: number, rows: number): AnnData {
  return {
    obs: { index: generatedNames(first, rows), columns: {} },
    var: { index: Array.from({ length: WIDTH }, (_, i) => `g${i}`), columns: {} },
    X: hostArray(Float32Array.from({ length: rows * WIDTH }, (_, i) => first + i), [rows, WIDTH]),
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: {},
  };
}

if (import.meta.main) {
  const [path, blocks] = [Deno.args[0]!, Number(Deno.args[1])];
  const start = Deno.memoryUsage().rss;
  let peak = start;
  const rows = blocks * BLOCK_ROWS;
  const draft = (await openTableDraft(path, { empty: table(0, 0), rows, blockRows: BLOCK_ROWS, origin: { blocks } }))!;
  for (let block = 0; block < blocks; block++) {
    await draft.write(block, table(block * BLOCK_ROWS, BLOCK_ROWS));
    peak = Math.max(peak, Deno.memoryUsage().rss);
  }
  console.log(JSON.stringify({ missing: await draft.finish(), grown: peak - start }));
}
