import { openZarr } from "../../../core/io/zarr.ts";
import type { Matrix } from "../../../core/io/anndata.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { hostArray } from "../../../core/host_array.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { CheckpointError, DataError } from "../../../core/errors.ts";
import { Stopped } from "../../../datasets/import/stopped.ts";
import { openSource } from "../../../datasets/import/recognise.ts";
import type { RowSource } from "../../../datasets/import/source.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { importSource, importTo, inFolder, namesIn, sparseCounts } from "./helpers.ts";

const [ROWS, COLUMNS] = [6000, 300];

/** A sparse and a dense matrix of several blocks. */
async function writeInput(path: string): Promise<void> {
  const dense = sparseCounts(ROWS, COLUMNS);
  const indptr = new Int32Array(ROWS + 1);
  dense.forEach((value, at) => {
    if (value !== 0) indptr[Math.floor(at / COLUMNS) + 1]!++;
  });
  for (let i = 0; i < ROWS; i++) indptr[i + 1]! += indptr[i]!;
  const places = Int32Array.from(dense.keys()).filter((at) => dense[at] !== 0);
  await writeAnnData(path, {
    obs: { index: Array.from({ length: ROWS }, (_, i) => `c${i}`), columns: {} },
    var: { index: Array.from({ length: COLUMNS }, (_, i) => `g${i}`), columns: {} },
    X: {
      kind: "csr",
      shape: [ROWS, COLUMNS],
      indptr,
      indices: places.map((at) => at % COLUMNS),
      data: Float32Array.from(places, (at) => dense[at]!),
    },
    layers: { dense: hostArray(dense, [ROWS, COLUMNS]) },
    obsm: { spatial: hostArray(Float64Array.from({ length: 2 * ROWS }, (_, i) => i), [ROWS, 2]) },
    varm: {},
    obsp: {},
    uns: {},
  });
}

/** Stops an import at its `count`-th report. */
function stopAt(count: number): Parameters<typeof importSource>[2] {
  let reports = 0;
  const signals = {
    get received(): "SIGINT" | undefined {
      return reports >= count ? "SIGINT" : undefined;
    },
  };
  return { signals, progress: () => void reports++, chunkRows: 50, saveEvery: 0 };
}

Deno.test("an import that was interrupted goes on, whenever it was stopped, and gives the same store", () =>
  inFolder(async (folder) => {
    await writeInput(`${folder}/in.zarr`);
    const expected = await readAnnData(`${folder}/in.zarr`);
    for (const count of [0, 1, 3, 4, 5]) {
      using source = await openSource(`${folder}/in.zarr`, {});
      await assertRejects(() => importSource(source, `${folder}/out.zarr`, stopAt(count)), Stopped);
      assertEquals(await namesIn(folder), ["in.zarr", "out.zarr.partial"]);
      // What is there is never taken for a store.
      await assertRejects(() => openZarr(`${folder}/out.zarr.partial`), DataError);
      await assertRejects(() => openSource(`${folder}/out.zarr.partial`, {}), DataError, "import that was interrupted");
      const reports: number[] = [];
      const said: string[] = [];
      await importSource(source, `${folder}/out.zarr`, {
        chunkRows: 50,
        progress: (done) => reports.push(done),
        say: (sentence) => said.push(sentence),
      });
      assertStringIncludes(said.join(), "Going on with the interrupted import");
      assertEquals(reports.at(-1), 2 * ROWS);
      // Rows that are stored are not read again.
      if (count >= 3) assert(reports[0]! > 1000, `went on at ${reports[0]}`);
      assertEquals(await readAnnData(`${folder}/out.zarr`), expected);
      assertEquals(await namesIn(folder), ["in.zarr", "out.zarr"]);
      await Deno.remove(`${folder}/out.zarr`, { recursive: true });
    }
  }));

Deno.test("another import does not take over what was left behind", () =>
  inFolder(async (folder) => {
    await writeInput(`${folder}/in.zarr`);
    using source = await openSource(`${folder}/in.zarr`, {});
    const target = `${folder}/out.zarr`;
    await assertRejects(() => importSource(source, target, { ...stopAt(2), identity: { source: "other" } }), Stopped);
    await Deno.writeTextFile(`${target}.partial/stale`, "");
    const { sentences } = await importTo(`${folder}/in.zarr`, target);
    assert(!sentences.some((sentence) => sentence.includes("Going on")));
    assert(!(await namesIn(target)).some((name) => name === "stale" || name === ".import"));
  }));

Deno.test("two imports into the same place are kept apart", () =>
  inFolder(async (folder) => {
    await writeInput(`${folder}/in.zarr`);
    using source = await openSource(`${folder}/in.zarr`, {});
    const target = `${folder}/out.zarr`;
    let failed: CheckpointError | undefined;
    const X: RowSource = {
      ...source.X!,
      blocks: async function* (from): AsyncIterable<Matrix> {
        failed ??= await assertRejects(() => importTo(`${folder}/in.zarr`, target), CheckpointError);
        yield* source.X!.blocks(from);
      },
    };
    await importSource({ ...source, X }, target);
    assertStringIncludes(failed!.message, "another process is importing into it");
    assertEquals((await readAnnData(target)).obs.index.length, ROWS);
  }));

Deno.test("an older store is replaced only if asked for, and only when the new one is complete", () =>
  inFolder(async (folder) => {
    await writeInput(`${folder}/in.zarr`);
    await importTo(`${folder}/in.zarr`, `${folder}/out.zarr`);
    await Deno.writeTextFile(`${folder}/out.zarr/mark`, "old");
    using source = await openSource(`${folder}/in.zarr`, {});
    const target = `${folder}/out.zarr`;
    await assertRejects(() => importSource(source, target, { ...stopAt(2), overwrite: true }), Stopped);
    assert((await namesIn(target)).includes("mark"));
    await importSource(source, target, { overwrite: true, chunkRows: 50 });
    assert(!(await namesIn(target)).includes("mark"));
    assertEquals(await namesIn(folder), ["in.zarr", "out.zarr"]);
  }));
