import { assert, assertEquals, assertGreater } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { formatProgress, progressBar } from "../../experiments/progress.ts";
import { filesIn } from "./damage.ts";
import { filesSoFar, fingerprint, runIn, start } from "./runs.ts";

const TOY = [
  ...["dataset.config.size=400", "plugin.config.batch=64", "plugin.config.network.hidden=16"],
  ...["plugin.config.sampling.cells=64", "plugin.config.sampling.points=3"],
  ...["train.logEvery=1", "train.checkpointEvery=4"],
].map((setting) => `--set=${setting}`);

Deno.test("nothing depends on the clock going forward: neither a run nor its resumption nor what it says", () =>
  inTempFolder(async (folder) => {
    const deno = [`--preload=${new URL("jumping_clock.ts", import.meta.url).href}`];
    const args = (name: string): string[] => ["cfm-toy", ...TOY, "--steps=200", `--out=${folder}/${name}`];
    const steady = await start("main.ts", args("steady")).ended;
    assertEquals(steady.code, 0, steady.err.join("\n"));
    const jumping = start("main.ts", args("jumping"), { deno });
    let run: string | undefined;
    while ((run = await runIn(`${folder}/jumping`)) === undefined || (await filesSoFar(run)).length < 12) {
      await new Promise((done) => setTimeout(done, 20));
    }
    jumping.kill();
    const said = [...(await jumping.ended).err];
    const { since } = JSON.parse(await Deno.readTextFile(`${run}/.lock`));
    assertGreater(Math.abs(Date.parse(since) - Date.now()), 24 * 3600 * 1000, "the clock did not jump");
    // Files from the future, and older ones newer than newer ones.
    for (const [i, path] of (await filesIn(run)).entries()) {
      const time = new Date(Date.now() + (i % 3 - 1) * 1e9 * (i + 1));
      await Deno.utime(path, time, time);
    }
    const resumed = await start("main.ts", args("jumping"), { deno }).ended;
    said.push(...resumed.err);
    assertEquals(resumed.code, 0, resumed.err.join("\n"));
    assert(resumed.err.some((line) => /^continuing at step \d+ of 200$/.test(line)), resumed.err.join("\n"));
    assertEquals(await fingerprint(run), await fingerprint((await runIn(`${folder}/steady`))!));
    for (const line of said) assert(!/NaN|Infinity|-\d+(\.\d+)? (s|min|h|steps)\b/.test(line), line);
  }));

Deno.test("progress says no time that is negative or no number, whatever its clock does", () => {
  const lines: string[] = [];
  const times = [0, 5000, 5000, 1000, -1e9, 7000, 1e12, 1e12, 6000];
  let look = 0;
  const now = (): number => times[look++ % times.length]!;
  {
    using bar = progressBar("training", { write: (text) => lines.push(text), columns: undefined, interval: 0, now });
    for (let step = 0; step < 40; step++) bar.report(step, 40, "");
  }
  assert(lines.length > 3);
  for (const line of [...lines, formatProgress({ stage: "a", done: 1, total: 2, note: "", rate: undefined })]) {
    assert(!/NaN|Infinity|-\d/.test(line), line);
  }
});
