import { ConfigError } from "../../../core/errors.ts";
import type { SweepPlan, SweepRun } from "../../../experiments/plan.ts";
import { parseSlurmArguments, type SlurmFlags } from "../../../experiments/slurm/flags.ts";
import { withQueue } from "../../../experiments/slurm/sweep_on_slurm.ts";
import { jobNameOf, sbatchArguments } from "../../../experiments/slurm/submit.ts";
import { parseQueue } from "../../../experiments/slurm/queue.ts";
import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "../../assert.ts";

function planIn(folder: string, ...statuses: readonly SweepRun["status"][]): SweepPlan {
  const runs = statuses.map((status, i): SweepRun => ({ values: {}, arguments: [], folder: `${folder}/${i}`, status }));
  return { name: "to y", folder, runs };
}

function flags(...args: readonly string[]): SlurmFlags {
  return parseSlurmArguments(args).slurm;
}

Deno.test("sbatchArguments() says what is asked for, and no more", async () => {
  const plan = planIn("/runs/100%/sweep");
  assertEquals(await sbatchArguments(plan, [0, 1, 2, 5, 7, 8], flags()), [
    "--parsable",
    `--job-name=${await jobNameOf(plan)}`,
    "--array=1-3,6,8-9",
    "--nodes=1",
    "--ntasks=1",
    "--requeue",
    "--open-mode=append",
    "--signal=B:USR1@60",
    "--output=/runs/100%%/sweep/logs/run-%3a.log",
    "/runs/100%/sweep/job.sh",
  ]);
  const words = "--partition=a --gpus=2 --time=1:00 --cpus=4 --mem=2G --array-limit=3 --grace=90 --sbatch=account=lab";
  const full = await sbatchArguments(plan, [0], flags(...words.split(" ")));
  assertEquals(full.filter((word) => /array|signal/.test(word)), ["--array=1%3", "--signal=B:USR1@90"]);
  assertEquals(full.slice(-7, -1), [
    "--partition=a",
    "--gpus=2",
    "--time=1:00",
    "--cpus-per-task=4",
    "--mem=2G",
    "--account=lab",
  ]);
  const odd = planIn("/runs/a\\b");
  assertMatch(
    (await assertRejects(() => sbatchArguments(odd, [0], flags()), ConfigError)).message,
    /backslash; choose/,
  );
});

Deno.test("jobNameOf() depends on the folder and needs no quotes", async () => {
  assertMatch(await jobNameOf(planIn("/a")), /^to-y-[0-9a-f]{8}$/);
  assertNotEquals(await jobNameOf(planIn("/a")), await jobNameOf(planIn("/b")));
});

Deno.test("withQueue() leaves to be submitted what has neither a result nor a task that is alive", () => {
  const plan = planIn("/a", "earlier", "waiting", "waiting", "waiting", "waiting");
  const { runs } = withQueue(plan, parseQueue("3|1|RUNNING\n3|2|RUNNING\n3|3|FAILED\n4|3|PENDING\n3|4|CANCELLED\n"));
  assertEquals(runs.map(({ status, job }) => [status, job]), [
    ["earlier", undefined],
    ["queued", "3_2"],
    ["queued", "4_3"],
    ["waiting", undefined],
    ["waiting", undefined],
  ]);
});
