import { damage, inTempFolder, onSmallDisk } from "../core/run/helpers.ts";
import { assert, assertEquals, assertGreater, assertLess, assertMatch, assertStringIncludes } from "../assert.ts";
import { assertFailed, exists, run, start, until } from "./process.ts";
import { TINY, tissueTable, writeTissue } from "./tissue_store.ts";
import { checkpoints, leftBehind, onlyRun, startTraining, TOY } from "./toy_runs.ts";

const STEPS = 400;
const LONG: readonly string[] = [...TOY, `--steps=${STEPS}`];

let whole: Promise<Readonly<Record<string, string>>> | undefined;

/** What training in one go leaves behind; made once. */
function inOneGo(): Promise<Readonly<Record<string, string>>> {
  const make = async (): Promise<Readonly<Record<string, string>>> => {
    const out = await Deno.makeTempDir({ prefix: "morphogen-" });
    try {
      const { code, err } = await run("exp", [...LONG, `--out=${out}`]);
      assertEquals(code, 0, err.join("\n"));
      return await leftBehind(out);
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  };
  return whole ??= make();
}

function stepOf(checkpoint: string | undefined): number {
  return Number(checkpoint?.slice("step-".length));
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test({
    name: `exp ends with ${code} and a checkpoint on ${signal}, and the same command gives the bits of one go`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inTempFolder(async (out) => {
        const running = await startTraining(LONG, out, 30);
        running.kill(signal);
        const stopped = await running.outcome;
        assertEquals(stopped.code, code, stopped.err.join("\n"));
        assertEquals(stopped.out, "");
        assertStringIncludes(stopped.err.at(-1)!, `Stopped by ${signal}`);
        const folder = (await onlyRun(out))!;
        const step = stepOf((await checkpoints(folder)).at(-1));
        assertGreater(step, 29);
        assertLess(step, STEPS);
        assertEquals(await exists(`${folder}/result.json`), false);
        const resumed = await run("exp", [...LONG, `--out=${out}`]);
        assertEquals(resumed.code, 0, resumed.err.join("\n"));
        assert(resumed.err.includes(`continuing at step ${step} of ${STEPS}`), resumed.err.join("\n"));
        assertEquals(await leftBehind(out), await inOneGo());
      }),
  });
}

Deno.test("exp goes on after kill -9 with the bits of one go", () =>
  inTempFolder(async (out) => {
    const running = await startTraining(LONG, out, 50);
    running.kill("SIGKILL");
    await running.outcome;
    const folder = (await onlyRun(out))!;
    assert((await checkpoints(folder)).length > 0, "no checkpoint was written before the kill");
    const { code, err } = await run("exp", [...LONG, `--out=${out}`]);
    assertEquals(code, 0, err.join("\n"));
    assertEquals(await leftBehind(out), await inOneGo());
  }));

Deno.test("exp warns of a damaged checkpoint and goes on from the one before, with the bits of one go", () =>
  inTempFolder(async (out) => {
    const running = await startTraining(LONG, out, 50);
    running.kill("SIGKILL");
    await running.outcome;
    const folder = (await onlyRun(out))!;
    const [good, bad] = (await checkpoints(folder)).slice(-2);
    await Deno.truncate(`${folder}/checkpoints/${bad}/params.safetensors`, 100);
    const { code, err } = await run("exp", [...LONG, `--out=${out}`]);
    assertEquals(code, 0, err.join("\n"));
    const warning = err.find((line) => line.startsWith("WARNING"));
    assertMatch(warning ?? "", new RegExp(`${bad}/params.* 100 bytes .*going on from step ${stepOf(good)} instead$`));
    assertEquals(await leftBehind(out), await inOneGo());
  }));

Deno.test("exp complains of damage to all checkpoints, and starts anew only with --fresh", () =>
  inTempFolder(async (out) => {
    const args = [...TOY, "--steps=20", `--out=${out}`];
    assertEquals((await run("exp", args)).code, 0);
    const folder = (await onlyRun(out))!;
    await Deno.remove(`${folder}/result.json`);
    await damage(`${folder}/checkpoints/step-00000020/ema.safetensors`, -1);
    assertFailed(
      await run("exp", args),
      1,
      /ema\.safetensors.*no other checkpoint is intact; start anew with --fresh$/,
    );
    assertEquals((await run("exp", [...args, "--fresh"])).code, 0);
    assertEquals(await exists(`${folder}.old-1/checkpoints`), true);
  }));

Deno.test("exp stops at a loss that is not finite and names step and part", () =>
  inTempFolder(async (out) => {
    const outcome = await run("exp", [...TOY, "--steps=20", "--set=train.lr=1e30", `--out=${out}`]);
    assertFailed(outcome, 1, /^Cannot go on at step \d+: "[\w-]+" is (NaN|-?Infinity); lower train\.lr/);
    assertEquals((await checkpoints((await onlyRun(out))!)).length, 1);
  }));

Deno.test("exp refuses a run folder or checkpoint of a newer version", () =>
  inTempFolder(async (out) => {
    const args = [...TOY, "--steps=20", `--out=${out}`];
    assertEquals((await run("exp", args)).code, 0);
    const folder = (await onlyRun(out))!;
    const raise = async (path: string): Promise<void> => {
      const text = await Deno.readTextFile(path);
      assertMatch(text, /"format": ?1\b/);
      await Deno.writeTextFile(path, text.replace(/"format": ?1\b/, '"format":99'));
    };
    await Deno.remove(`${folder}/result.json`);
    await raise(`${folder}/checkpoints/step-00000020/state.json`);
    assertFailed(await run("exp", args), 1, /step-00000020": a newer Morphogen wrote it \(format 99.*update/);
    await raise(`${folder}/config.json`);
    assertFailed(await run("exp", args), 1, /config\.json": a newer Morphogen wrote it \(format 99.*update/);
    assertFailed(await run("eval", [folder]), 1, /config\.json": a newer Morphogen wrote it/);
    assertFailed(await run("compare", [folder, `${folder}/`, out]), 2, /Cannot compare run/);
    assertFailed(await run("report", [folder]), 1, /config\.json": a newer Morphogen wrote it/);
  }));

Deno.test("exp refuses a run folder that another process writes", () =>
  inTempFolder(async (out) => {
    const running = await startTraining(LONG, out, 5);
    try {
      assertFailed(await run("exp", [...LONG, `--out=${out}`]), 1, /process \d+ is writing it; wait for it/);
    } finally {
      running.kill("SIGKILL");
      await running.outcome;
    }
  }));

Deno.test("exp says in one sentence that its folder cannot be written", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const args = [...TOY, "--steps=3"];
    assertFailed(
      await run("exp", [...args, `--out=${folder}/file`]),
      1,
      /^Cannot write ".*a part of the path is a file/,
    );
    const allowed = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];
    const denied = start("exp", [...args, `--out=${folder}/runs`], allowed);
    assertFailed(await denied.outcome, 1, /^Cannot write ".*--allow-write/);
  }));

Deno.test("exp says in one sentence that the disk is full, and keeps the last good checkpoint", () =>
  onSmallDisk("200k", async (out) => {
    const outcome = await run("exp", [...TOY, "--steps=2000", "--set=train.checkpointEvery=1000000", `--out=${out}`]);
    assertFailed(outcome, 1, /the disk is full, free space/);
  }));

Deno.test("exp says in one sentence that the disk is read-only", () =>
  onSmallDisk("1m", async (out) => {
    await new Deno.Command("mount", { args: ["-o", "remount,ro", out] }).output();
    assertFailed(await run("exp", [...TOY, "--steps=3", `--out=${out}`]), 1, /the file system is read-only/);
  }));

Deno.test({
  name: "exp ends promptly on SIGINT while it draws, and the same command finishes the run",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (out) => {
      const long = ["--set=plugin.config.sampling.points=300", "--set=plugin.config.sampling.cells=4096"];
      const args = [...TOY, "--steps=20", ...long, `--out=${out}`];
      const running = start("exp", args);
      await until(running, "the last checkpoint", async () => {
        const folder = await onlyRun(out);
        return folder !== undefined && (await checkpoints(folder)).includes("step-00000020");
      });
      running.kill("SIGINT");
      const { code, err } = await running.outcome;
      assertEquals(code, 130, err.join("\n"));
      const folder = (await onlyRun(out))!;
      assertEquals(await exists(`${folder}/samples.zarr`), false);
      const again = await run("exp", args);
      assertEquals(again.code, 0, again.err.join("\n"));
      assert(again.err.includes("continuing at step 20 of 20"), again.err.join("\n"));
      assertEquals(await exists(`${folder}/result.json`), true);
    }),
});

Deno.test({
  name: "exp ends promptly on SIGTERM while a plugin prepares, and the same command finishes the run",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (folder) => {
      const data = `--data=${await writeTissue(folder, "cells", tissueTable())}`;
      const out = `${folder}/runs`;
      const args = [
        "nicheflow-med",
        data,
        ...TINY,
        "--steps=2",
        "--set=plugin.config.classifier.epochs=300",
        `--out=${out}`,
      ];
      const running = start("exp", args);
      await until(running, "the run folder", async () => {
        const found = await onlyRun(out, "nicheflow-med");
        return found !== undefined && await exists(`${found}/config.json`);
      });
      running.kill("SIGTERM");
      const { code, err } = await running.outcome;
      assertEquals(code, 143, err.join("\n"));
      const found = (await onlyRun(out, "nicheflow-med"))!;
      assertEquals(await exists(`${found}/checkpoints/step-00000002`), false);
      const again = await run("exp", args);
      assertEquals(again.code, 0, again.err.join("\n"));
      assertEquals(await exists(`${found}/result.json`), true);
    }),
});

Deno.test("exp warns where a run goes on with another backend", () =>
  inTempFolder(async (out) => {
    const args = [...TOY, "--steps=20", `--out=${out}`];
    assertEquals((await run("exp", [...args, "--backend=wasm"])).code, 0);
    await Deno.remove(`${await onlyRun(out)}/result.json`);
    const { code, err } = await run("exp", [...args, "--backend=cpu"]);
    assertEquals(code, 0, err.join("\n"));
    assert(err.some((line) => /^WARNING: the run was on backend wasm .* on cpu now/.test(line)), err.join("\n"));
  }));
