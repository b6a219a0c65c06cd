import { inTempFolder, namesIn } from "../core/run/helpers.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../assert.ts";
import { assertFailed, run } from "./process.ts";
import { onlyRun, TOY } from "./toy_runs.ts";

async function stepsLogged(folder: string): Promise<number[]> {
  const lines = (await Deno.readTextFile(`${folder}/metrics.jsonl`)).trim().split("\n");
  return lines.map((line) => JSON.parse(line).step);
}

async function params(folder: string, step: number): Promise<string> {
  const name = `step-${String(step).padStart(8, "0")}`;
  return (await Deno.readFile(`${folder}/checkpoints/${name}/params.safetensors`)).toHex();
}

Deno.test("exp --from takes the parameters of another run and makes all its steps", () =>
  inTempFolder(async (out) => {
    // Folders of the two seeds begin alike, ...-s1 and ...-s11.
    assertEquals((await run("exp", [...TOY, "--steps=20", "--seed=11", `--out=${out}`])).code, 0);
    const first = (await onlyRun(out))!;
    const second = first.replace(/s11$/, "s1");
    const { code, err } = await run("exp", [...TOY, "--steps=20", "--seed=1", `--from=${first}`, `--out=${out}`]);
    assertEquals(code, 0, err.join("\n"));
    assert(err.includes(`starting from the parameters of ${first}/checkpoints/step-00000020`), err.join("\n"));
    assertEquals(await stepsLogged(second), Array.from({ length: 20 }, (_, i) => i + 1));
    const config = JSON.parse(await Deno.readTextFile(`${second}/config.json`));
    assertEquals(config.from, first);
    assertNotEquals(await params(second, 20), await params(first, 20));
    const report = JSON.parse(await Deno.readTextFile(`${second}/report.json`));
    assertStringIncludes(report.rerun[0], `--from ${first}`);
    const other = await run("exp", [...TOY, "--steps=20", "--seed=1", `--from=${second}`, `--out=${out}`]);
    assertFailed(other, 2, /it differs in from .*start anew with --fresh/);
  }));

Deno.test("exp --fresh --from itself starts from what was put aside", () =>
  inTempFolder(async (out) => {
    const args = [...TOY, "--steps=20", `--out=${out}`];
    assertEquals((await run("exp", args)).code, 0);
    const folder = (await onlyRun(out))!;
    const { code, err } = await run("exp", [...args, "--fresh", `--from=${folder}`]);
    assertEquals(code, 0, err.join("\n"));
    assert(err.some((line) => line.startsWith(`starting from the parameters of ${folder}.old-1/`)), err.join("\n"));
    assertEquals(await stepsLogged(folder), Array.from({ length: 20 }, (_, i) => i + 1));
    assertEquals((await namesIn(`${out}/cfm-toy`)).length, 2);
  }));

Deno.test("exp --from refuses parameters of another network, and what is no checkpoint", () =>
  inTempFolder(async (out) => {
    assertEquals((await run("exp", [...TOY, "--steps=3", `--out=${out}`])).code, 0);
    const from = `--from=${await onlyRun(out)}`;
    const wider = await run("exp", [...TOY, "--steps=3", "--set=plugin.config.network.hidden=8", from, `--out=${out}`]);
    assertFailed(wider, 1, /^Cannot use checkpoint ".*": parameter ".*" is \[.*\] there and \[.*\] in this model; use/);
    const nothing = await run("exp", [...TOY, "--steps=4", `--from=${out}`, `--out=${out}`]);
    assertFailed(nothing, 1, /^Cannot start from ".*": expected a checkpoint or a run folder with checkpoints$/);
  }));
