import { hostArray } from "../../core/host_array.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { assertFailed, run, start, until } from "../experiments/process.ts";
import { exists } from "../experiments/process.ts";
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
  assertFailed(await run("data", ["improt", "a", "b"]), 2, /Unknown command "improt".*did you mean "import"/);
  assertFailed(await run("data", ["import", "a"]), 2, /Cannot run "import" with 1 paths/);
  assertFailed(await run("data", ["info", "a", "--chunkrows", "3"]), 2, /Unknown flag "--chunkrows"/);
  assertFailed(await run("data", ["info", "a", "--overwrite"]), 2, /"--overwrite" does not go with "info"/);
  assertFailed(await run("data", ["import", "a", "b", "--chunk-rows", "0"]), 2, /at least 1, got "0"/);
  assertFailed(await run("data", ["import", "a", "b", "--zarr-format", "4"]), 2, /expects one of 2, 3, got "4"/);
  assertFailed(await run("data", ["import", "a", "b", "--layer"]), 2, /needs a value/);
});

Deno.test("a place that must not be written is told with exit code 1", () =>
  inFolder(async (folder) => {
    await writeTable(`${folder}/in.zarr`, 3, 2);
    const args = ["import", `${folder}/in.zarr`, `${folder}/out.zarr`];
    const { outcome } = start("data", args, ["--no-prompt", "--allow-read", "--allow-env"]);
    assertFailed(await outcome, 1, /^Cannot (write|use) .*write access/);
    assertEquals(await exists(`${folder}/out.zarr`), false);
  }));

Deno.test("Ctrl-C stops an import with exit code 130, and the same command goes on", () =>
  inFolder(async (folder) => {
    await writeTable(`${folder}/in.zarr`, 60_000, 300);
    const args = ["import", `${folder}/in.zarr`, `${folder}/out.zarr`, "--chunk-rows", "100"];
    const running = start("data", args);
    await until(running, "rows were written", () => exists(`${folder}/out.zarr.partial/X/20.0`));
    running.kill("SIGINT");
    const stopped = await running.outcome;
    assertEquals(stopped.code, 130, stopped.err.join("\n"));
    assertStringIncludes(stopped.err.at(-1)!, "the same command goes on where it stopped");
    assertEquals(await exists(`${folder}/out.zarr`), false);
    const finished = await run("data", args);
    assertEquals(finished.code, 0);
    assertStringIncludes(finished.err.join("\n"), "Going on with the interrupted import");
    assertEquals(await exists(`${folder}/out.zarr.partial`), false);
    assertEquals((await run("data", ["validate", `${folder}/out.zarr`])).code, 0);
  }));
