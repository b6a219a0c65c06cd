import { assert, assertEquals, assertGreater, assertMatch } from "../../assert.ts";
import { run, start } from "../process.ts";
import { TOY } from "../toy_runs.ts";
import { beside, eventually, slurm, slurmTest, stepsOf, tracesOf } from "./helpers.ts";

const STEPS = 1000;
const LONG: readonly string[] = [...TOY, `--steps=${STEPS}`, "--seed=1"];

/** The folder of the only run of a command line, and what training in one go leaves in it. */
async function inOneGo(
  out: string,
): Promise<{ readonly name: string; readonly traces: Readonly<Record<string, string>> }> {
  const { code, out: printed, err } = await run("exp", [...LONG, `--out=${out}`, "--json"]);
  assertEquals(code, 0, err.join("\n"));
  const { run: folder } = JSON.parse(printed) as { readonly run: string };
  return { name: folder.slice(out.length), traces: await tracesOf(folder) };
}

slurmTest(
  "slurm saves a run before its time limit, queues it again, and it ends with the bits of one go",
  async (_, out) => {
    const { name, traces } = await inOneGo(`${out}/whole`);
    const folder = `${out}/parts${name}`;
    const log = async (): Promise<string> => {
      const sweeps = [...Deno.readDirSync(`${out}/parts/cfm-toy`)].find(({ name }) => name.startsWith("sweep-"))!;
      return await Deno.readTextFile(`${out}/parts/cfm-toy/${sweeps.name}/logs/run-001.log`);
    };
    let before = 0;
    const sweep = slurm(0, ...LONG, `--out=${out}/parts`, "--watch", "--time=1", "--grace=15");
    const { runs } = await beside(sweep, async () => {
      await eventually("steps", 60, async () => await stepsOf(folder) >= 50);
      // Slurm looks at limits twice a minute: the run pauses, so that it is not done before.
      const { pid } = JSON.parse(await Deno.readTextFile(`${folder}/.lock`)) as { readonly pid: number };
      // Process 0 would be this one's whole group.
      assertGreater(pid, 1);
      Deno.kill(pid, "SIGSTOP");
      before = await stepsOf(folder);
      try {
        await eventually("the warning", 90, async () => (await log()).includes("== the time limit is near, saving"));
      } finally {
        Deno.kill(pid, "SIGCONT");
      }
    });
    assertEquals(runs.map(({ status }) => status), ["finished"]);
    const text = await log();
    assertMatch(
      text,
      /start 1\n[^]*Stopped by SIGTERM[^]*start 2\n[^]*continuing at step \d+ of 1000[^]*== exit code 0\n/,
    );
    assertGreater(Number(/continuing at step (\d+)/.exec(text)![1]), before - 1);
    assertEquals(await tracesOf(folder), traces);
  },
);

slurmTest("slurm goes on after scontrol requeue and a killed watcher with the bits of one go", async (cluster, out) => {
  const { name, traces } = await inOneGo(`${out}/whole`);
  const folder = `${out}/parts${name}`;
  const args = [...LONG, `--out=${out}/parts`, "--watch"];
  const watching = start("slurm", [...args, "--poll=1"]);
  await eventually("steps", 60, async () => await stepsOf(folder) >= 50);
  watching.kill("SIGKILL");
  await cluster.call("scontrol", "requeue", "1_1");
  await watching.outcome;
  const before = await stepsOf(folder);
  assert(before < STEPS, "the run ended before it was queued again");
  const { runs, err } = await slurm(0, ...args);
  assertMatch(err.join("\n"), /1 of 1 runs are in the queue already/);
  assertEquals(runs.map(({ status, job }) => [status, job]), [["finished", "1_1"]]);
  assertEquals(await tracesOf(folder), traces);
});
