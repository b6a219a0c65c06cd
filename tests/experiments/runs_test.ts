import { readResult } from "../../core/mod.ts";
import { inTempFolder, namesIn } from "../core/run/helpers.ts";
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertNotEquals } from "../assert.ts";
import { hasChromium, openInChromium } from "../chromium.ts";
import { assertFailed, exists, run } from "./process.ts";
import { onlyRun, startTraining, TOY } from "./toy_runs.ts";

const SHORT: readonly string[] = [...TOY, "--steps=20"];

/** Train a toy and return its folder. */
async function trained(out: string, ...args: readonly string[]): Promise<string> {
  const outcome = await run("exp", [...SHORT, ...args, "--json", `--out=${out}`]);
  assertEquals(outcome.code, 0, outcome.err.join("\n"));
  return JSON.parse(outcome.out).run;
}

Deno.test("eval gives the numbers of the run again, and a spread with --repeats", () =>
  inTempFolder(async (out) => {
    const folder = await trained(out);
    const before = (await readResult({ folder }))!;
    await Deno.remove(`${folder}/report.html`);
    const once = await run("eval", [folder, "--json"]);
    assertEquals(once.code, 0, once.err.join("\n"));
    const result = JSON.parse(once.out);
    assertEquals(result.metrics, before.metrics);
    assertEquals(Object.keys(result), Object.keys(before));
    assertEquals(await exists(`${folder}/report.html`), true);
    const thrice = JSON.parse((await run("eval", [`${folder}/`, "--repeats=3", "--json"])).out);
    assertEquals(thrice.detail.map(({ spread }: { spread?: number }) => typeof spread), ["number", "number", "number"]);
    assertNotEquals(thrice.metrics.w2, result.metrics.w2);
    assertEquals(await readResult({ folder }), thrice);
  }));

Deno.test("eval takes other settings, says so, and refuses those of another network", () =>
  inTempFolder(async (out) => {
    const folder = await trained(out);
    const before = JSON.parse(await Deno.readTextFile(`${folder}/result.json`));
    const coarse = await run("eval", [folder, "--set=plugin.config.sampling.points=2", "--json"]);
    assertEquals(coarse.code, 0, coarse.err.join("\n"));
    const { metrics, notes } = JSON.parse(coarse.out);
    assertNotEquals(metrics, before.metrics);
    assert(
      notes.includes("evaluated with other settings than trained with: plugin.config.sampling.points=2"),
      notes.join("\n"),
    );
    assertFailed(
      await run("eval", [folder, "--set=plugin.config.network.hidden=7"]),
      1,
      /\[16, 2\] there and \[7, 2\] in this model/,
    );
  }));

Deno.test("eval of an interrupted run reports on it, and leaves it to go on", () =>
  inTempFolder(async (out) => {
    const args = [...TOY, "--steps=2000"];
    const running = await startTraining(args, out, 30);
    running.kill("SIGKILL");
    await running.outcome;
    const folder = (await onlyRun(out))!;
    assertFailed(
      await run("compare", [folder, `${folder}-other`]),
      1,
      /^Cannot (compare run ".*": it is not finished|open run)/,
    );
    const { code, out: text, err } = await run("eval", [folder, "--json"]);
    assertEquals(code, 0, err.join("\n"));
    assert(err.some((line) => /^training stopped at step \d+ of 2000: /.test(line)), err.join("\n"));
    assertMatch(text, /"steps":\d{2},/);
    assertEquals(await exists(`${folder}/report.html`), true);
    assertEquals(await exists(`${folder}/result.json`), false);
  }));

Deno.test("sample repeats the run's cells by default, and draws others with another seed", () =>
  inTempFolder(async (out) => {
    const folder = await trained(out);
    const cells = async (store: string): Promise<string> => (await Deno.readFile(`${store}/X/0.0`)).toHex();
    const own = JSON.parse((await run("sample", [folder, "--json"])).out);
    assertEquals(own, { run: folder, samples: [`${folder}/samples-s2025.zarr`] });
    assertEquals(await cells(own.samples[0]), await cells(`${folder}/samples.zarr`));
    const { code, err } = await run("sample", [folder, "--seed=1", "--repeats=2", `--out=${out}/more`]);
    assertEquals(code, 0, err.join("\n"));
    assertEquals(await namesIn(`${out}/more`), ["samples-1.zarr", "samples-2.zarr"]);
    const drawn = await Promise.all(["1", "2"].map((i) => cells(`${out}/more/samples-${i}.zarr`)));
    assertEquals(new Set([...drawn, await cells(own.samples[0])]).size, 3);
  }));

Deno.test("report rebuilds the page to the letter, and shows drawings that were changed", () =>
  inTempFolder(async (out) => {
    const folder = await trained(out);
    const path = `${folder}/report.html`;
    const before = await Deno.readTextFile(path);
    await Deno.remove(path);
    assertEquals((await run("report", [folder])).out, `report: ${path}\n`);
    assertEquals(await Deno.readTextFile(path) === before, true, "the page differs");
    const drawing = `${folder}/figures/samples.svg`;
    await Deno.writeTextFile(drawing, (await Deno.readTextFile(drawing)).replace("<title>", "<title>By hand: "));
    await run("report", [folder]);
    assertMatch(await Deno.readTextFile(path), /By hand: /);
    await Deno.remove(drawing);
    assertFailed(await run("report", [folder]), 1, /samples\.svg is missing; write it anew with "deno task eval /);
    await Deno.remove(`${folder}/report.json`);
    assertFailed(await run("report", [folder]), 1, /it has no report\.json; write it anew with "deno task eval /);
  }));

Deno.test("compare sets runs side by side as text, JSON and page", () =>
  inTempFolder(async (out) => {
    const a = await trained(out);
    const b = await trained(out, "--seed=1", "--set=train.lr=5e-4");
    const text = await run("compare", [a, b]);
    assertEquals([text.code, text.err.length], [0, 0]);
    for (const pattern of [/^metric .*cfm-toy\/\w+-s2025 +cfm-toy\/\w+-s1$/m, /^w2 +↓ +[\d.]+ +[\d.]+$/m]) {
      assertMatch(text.out, pattern);
    }
    assertMatch(text.out, /^train\.lr +0\.002 +0\.0005$/m);
    const page = `${out}/compare.html`;
    const { runs, differences } = JSON.parse((await run("compare", [a, b, "--json", `--html=${page}`])).out);
    assertEquals(runs.map(({ run }: { run: string }) => run), [a, b]);
    assertEquals(differences, [
      { path: "seed", values: [2025, 1] },
      { path: "train.lr", values: [0.002, 0.0005] },
    ]);
    const c = await trained(out, "--seed=1");
    const means = await run("compare", [a, b, c]);
    assertMatch(means.out, /^metric .*cfm-toy\/\w+ \(2 seeds\) +cfm-toy\/\w+-s1$/m);
    assertMatch(means.out, /^w2 +↓ +[\d.]+ ± [\d.]+ +[\d.]+$/m);
    assertMatch(means.out, /^seed +\[2025,1\] +1$/m);
    const { groups } = JSON.parse((await run("compare", [a, b, c, "--json"])).out);
    assertEquals(groups.map(({ runs }: { runs: readonly string[] }) => runs), [[a, c], [b]]);
    const w2 = await Promise.all(
      [a, c].map(async (folder) => JSON.parse(await Deno.readTextFile(`${folder}/result.json`)).metrics.w2),
    );
    const mean = groups[0].detail.find(({ name }: { name: string }) => name === "w2");
    assertAlmostEquals(mean.value, (w2[0] + w2[1]) / 2, 1e-12);
    assertAlmostEquals(mean.spread, Math.abs(w2[0] - w2[1]) / Math.SQRT2, 1e-12);
    if (!hasChromium) return;
    const { dom, console } = await openInChromium(`file://${await Deno.realPath(page)}`);
    assertEquals(console, []);
    for (const id of ["samples", "ways", "loss"]) assert(dom.includes(`id="figure-${id}"`), id);
  }));

Deno.test("commands over runs end with one sentence on what is no such run", () =>
  inTempFolder(async (out) => {
    for (const verb of ["sample", "eval", "report"]) {
      assertFailed(
        await run(verb, [`${out}/nothing`]),
        1,
        /^Cannot open run ".*nothing": there is no config\.json; name/,
      );
      assertFailed(await run(verb, []), 2, /^Cannot .* 0 runs: name one run folder/);
      assertFailed(await run(verb, ["a", "b"]), 2, /^Cannot .* 2 runs: name one run folder/);
      assertFailed(await run(verb, ["a", "--sed=1"]), 2, /^Unknown flag "--sed"/);
      assertMatch((await run(verb, ["--help"])).out, new RegExp(`^Usage: deno task ${verb} RUN`));
    }
    assertFailed(await run("compare", ["a"]), 2, /^Cannot compare 1 run: name at least two/);
    assertFailed(await run("compare", ["a", "a/"]), 2, /^Cannot compare run "a" with itself/);

    // A run that was only prepared: its record is there, a checkpoint is not.
    const folder = await trained(out);
    await Deno.remove(`${folder}/checkpoints`, { recursive: true });
    assertFailed(await run("eval", [folder]), 1, /it has no checkpoint yet; train it with "deno task exp cfm-toy"$/);
    // Without its SHA-256, as after an edit on purpose.
    const config = (await Deno.readTextFile(`${folder}/config.json`)).replace(/,\s*"sha256": "\w+"/, "");
    await Deno.writeTextFile(`${folder}/config.json`, config.replace('"cfm-toy"', '"cfm-boy"'));
    assertFailed(
      await run("sample", [folder]),
      1,
      /this version has no experiment "cfm-boy"; if it came with a plugin from outside/,
    );
    await Deno.writeTextFile(`${folder}/config.json`, config.replace('"name": "cfm"', '"name": "mine"'));
    assertFailed(await run("eval", [folder]), 2, /^Cannot find plugin "mine".*; name the module .* by --plugin$/);
    await Deno.writeTextFile(`${folder}/config.json`, "{");
    assertFailed(await run("eval", [folder]), 1, /config\.json": it is not valid JSON$/);
  }));
