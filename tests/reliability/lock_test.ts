import { assert, assertEquals, assertMatch } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { runIn, start } from "./runs.ts";

const TOY = ["cfm-toy", "--steps=1000000", "--set=dataset.config.size=400", "--set=train.checkpointEvery=20"];

Deno.test("of eight processes that begin one run at the same moment one wins, and the others are told who it is", () =>
  inTempFolder(async (out) => {
    const all = Array.from({ length: 8 }, () => start("main.ts", [...TOY, `--out=${out}`]));
    const ended = new Map<number, readonly string[]>();
    for (const { pid, ended: end } of all) end.then(({ err }) => ended.set(pid, err));
    while (ended.size < 7) await new Promise((done) => setTimeout(done, 50));
    const winner = all.find(({ pid }) => !ended.has(pid))!;
    const run = (await runIn(out))!;
    try {
      for (const [pid, err] of ended) {
        assertMatch(
          err.at(-1) ?? "",
          new RegExp(
            `^Cannot use run folder ".*": since \\d{4}-\\d\\d-\\d\\d [\\d:]{8} UTC on ${Deno.hostname()}, ` +
              `process ${winner.pid} is writing it; wait for it or choose another folder with --out$`,
          ),
          `${pid}: ${err.join("\n")}`,
        );
      }
      // Reading needs no lock; what writes is told as well.
      const sampling = await start("runs.ts", ["sample", run]).ended;
      assertMatch(sampling.err.at(-1)!, new RegExp(`process ${winner.pid} is writing it|it has no checkpoint yet`));
    } finally {
      winner.kill();
      await winner.ended;
    }
    // A holder that was killed leaves its number behind, and that keeps nobody out.
    assertEquals(JSON.parse(await Deno.readTextFile(`${run}/.lock`)).pid, winner.pid);
    const next = start("main.ts", [...TOY, `--out=${out}`]);
    try {
      while (JSON.parse(await Deno.readTextFile(`${run}/.lock`).then((text) => text || "{}")).pid !== next.pid) {
        await new Promise((done) => setTimeout(done, 50));
      }
    } finally {
      next.kill();
    }
    assert((await next.ended).code === 137);
  }));
