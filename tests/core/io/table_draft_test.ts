import {
  CheckpointError,
  concatRows,
  type HostArray,
  openAnnData,
  readAnnData,
  writeAnnData,
} from "../../../core/mod.ts";
import { openTableDraft } from "../../../core/io/table_draft.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { inTempFolder, namesIn, onSmallDisk } from "../run/helpers.ts";
import { block, BLOCK_ROWS, counting, draftOptions } from "./counting_stream.ts";

const ROWS = 4500;

/** Every file of a folder as bytes. */
async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const name of await namesIn(folder)) {
    const path = `${folder}/${name}`;
    if ((await Deno.stat(path)).isDirectory) {
      for (const [inner, bytes] of Object.entries(await filesOf(path))) found[`${name}/${inner}`] = bytes;
    } else found[name] = (await Deno.readFile(path)).toHex();
  }
  return found;
}

async function fill(
  path: string,
  rows: number,
  order: (blocks: number) => readonly number[],
  blockRows = BLOCK_ROWS,
): Promise<number> {
  const draft = (await openTableDraft(path, draftOptions(rows, 1, blockRows)))!;
  for (const i of order(draft.blocks)) await draft.write(i, await block(i, rows, blockRows));
  return await draft.finish();
}

const inOrder = (blocks: number): number[] => Array.from({ length: blocks }, (_, i) => i);

function start(path: string, rows: number, number: number, of: number): Deno.ChildProcess {
  const program = new URL("./counting_stream.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", program, path, ...[rows, number, of].map(String)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" }).spawn();
}

async function succeed(child: Deno.ChildProcess): Promise<void> {
  const { success, stderr } = await child.output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
}

Deno.test("a store written in blocks holds what one written whole holds", () =>
  inTempFolder(async (folder) => {
    assertEquals(await fill(`${folder}/blocks.zarr`, ROWS, inOrder), 0);
    const parts = await Promise.all(inOrder(5).map((i) => block(i, ROWS)));
    const all = (of: (part: typeof parts[number]) => HostArray): HostArray => concatRows(parts.map(of));
    const read = await readAnnData(`${folder}/blocks.zarr`);
    await writeAnnData(`${folder}/whole.zarr`, {
      ...parts[0]!,
      obs: read.obs,
      X: all(({ X }) => X as HostArray),
      layers: { twice: concatRows(parts.map(({ layers }) => layers["twice"] as HostArray<Int32Array>)) },
      obsm: { spatial: all(({ obsm }) => obsm["spatial"] as HostArray) },
      uns: { generated_by: "counting", origin: { seed: 1, cells: ROWS, source: "counting" } },
    });
    assertEquals(read, await readAnnData(`${folder}/whole.zarr`));
    assertEquals([read.obs.index[4321], read.obs.columns["word"]![4321 as never]], [
      "generated_4321",
      "odd – ungerade",
    ]);
    assertEquals((read.obs.columns["row"] as Int32Array)[4499], 4499);
  }));

Deno.test("anndata reads a store of 100,000 rows that was written in blocks", async () => {
  if (!hasPython("anndata", "zarr")) return;
  await inTempFolder(async (folder) => {
    assertEquals(await fill(`${folder}/a.zarr`, 100_000, inOrder, 16_384), 0);
    const program = `
import anndata, json, sys, numpy as np
a = anndata.read_zarr(sys.argv[1])
i = np.arange(a.n_obs)
print(json.dumps({
  "shape": a.shape, "names": [str(a.obs_names[0]), str(a.obs_names[-1])], "unique": bool(a.obs_names.is_unique),
  "rows": bool((a.obs["row"].values == i).all()), "stage": bool((a.obs["stage"].cat.codes.values == i % 3).all()),
  "ordered": bool(a.obs["stage"].cat.ordered), "words": sorted(set(a.obs["word"])),
  "twice": bool((a.layers["twice"][:, 1] == 2 * i).all()),
  "noise": bool((np.abs(a.X[:, 0] - i) < 6).all() and (a.X[:, 0] != i).mean() > 0.5),
  "spatial": list(a.obsm["spatial"].shape), "seed": int(a.uns["origin"]["seed"]), "known": [bool(k) for k in a.var["known"]],
}))`;
    assertEquals(runPython(program, [`${folder}/a.zarr`]), {
      shape: [100_000, 2],
      names: ["generated_0", "generated_99999"],
      unique: true,
      rows: true,
      stage: true,
      ordered: true,
      words: ["even", "odd – ungerade"],
      twice: true,
      noise: true,
      spatial: [100_000, 3],
      seed: 1,
      known: [true, false],
    });
  });
});

Deno.test("blocks may come in any order and twice, and a store is no store before all are there", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/a.zarr`;
    assertEquals(await fill(path, ROWS, () => [4, 1]), 3);
    assertEquals(await namesIn(folder), ["a.zarr.growing"]);
    // What processes leave behind that are killed at the two moments when something bears a name of their own.
    await Deno.mkdir(`${path}.growing-999999999`);
    await Deno.writeTextFile(`${path}.growing/X/0.0.partial-999999999`, "half");
    assertEquals(await fill(path, ROWS, () => [3, 1, 0, 2]), 0);
    assertEquals(await namesIn(folder), ["a.zarr"]);
    await fill(`${folder}/b.zarr`, ROWS, inOrder);
    assertEquals(await filesOf(path), await filesOf(`${folder}/b.zarr`));
    assertEquals(await openTableDraft(path, draftOptions(ROWS)), undefined);
  }));

Deno.test("a store grows from one origin alone, and replaces stores but nothing else", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/a.zarr`;
    await fill(path, ROWS, () => [0]);
    await assertRejects(
      () => openTableDraft(path, draftOptions(ROWS, 2)),
      Error,
      'a.zarr.growing": it differs in seed (1 there, 2 now); remove it, or write to another place',
    );
    await assertRejects(() => openTableDraft(path, draftOptions(ROWS + 1)), Error, "cells (4500 there, 4501 now)");
    await Deno.writeTextFile(`${path}.growing/.zmetadata`, "{");
    await Deno.writeTextFile(`${path}.growing/.zgroup`, "{");
    await assertRejects(() => openTableDraft(path, draftOptions(ROWS)), Error, "remove it to begin anew");
    await Deno.remove(`${path}.growing`, { recursive: true });
    await fill(path, ROWS, inOrder);
    const shorter = (await openTableDraft(path, draftOptions(10)))!;
    assertEquals([shorter.blocks, shorter.rowsOf(0)], [1, 10]);
    await shorter.write(0, await block(0, 10));
    assertEquals(await shorter.finish(), 0);
    assertEquals((await openAnnData(path)).obs.rows, 10);
    await Deno.mkdir(`${folder}/mine`);
    await Deno.writeTextFile(`${folder}/mine/notes.txt`, "");
    await assertRejects(
      () => openTableDraft(`${folder}/mine`, draftOptions(ROWS)),
      Error,
      "no Zarr store and would be",
    );
    assertEquals(await namesIn(folder), ["a.zarr", "mine"]);
  }));

Deno.test("a full disk is said, and the store goes on once there is space", () =>
  onSmallDisk("1m", async (folder) => {
    const path = `${folder}/a.zarr`;
    const draft = (await openTableDraft(path, draftOptions(ROWS)))!;
    await Deno.writeFile(`${folder}/other`, new Uint8Array(2 ** 20)).catch(() => {});
    const error = await assertRejects(async () => await draft.write(0, await block(0, ROWS)), CheckpointError);
    assertMatch(error.message, /^Cannot write ".*a\.zarr\.growing.*": the disk is full/);
    assertEquals(await draft.has(0), false);
    await Deno.remove(`${folder}/other`);
    assertEquals(await fill(path, ROWS, inOrder), 0);
    assertEquals((await readAnnData(path)).obs.index.length, ROWS);
  }));

Deno.test("a block of another form is refused, and so is what has no rows of its own", () =>
  inTempFolder(async (folder) => {
    const draft = (await openTableDraft(`${folder}/a.zarr`, draftOptions(ROWS)))!;
    const last = await block(4, ROWS);
    await assertRejects(() => draft.write(0, last), TypeError, '"obs/_index": it has 500 values, expected 1000 rows');
    const { obsm: _, ...rest } = last;
    await assertRejects(() => draft.write(4, { ...rest, obsm: {} }), TypeError, "expected obs/_index of text [rows]");
    assertEquals(await draft.has(4), false);
    const sparse = { kind: "csr", shape: [0, 2], indptr: new Int32Array(1), indices: new Int32Array(0) } as const;
    for (
      const [empty, problem] of [
        [{ ...counting.empty, X: { ...sparse, data: new Float32Array(0) } }, '"X" in blocks: it is csr'],
        [{ ...counting.empty, obsp: { near: counting.empty.X! } }, '"obsp/near" in blocks'],
      ] as const
    ) {
      const options = { ...draftOptions(ROWS), empty };
      await assertRejects(() => openTableDraft(`${folder}/b.zarr`, options), TypeError, problem);
    }
    assertEquals(await namesIn(folder), ["a.zarr.growing"]);
  }));

Deno.test("a store may be much larger than the memory that writing it takes", () =>
  inTempFolder(async (folder) => {
    const program = new URL("./grow_store.ts", import.meta.url).pathname;
    const args = ["run", "-A", "--no-check", program, `${folder}/a.zarr`, "60"];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    const [text, complaints] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(success, true, complaints);
    const { missing, grown } = JSON.parse(text!) as { readonly missing: number; readonly grown: number };
    assertEquals(missing, 0);
    // Its features alone are 252 MB, and all of it in memory takes 400.
    assertEquals(grown < 200e6, true, `writing took ${grown} bytes`);
  }));

Deno.test("three processes write one store, and it has the bits of one that one process wrote", () =>
  inTempFolder(async (folder) => {
    const rows = 12 * BLOCK_ROWS - 7;
    await Promise.all([0, 1, 2].map((i) => succeed(start(`${folder}/three.zarr`, rows, i, 3))));
    await Promise.all([0, 0].map((i) => succeed(start(`${folder}/same.zarr`, rows, i, 1))));
    await fill(`${folder}/one.zarr`, rows, inOrder);
    assertEquals(await namesIn(folder), ["one.zarr", "same.zarr", "three.zarr"]);
    const expected = await filesOf(`${folder}/one.zarr`);
    for (const name of ["three", "same"]) {
      const found = await filesOf(`${folder}/${name}.zarr`);
      assertEquals(Object.keys(found), Object.keys(expected));
      for (const [file, bytes] of Object.entries(expected)) {
        assertEquals(found[file] === bytes, true, `${name}: ${file}`);
      }
    }
  }));

Deno.test("a store that was killed at random moments goes on and ends with the same bits", () =>
  inTempFolder(async (folder) => {
    const [path, rows] = [`${folder}/killed.zarr`, 50 * BLOCK_ROWS - 3];
    const seen: number[] = [];
    for (let kill = 0; kill < 5; kill++) {
      const child = start(path, rows, 0, 1);
      // The first moments of a process are of no interest: it starts.
      const grown = async (): Promise<number> => (await namesIn(`${path}.growing/X`).catch(() => [])).length;
      const before = await grown();
      while (await grown() <= before && !await Deno.stat(path).then(() => true, () => false)) {
        await new Promise((done) => setTimeout(done, 5));
      }
      await new Promise((done) => setTimeout(done, 40 * Math.random()));
      child.kill("SIGKILL");
      await child.output();
      seen.push(await grown());
    }
    assertEquals(seen.every((chunks, i) => chunks > (seen[i - 1] ?? 0)), true, `${seen}`);
    assertEquals(await namesIn(folder), ["killed.zarr.growing"], `${seen}`);
    await succeed(start(path, rows, 0, 1));
    await fill(`${folder}/whole.zarr`, rows, inOrder);
    assertEquals(await namesIn(folder), ["killed.zarr", "whole.zarr"]);
    const [found, expected] = [await filesOf(path), await filesOf(`${folder}/whole.zarr`)];
    assertEquals(Object.keys(found), Object.keys(expected));
    for (const [file, bytes] of Object.entries(expected)) assertEquals(found[file] === bytes, true, file);
  }));
