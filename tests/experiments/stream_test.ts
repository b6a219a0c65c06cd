import { openAnnData } from "../../core/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { inTempFolder, namesIn } from "../core/run/helpers.ts";
import { assertFailed, exists, run, start, until } from "./process.ts";
import { TOY } from "./toy_runs.ts";

/** Three blocks of 16,384 cells, the last one not full. */
const COUNT = 40_000;

async function cellsOf(store: string): Promise<readonly string[]> {
  const chunks = await namesIn(`${store}/X`);
  return await Promise.all(
    chunks.map(async (name) => `${name} ${(await Deno.readFile(`${store}/X/${name}`)).toHex()}`),
  );
}

Deno.test("sample --count writes a store that parts share, that goes on after SIGKILL, and that eval measures", () =>
  inTempFolder(async (out) => {
    const trained = await run("exp", [...TOY, "--steps=20", "--json", `--out=${out}`]);
    assertEquals(trained.code, 0, trained.err.join("\n"));
    const folder: string = JSON.parse(trained.out).run;

    const killed = start("sample", [folder, `--count=${COUNT}`, `--out=${out}/killed`]);
    const growing = `${out}/killed/samples.zarr.growing`;
    await until(killed, "a chunk", () => exists(`${growing}/X/0.0`));
    killed.kill("SIGKILL");
    await killed.outcome;
    const parts = await Promise.all(
      [1, 2].map((i) => run("sample", [folder, `--count=${COUNT}`, `--out=${out}/parts`, `--part=${i}/2`, "--json"])),
    );
    for (const { code, err } of parts) assertEquals(code, 0, err.join("\n"));
    const [first, second] = parts.map(({ out }) => JSON.parse(out));
    assertEquals(first.samples, [`${out}/parts/samples.zarr`]);
    assertEquals(first.drawn + second.drawn, COUNT);
    assertEquals(Math.min(first.missing, second.missing), 0);
    const left = (await namesIn(`${growing}/X`).catch((): string[] => [])).filter((name) => /^\d/.test(name)).length;
    const resumed = await run("sample", [folder, `--count=${COUNT}`, `--out=${out}/killed`]);
    assertEquals([resumed.code, resumed.out], [0, `samples: ${out}/killed/samples.zarr\n`], resumed.err.join("\n"));
    if (left > 0) assertMatch(resumed.err.join("\n"), /continuing .*: \d of 3 blocks are written/);
    assertEquals(await cellsOf(`${out}/killed/samples.zarr`), await cellsOf(`${out}/parts/samples.zarr`));
    assertEquals(await namesIn(`${out}/killed`), ["samples.zarr"]);
    assertEquals((await openAnnData(`${out}/killed/samples.zarr`)).obs.rows, COUNT);

    const before = await Deno.readTextFile(`${folder}/result.json`);
    const { code, out: text, err } = await run("eval", [folder, `--samples=${out}/parts/samples.zarr`, "--json"]);
    assertEquals(code, 0, err.join("\n"));
    const { metrics, notes } = JSON.parse(text);
    assertEquals(Object.keys(metrics), ["w2", "w1", "gaussian-w2"]);
    const result = JSON.parse(before);
    assert(
      Math.abs(metrics.w1 - result.metrics.w1) < 0.3,
      `${metrics.w1} of ${COUNT} cells, ${result.metrics.w1} of 64`,
    );
    assert(notes.some((note: string) => /on a uniform sample of 400 of the 40000 cells/.test(note)), notes.join("\n"));
    assertEquals(await Deno.readTextFile(`${folder}/result.json`), before);

    for (
      const [verb, args, problem] of [
        ["sample", ["--part=1/2"], /^Flag "--part" is for a number of cells: say how many by --count$/],
        ["sample", ["--count=5", "--part=3/2"], /^Flag "--part" expects K\/N with K from 1 to N, .* got "3\/2"$/],
        ["sample", ["--count=5", "--repeats=2"], /^Flag "--repeats" does not go with --count/],
        ["eval", ["--samples=x.zarr", "--repeats=2"], /^Flag "--repeats" does not go with --samples/],
      ] as const
    ) assertFailed(await run(verb, [folder, ...args]), 2, problem);
    const other = ["sample", [folder, `--count=${COUNT}`, `--out=${out}/other`]] as const;
    await Deno.mkdir(`${out}/other`);
    assertEquals((await run(other[0], [...other[1], "--part=1/3"])).code, 0);
    assertFailed(
      await run(other[0], [...other[1], "--seed=9"]),
      1,
      /it differs in seed \(2025 there, 9 now\); remove it/,
    );
  }));
