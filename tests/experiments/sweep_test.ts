import { CheckpointError, ConfigError } from "../../core/errors.ts";
import { parseArguments } from "../../experiments/arguments.ts";
import { planRuns, planSweep, type SweepPlan } from "../../experiments/plan.ts";
import { runSweep, type SweepOutcome } from "../../experiments/sweep.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { folderOf } from "./fake_experiment.ts";

const FAKE = new URL("./fake_experiment.ts", import.meta.url).href;

function fakeCommand(args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
  return { command: Deno.execPath(), args: ["run", "--quiet", "-A", FAKE, ...args] };
}

function plan(out: string, ...flags: readonly string[]): Promise<SweepPlan> {
  return planSweep(parseArguments(["toy", `--out=${out}`, ...flags]), (args) => Promise.resolve(folderOf(args)));
}

async function run(planned: SweepPlan, jobs = 2): Promise<readonly [SweepOutcome, readonly string[]]> {
  const said: string[] = [];
  const progress = { write: (text: string): number => said.push(text), columns: undefined };
  return [await runSweep(planned, { jobs, command: fakeCommand, progress }), said];
}

async function diary(out: string): Promise<string[]> {
  return (await Deno.readTextFile(`${out}/diary`)).trim().split("\n").sort();
}

Deno.test("runSweep() runs all combinations and averages over seeds", async () => {
  await inTempFolder(async (out) => {
    const [outcome, said] = await run(await plan(out, "--set=size=5", "--sweep=size=10,20", "--sweep=seed=1,2,3"));
    assertEquals(outcome.exitCode, 0);
    assertEquals(
      await diary(out),
      ["10", "20"].flatMap((size) =>
        ["1", "2", "3"].map((seed) =>
          `toy --out=${out} --seed=${seed} --backend=auto --set=size=5 --set=size=${size} --json`
        )
      ).sort(),
    );
    // Squares 1, 4, 9: mean 14/3, sample variance 49/3.
    const [first, second] = outcome.rows;
    assertEquals(first?.values, { size: "10" });
    assertEquals(first?.metrics["loss"], { mean: 44 / 3, sd: Math.sqrt(49 / 3), n: 3 });
    assertEquals(second?.metrics["loss"]?.mean, 74 / 3);
    assertEquals(
      outcome.table,
      [
        "size  runs    loss  broken",
        "────  ────  ──────  ──────",
        "  10     3  15 ± 4  1 (2)",
        "  20     3  25 ± 4  1 (2)",
      ].join("\n"),
    );
    assertEquals(await Deno.readTextFile(`${outcome.folder}/table.txt`), `${outcome.table}\n`);
    assertEquals<unknown>(JSON.parse(await Deno.readTextFile(`${outcome.folder}/table.json`)), {
      name: "toy",
      rows: outcome.rows,
    });
    const lines = said.filter((line) => line.startsWith("["));
    assertEquals(lines.length, 6);
    for (const [i, line] of lines.entries()) {
      assertMatch(line, i < 5 ? /^\[\d\/6\] size=\d+ seed=\d: done in \d+ s, \d+ s left\n$/ : /done in \d+ s\n$/);
    }
    assertMatch(outcome.folder, /\/toy\/sweep-[0-9a-f]{8}$/);
  });
});

Deno.test("runSweep() does not run finished runs again", async () => {
  await inTempFolder(async (out) => {
    await run(await plan(out, "--sweep=seed=1,2"));
    const [outcome, said] = await run(await plan(out, "--sweep=seed=1,2"));
    assertEquals((await diary(out)).length, 2);
    assertEquals(said, ["2 of 2 runs were finished before\n"]);
    assertEquals(outcome.rows[0]?.metrics["loss"]?.n, 2);
    const [more] = await run(await plan(out, "--sweep=seed=1,2,4"));
    assertEquals((await diary(out)).length, 3);
    assertEquals(more.runs.map(({ status }) => status), ["earlier", "earlier", "finished"]);
    await run(await plan(out, "--sweep=seed=1,2", "--fresh"));
    assertEquals((await diary(out)).length, 5);
  });
});

Deno.test("runSweep() goes on after a failure and tells it", async () => {
  await inTempFolder(async (out) => {
    const [outcome, said] = await run(await plan(out, "--sweep=mode=fail,silent,finish"), 1);
    assertEquals(outcome.exitCode, 1);
    assertEquals(outcome.runs.map(({ status, error }) => [status, error]), [
      ["failed", "Cannot train: mode is fail"],
      ["failed", "it printed no result"],
      ["finished", undefined],
    ]);
    assertEquals(outcome.rows.map(({ runs }) => runs), [0, 0, 1]);
    assertStringIncludes(outcome.table, "fail       0     –       –");
    const log = `${outcome.folder}/logs/run-001.log`;
    assert(said.some((line) => line.startsWith(`[1/3] mode=fail: FAILED: Cannot train: mode is fail (log: ${log})`)));
    assertEquals(await Deno.readTextFile(log), "training 1/2\nCannot train: mode is fail\n\n");
    const recorded: unknown = JSON.parse(await Deno.readTextFile(`${outcome.folder}/sweep.json`));
    assertEquals<unknown>(recorded, { format: 1, name: "toy", runs: outcome.runs });
  });
});

Deno.test("runSweep() keeps a second process out of the same sweep", async () => {
  await inTempFolder(async (out) => {
    const planned = await plan(out, "--sweep=seed=1");
    const both = await Promise.allSettled([run(planned), run(planned)]);
    const failure = both.find((end) => end.status === "rejected");
    assert(failure?.reason instanceof CheckpointError);
    assertStringIncludes(failure.reason.message, "is writing it");
    assertEquals((await diary(out)).length, 1);
  });
});

/** A process that sweeps over runs which wait for a signal; it prints its exit code and the runs' states. */
function sweepingProcess(out: string, jobs: number): Deno.ChildProcess {
  const program = `import { planSweep } from ${
    JSON.stringify(new URL("../../experiments/plan.ts", import.meta.url).href)
  };
    import { runSweep } from ${JSON.stringify(new URL("../../experiments/sweep.ts", import.meta.url).href)};
    import { parseArguments } from ${JSON.stringify(new URL("../../experiments/arguments.ts", import.meta.url).href)};
    import { folderOf } from ${JSON.stringify(FAKE)};
    const args = parseArguments(["toy", "--out=${out}", "--set=mode=wait", "--sweep=seed=1,2,3"]);
    const outcome = await runSweep(await planSweep(args, (one) => Promise.resolve(folderOf(one))), {
      jobs: ${jobs},
      command: (args) => ({ command: Deno.execPath(), args: ["run", "--quiet", "-A", ${
    JSON.stringify(FAKE)
  }, ...args] }),
      progress: { columns: undefined, interval: 0 },
    });
    console.log(outcome.exitCode, ...outcome.runs.map((run) => run.status));`;
  const args = ["eval", program];
  // In a group of its own, as a shell would start it, so that the whole group can be signalled.
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped", detached: true }).spawn();
}

async function untilBothWait(child: Deno.ChildProcess): Promise<ReadableStreamDefaultReader<string>> {
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!(said.includes("seed=1: waiting") && said.includes("seed=2: waiting"))) {
    const { value, done } = await reader.read();
    if (done) throw new Error(said);
    said += value;
  }
  return reader;
}

for (const [name, target] of [["the sweep alone", 1], ["its whole group, as a terminal does", -1]] as const) {
  Deno.test(`runSweep() stops its runs with checkpoints when Ctrl-C reaches ${name}`, async () => {
    await inTempFolder(async (out) => {
      const child = sweepingProcess(out, 2);
      const output = new Response(child.stdout).text();
      const reader = await untilBothWait(child);
      await new Deno.Command("kill", { args: ["-INT", "--", String(target * child.pid)] }).output();
      while (!(await reader.read()).done);
      await child.status;
      assertEquals(await output, "130 interrupted interrupted waiting\n");
      for (const seed of [1, 2]) await Deno.stat(`${out}/toy/mode=wait-s${seed}/checkpoint`);
      assertEquals((await diary(out)).length, 2);
    });
  });
}

Deno.test("planSweep() names what does not fit before anything starts", async () => {
  const fail = (...flags: readonly string[]): Promise<ConfigError> =>
    assertRejects(() => plan("/nowhere", ...flags), ConfigError);
  assertEquals(
    (await fail("--seed=1", "--sweep=seed=1,2")).message,
    'Flags "--seed" and "--sweep seed=..." exclude each other, keep one of them',
  );
  const nameless = parseArguments(["--sweep=seed=1"]);
  await assertRejects(() => planSweep(nameless, () => Promise.resolve("")), ConfigError, "name one before the flags");
  const same = parseArguments(["toy", "--sweep=lr=1,1.0"]);
  const { message } = await assertRejects(() => planSweep(same, () => Promise.resolve("runs/x")), ConfigError);
  assertEquals(message, "Cannot sweep: lr=1 and lr=1.0 are the same run runs/x");
});

Deno.test("planRuns() plans the runs of a study", async () => {
  await inTempFolder(async (out) => {
    const requests = [1, 2].map((seed) => ({ values: { model: "big" }, set: ["size=100"], seed }));
    const args = parseArguments(["toy", `--out=${out}`]);
    const planned = await planRuns("ladder", args, requests, (one) => Promise.resolve(folderOf(one)));
    const [outcome] = await run(planned);
    assertMatch(outcome.folder, /\/ladder\/sweep-[0-9a-f]{8}$/);
    assertEquals(outcome.rows.map(({ values, runs }) => [values, runs]), [[{ model: "big" }, 2]]);
    assertEquals(outcome.rows[0]?.metrics["loss"]?.mean, 102.5);
    assertEquals(outcome.runs[0]?.folder, `${out}/toy/size=100-s1`);
  });
});
