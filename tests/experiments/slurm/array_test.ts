import { lockFolder } from "../../../core/run/lock.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { assertFailed, run, start } from "../process.ts";
import { beside, CHEAP, eventually, slurm, slurmTest, statesIn } from "./helpers.ts";

slurmTest(
  "slurm runs a sweep as one array, goes on after a failure and submits only that run again",
  async (cluster, out) => {
    const args = [...CHEAP, "--sweep=seed=1,2,3", `--out=${out}`];
    const planned = await slurm(0, ...args, "--dry-run");
    assertEquals(planned.runs.map(({ status }) => status), ["waiting", "waiting", "waiting"]);
    const second = planned.runs[1]!.folder;
    await Deno.mkdir(second, { recursive: true });
    const lock = await lockFolder(second);
    const first = await slurm(1, ...args, "--watch");
    assertEquals(first.folder, planned.folder);
    assertEquals(first.runs.map(({ status, job }) => [status, job]), [
      ["finished", "1_1"],
      ["failed", "1_2"],
      ["finished", "1_3"],
    ]);
    assertMatch(first.runs[1]!.error!, /is writing it; wait for it/);
    assertStringIncludes(await Deno.readTextFile(`${first.folder}/logs/run-002.log`), "== exit code 1\n");
    lock[Symbol.dispose]();

    const again = await slurm(0, ...args, "--watch");
    assertEquals(again.runs.map(({ status, job }) => [status, job]), [
      ["earlier", undefined],
      ["finished", "4_2"],
      ["earlier", undefined],
    ]);
    assertStringIncludes(again.err.join("\n"), "submitted 1 of 3 runs as job 4");
    assertStringIncludes((await slurm(0, ...args)).err.join("\n"), "3 of 3 runs were finished before");
    assertEquals((await cluster.call("squeue", "--noheader")).trim(), "");

    const { out: alone } = await run("exp", [...CHEAP, "--seed=2", "--json", `--out=${out}/alone`]);
    assertEquals(again.runs[1]!.result!.metrics, JSON.parse(alone).metrics);
    const table = await Deno.readTextFile(`${again.folder}/table.txt`);
    assertMatch(table, /^runs +w2 +w1 +evaluations\n[─ ]+\n +3 /);
  },
);

slurmTest("slurm submits failed runs again by itself with --retries", async (_, out) => {
  const args = [...CHEAP, "--sweep=seed=1,2", `--out=${out}`];
  const planned = await slurm(0, ...args, "--dry-run");
  const second = planned.runs[1]!.folder;
  await Deno.mkdir(second, { recursive: true });
  const lock = await lockFolder(second);
  // More than one, since a quick machine may begin the next attempt before the lock is given back.
  const { runs, err } = await beside(slurm(0, ...args, "--watch", "--retries=20"), async () => {
    const log = `${planned.folder}/logs/run-002.log`;
    const text = (): Promise<string> => Deno.readTextFile(log).catch(() => "");
    await eventually("one failed", 60, async () => (await text()).includes("== exit code 1\n"));
    lock[Symbol.dispose]();
  });
  assertEquals(runs.map(({ status }) => status), ["finished", "finished"]);
  assertMatch(err.join("\n"), /seed=2: FAILED: .* is writing it[^]*submitted 1 of 2 runs[^]*\[1\/1\] seed=2: done/);
});

slurmTest("slurm submits nothing twice, and what was cancelled again", async (cluster, out) => {
  const args = [...CHEAP, "--sweep=seed=1,2,3", `--out=${out}`];
  const held = await slurm(0, ...args, "--sbatch=hold");
  assertEquals(held.runs.map(({ status }) => status), ["queued", "queued", "queued"]);
  // As if the process had been killed right after it submitted.
  await Deno.remove(`${held.folder}/sweep.json`);
  const twice = await slurm(0, ...args, "--sbatch=hold");
  assertStringIncludes(twice.err.join("\n"), "3 of 3 runs are in the queue already");
  assertEquals(twice.runs.map(({ job }) => job), ["1_1", "1_2", "1_3"]);

  await Deno.remove(`${held.folder}/sweep.json`);
  const watched = await beside(slurm(1, ...args, "--watch"), async () => {
    await eventually("it watches", 60, async () => (await statesIn(held.folder)).includes("queued"));
    await cluster.call("scancel", "1_2");
    await eventually("the cancelled one is noticed", 30, async () => (await statesIn(held.folder)).includes("failed"));
    await cluster.call("scontrol", "release", "1");
  });
  assertEquals(watched.runs.map(({ status, error }) => [status, error]), [
    ["finished", undefined],
    ["failed", "it left the queue before it began, as when it is cancelled"],
    ["finished", undefined],
  ]);
  assertStringIncludes((await slurm(0, ...args, "--watch")).err.join("\n"), "submitted 1 of 3 runs");
});

slurmTest("slurm leaves the runs to the queue on Ctrl-C and on kill -9, and the same command goes on following", async (
  cluster,
  out,
) => {
  const args = [...CHEAP, "--sweep=seed=1,2", `--out=${out}`, "--watch"];
  const { folder } = await slurm(0, ...args.slice(0, -1), "--sbatch=hold");
  for (const [signal, code] of [["SIGINT", 130], ["SIGKILL", 137]] as const) {
    await Deno.remove(`${folder}/sweep.json`);
    const watching = start("slurm", [...args, "--poll=1"]);
    await eventually("it watches", 60, async () => (await statesIn(folder)).length === 2);
    const second = await run("slurm", args);
    assertFailed(second, 1, /process \d+.* is writing it/);
    watching.kill(signal);
    const ended = await watching.outcome;
    assertEquals(ended.code, code, ended.err.join("\n"));
    if (signal === "SIGINT") assertMatch(ended.err.join("\n"), /the runs go on; scancel --name=cfm-toy-\w+ ends them/);
  }
  await cluster.call("scontrol", "release", "1");
  const { runs } = await slurm(0, ...args);
  assertEquals(runs.map(({ status, job }) => [status, job]), [["finished", "1_1"], ["finished", "1_2"]]);
});

slurmTest("slurm goes on following when the controller was away", async (cluster, out) => {
  const args = [...CHEAP, `--out=${out}`];
  const { folder } = await slurm(0, ...args, "--sbatch=hold");
  await Deno.remove(`${folder}/sweep.json`);
  const { runs, err } = await beside(slurm(0, ...args, "--watch"), async () => {
    await eventually("it watches", 60, async () => (await statesIn(folder)).length === 1);
    // squeue tries for 9 seconds, and may have begun with the controller still there: time for two looks.
    await cluster.withoutController(() => new Promise((done) => setTimeout(done, 25_000)));
    await cluster.call("scontrol", "release", "1");
  });
  assertEquals(runs.map(({ status, job }) => [status, job]), [["finished", "1_1"]]);
  assertMatch(err.join("\n"), /WARNING: Cannot see the queue, squeue says: .*; the runs go on, try again later/);
});

slurmTest("slurm hands on what sbatch says, with what helps", async (_, out) => {
  const args = [...CHEAP, `--out=${out}`];
  const refused = async (more: string, sentence: RegExp): Promise<void> => {
    assertFailed(await run("slurm", [...args, more]), 2, sentence);
  };
  await refused("--partition=nope", /^Cannot submit, sbatch says: invalid partition .*nope.* --partition: small$/);
  await refused("--gpus=1", /Invalid generic resource.*change --gpus$/);
  await refused("--mem=900G", /Memory specification.*change --mem or --cpus$/);
  await refused("--time=soon", /Invalid --time specification.*change --time$/);
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", "/nowhere");
  try {
    await refused("--cpus=1", /^Cannot find squeue: expected Slurm's commands on PATH; .* deno task exp NAME --sweep$/);
  } finally {
    Deno.env.set("PATH", path);
  }
});
