import { hostArray } from "../../core/host_array.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { main } from "../../datasets/main.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { assertFailed, exists, run, start, until } from "../experiments/process.ts";
import { smallTable } from "./helpers.ts";
import { inFolder } from "./import/helpers.ts";

async function writeTable(path: string, rows: number, columns: number): Promise<void> {
  await writeAnnData(path, {
    obs: {
      index: Array.from({ length: rows }, (_, i) => `c${i}`),
      columns: { batch: Int32Array.from({ length: rows }) },
    },
    var: { index: Array.from({ length: columns }, (_, i) => `g${i}`), columns: {} },
    X: hostArray(Float32Array.from({ length: rows * columns }, (_, i) => i % 13), [rows, columns]),
    layers: {},
    obsm: { spatial: hostArray(new Float64Array(2 * rows), [rows, 2]) },
    varm: {},
    obsp: {},
    uns: { title: "t" },
  });
}

Deno.test("deno task data imports, describes and validates, with the permissions of the task", () =>
  inFolder(async (folder) => {
    await writeTable(`${folder}/in.zarr`, 30, 4);
    const imported = await run("data", ["import", `${folder}/in.zarr`, `${folder}/out.zarr`]);
    assertEquals([imported.code, imported.out], [0, ""]);
    assertStringIncludes(imported.err.join("\n"), `30 cells x 4 features written to ${folder}/out.zarr`);
    const info = await run("data", ["info", `${folder}/out.zarr`, "--json"]);
    const parsed = JSON.parse(info.out);
    assertEquals([parsed.cells, parsed.features, parsed.X], [30, 4, "[30, 4] dense float32"]);
    assertEquals([parsed.obs, parsed.obsm, parsed.uns], [{ batch: "int32" }, { spatial: "[30, 2] float64" }, {
      title: '"t"',
    }]);
    const text = await run("data", ["info", `${folder}/out.zarr`]);
    assertStringIncludes(text.out, "AnnData-Zarr, 30 cells x 4 features");
    const valid = await run("data", ["validate", `${folder}/out.zarr`, "--spatial", "--json"]);
    assertEquals([valid.code, JSON.parse(valid.out).valid], [0, true]);
    await Deno.truncate(`${folder}/out.zarr/X/0.0`, 40);
    assertFailed(await run("data", ["validate", `${folder}/out.zarr`]), 1, /^Cannot read "X" of .*truncated/);
  }));

Deno.test("wrong usage of deno task data is told with exit code 2", async () => {
  const help = await run("data", ["--help"]);
  assertEquals(help.code, 0);
  assertMatch(help.out, /import SOURCE OUT\.zarr/);
  for (const verb of ["import", "info", "validate", "patches", "features", "prep"]) {
    assertMatch(help.out, new RegExp(`^  ${verb} `, "m"));
  }
  assertFailed(await run("data", ["improt", "a", "b"]), 2, /Cannot find verb "improt", did you mean "import"\?/);
  assertFailed(await run("data", ["import", "a"]), 2, /Cannot run "import" with 1 paths/);
  assertFailed(await run("data", ["info", "a", "--chunkrows", "3"]), 2, /Unknown flag "--chunkrows"/);
  assertFailed(await run("data", ["info", "a", "--overwrite"]), 2, /Unknown flag "--overwrite"/);
  assertFailed(await run("data", ["import", "a", "b", "--chunk-rows", "0"]), 2, /at least 1, got "0"/);
  assertFailed(await run("data", ["import", "a", "b", "--zarr-format", "4"]), 2, /expects one of 2, 3, got "4"/);
  assertFailed(await run("data", ["import", "a", "b", "--layer"]), 2, /needs a value/);
  assertFailed(await run("data", ["import", "a", "b", "--seed", "3"]), 2, /"--seed" goes with --as NAME only/);
  assertFailed(await run("data", ["import", "a", "b", "--as", "med", "--raw"]), 2, /"--raw" does not go with --as/);
  assertFailed(await run("data", ["import", "a", "b", "--as", "mde"]), 2, /data set "mde", did you mean "med"\?/);
  assertFailed(await run("data", ["patches", "a"]), 2, /Cannot run "patches" with 1 paths/);
});

Deno.test("a place that must not be written is told with exit code 1", () =>
  inFolder(async (folder) => {
    await writeTable(`${folder}/in.zarr`, 3, 2);
    const args = ["import", `${folder}/in.zarr`, `${folder}/out.zarr`];
    const { outcome } = start("data", args, ["--no-prompt", "--allow-read", "--allow-env"]);
    assertFailed(await outcome, 1, /^Cannot (write|use) .*write access/);
    assertEquals(await exists(`${folder}/out.zarr`), false);
  }));

Deno.test("every verb describes itself", async () => {
  const said: string[] = [];
  const { log } = console;
  console.log = (...words) => said.push(words.join(" "));
  try {
    for (const verb of ["import", "info", "validate", "patches", "features", "prep"]) {
      for (const flag of ["--help", "-h"]) {
        assertEquals(await main([verb, flag, "--whatever"]), 0);
        assertMatch(said.at(-1)!, new RegExp(`^Usage: deno task data ${verb} `));
      }
    }
  } finally {
    console.log = log;
  }
});

/** Import a store, end the import on the way, and do it again. */
async function interrupted(
  folder: string,
  signal: Deno.Signal,
): Promise<{ readonly code: number; readonly said: string }> {
  await writeTable(`${folder}/in.zarr`, 60_000, 300);
  const args = ["import", `${folder}/in.zarr`, `${folder}/out.zarr`, "--chunk-rows", "100"];
  const running = start("data", args);
  await until(running, "rows were written", () => exists(`${folder}/out.zarr.partial/X/20.0`));
  running.kill(signal);
  const stopped = await running.outcome;
  assertEquals(await exists(`${folder}/out.zarr`), false);
  const finished = await run("data", args);
  assertEquals(finished.code, 0);
  assertStringIncludes(finished.err.join("\n"), "Going on with the interrupted import");
  assertEquals(await exists(`${folder}/out.zarr.partial`), false);
  const { X, obs } = await readAnnData(`${folder}/out.zarr`);
  assertEquals(obs.index.length, 60_000);
  assert(X!.data.every((value, i) => value === i % 13));
  return { code: stopped.code, said: stopped.err.at(-1) ?? "" };
}

Deno.test("Ctrl-C stops an import with exit code 130, and the same command goes on", () =>
  inFolder(async (folder) => {
    const { code, said } = await interrupted(folder, "SIGINT");
    assertEquals(code, 130);
    assertStringIncludes(said, "the same command goes on where it stopped");
  }));

Deno.test("an import that is killed leaves nothing under the final name, and the same command goes on", () =>
  inFolder(async (folder) => {
    await interrupted(folder, "SIGKILL");
  }));

Deno.test("import --as writes what a data set makes of a file, with the permissions of the task", () =>
  inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, smallTable());
    const source = `${folder}/in.zarr`;
    const args = ["import", source, `${folder}/out.zarr`, "--as", "anndata", "--json"];
    const set = ["time=stage", "section=section", "label=type", "components=3"].flatMap((one) => ["--set", one]);
    const { code, out, err } = await run("data", [...args, ...set, "--seed", "1"]);
    assertEquals(code, 0, err.join("\n"));
    const rows = smallTable().obs.index.length;
    assertEquals(JSON.parse(out), {
      path: `${folder}/out.zarr`,
      dataset: "anndata",
      sections: 6,
      rows,
      parts: { x: [3], pos: [2] },
    });
    const stored = await readAnnData(`${folder}/out.zarr`);
    assertEquals([stored.X?.shape, Object.keys(stored.obs.columns)], [[rows, 3], ["section", "time", "split", "type"]]);
    const again = await run("data", args);
    assertFailed(again, 1, /it is there already, --overwrite replaces it/);
    const none = ["import", source, `${folder}/x.zarr`, "--as", "toy-2d"];
    assertFailed(await run("data", none), 1, /Cannot import .* as "toy-2d": that data set reads no files/);
    assertEquals(await exists(`${folder}/x.zarr`), false);
  }));

Deno.test("patches, features and prep work on an imported store, with the permissions of the task", () =>
  inFolder(async (folder) => {
    await writeAnnData(`${folder}/in.zarr`, smallTable());
    const rows = smallTable().obs.index.length;
    await Deno.writeFile(`${folder}/f.npy`, npyOfZeros(rows, 4));
    const features = await run("data", ["features", `${folder}/in.zarr`, `${folder}/f.npy`, "--key", "uni"]);
    assertEquals(features.code, 0, features.err.join("\n"));
    const image = new URL("../../docs/sections.png", import.meta.url).pathname;
    const patches = await run("data", ["patches", `${folder}/in.zarr`, image, "--size", "4", "--scale", "0.1"]);
    assertEquals(patches.code, 0, patches.err.join("\n"));
    const prep = await run("data", ["prep", `${folder}/in.zarr`, `${folder}/out.zarr`, "log1p", "pca:components=2"]);
    assertEquals(prep.code, 0, prep.err.join("\n"));
    const { obsm } = await readAnnData(`${folder}/out.zarr`);
    assertEquals([obsm["uni"]?.shape, obsm["patches"]?.shape, obsm["X_pca"]?.shape], [[rows, 4], [rows, 4, 4, 3], [
      rows,
      2,
    ]]);
  }));

/** What `numpy.save` writes for zeros. */
function npyOfZeros(rows: number, columns: number): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117) + "\n";
  const head = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8];
  return Uint8Array.from([...head, ...new TextEncoder().encode(text), ...new Uint8Array(4 * rows * columns)]);
}
