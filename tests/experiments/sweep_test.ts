import { CheckpointError, ConfigError } from "../../core/errors.ts";
import { rng } from "../../core/rng/stream.ts";
import { lockFolder } from "../../core/run/lock.ts";
import { type ExperimentResult, writeResult } from "../../core/run/result.ts";
import { parseArguments } from "../../experiments/arguments.ts";
import type { ChildCommand } from "../../experiments/child.ts";
import type { SweepOutcome } from "../../experiments/ledger.ts";
import { planRuns, planSweep, type SweepPlan, type SweepRun } from "../../experiments/plan.ts";
import { runSweep } from "../../experiments/sweep.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../assert.ts";
import { inTempFolder, namesIn, onSmallDisk } from "../core/run/helpers.ts";
import { folderOf } from "./fake_experiment.ts";
import { exists, run as exp, start, until } from "./process.ts";
import { TOY } from "./toy_runs.ts";

/** A result as another process would leave it. */
const RESULT: ExperimentResult = {
  experiment: "toy",
  run: "",
  seed: 1,
  backend: "cpu",
  steps: 2,
  seconds: 0,
  data: "none",
  params: 0,
  metrics: { loss: 77 },
};

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
    const planned = await plan(out, "--sweep=seed=1,2,3,4,5,6");
    const both = await Promise.allSettled([run(planned, 1), run(planned, 1)]);
    const failure = both.find((end) => end.status === "rejected");
    assert(failure?.reason instanceof CheckpointError);
    assertStringIncludes(failure.reason.message, "is writing it");
    assertEquals((await diary(out)).length, 6);
  });
});

Deno.test("runSweep() counts a run that cannot be started as failed, and goes on", async () => {
  await inTempFolder(async (out) => {
    const planned = await plan(out, "--sweep=mode=fail,finish");
    const command = (args: readonly string[]): ChildCommand =>
      args.includes("--set=mode=fail") ? { command: "/no/such/program", args } : fakeCommand(args);
    const outcome = await runSweep(planned, { command, progress: { write: () => {}, columns: undefined } });
    assertEquals(outcome.runs.map(({ status }) => status), ["failed", "finished"]);
    assertStringIncludes(outcome.runs[0]!.error!, "/no/such/program");
  });
});

Deno.test({
  name: "runSweep() does not lose a run whose log cannot be written",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTempFolder(async (out) => {
      const planned = await plan(out, "--sweep=seed=1");
      await Deno.mkdir(`${planned.folder}/logs`, { recursive: true });
      await Deno.symlink("/dev/full", `${planned.folder}/logs/run-001.log`);
      const [outcome, said] = await run(planned);
      assertEquals(outcome.runs.map(({ status }) => status), ["finished"]);
      assertMatch(said.join(""), /WARNING: seed=1: its log is incomplete: .*run-001\.log": the disk is full/);
    }),
});

Deno.test("runSweep() says that the disk is full, begins no more runs, and goes on when there is room", () =>
  onSmallDisk("100k", async (out) => {
    const planned = await plan(out, "--sweep=mode=fill,finish");
    const error = await assertRejects(() => run(planned, 1), CheckpointError);
    assertMatch(error.message, /sweep\.json": the disk is full, free space/);
    assertEquals((await diary(out)).length, 1);
    await Deno.remove(`${out}/filler`);
    const [outcome] = await run(await plan(out, "--sweep=mode=finish"), 1);
    assertEquals(outcome.runs.map(({ status }) => status), ["finished"]);
  }));

Deno.test("runSweep() waits for a run that another process has begun, and takes its result", async () => {
  await inTempFolder(async (out) => {
    const planned = await plan(out, "--sweep=seed=1,2");
    const [first] = planned.runs;
    await Deno.mkdir(first!.folder, { recursive: true });
    const lock = await lockFolder(first!.folder);
    const sweeping = run(planned, 1);
    await new Promise((done) => setTimeout(done, 200));
    await writeResult(first!, { ...RESULT, run: first!.folder });
    lock[Symbol.dispose]();
    const [outcome, said] = await sweeping;
    assertEquals(outcome.runs.map(({ status, result }) => [status, result?.metrics["loss"]]), [
      ["finished", 77],
      ["finished", 4],
    ]);
    assertEquals((await diary(out)).length, 1);
    assertMatch(said.join(""), /seed=1: another process runs it already, waiting[^]*seed=1: done by another process/);
  });
});

Deno.test("runSweep() loses no finished run when it is killed at any moment", async () => {
  await inTempFolder(async (out) => {
    const flags = ["--set=mode=slow", "--sweep=seed=1,2,3,4,5,6,7,8,9,10,11,12"];
    const planned = await plan(out, ...flags);
    const finished = new Map<string, number | null>();
    const note = async (): Promise<void> => {
      for (const { folder } of planned.runs) {
        const file = await Deno.stat(`${folder}/result.json`).catch(() => undefined);
        if (file === undefined) continue;
        assertEquals(finished.get(folder) ?? file.ino, file.ino, `${folder} was run again`);
        finished.set(folder, file.ino);
      }
    };
    let killed = 0;
    for (const moment of rng(8).host.uniform(6)) {
      const child = sweepingProcess(out, 2, ...flags);
      const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
      await new Promise((done) => setTimeout(done, 200 + 400 * moment));
      await new Deno.Command("kill", { args: ["-KILL", String(child.pid)], stderr: "null" }).output();
      killed += Number((await child.status).signal === "SIGKILL");
      const ledger = await Deno.readTextFile(`${planned.folder}/sweep.json`).catch(() => undefined);
      if (ledger !== undefined) assertEquals(JSON.parse(ledger).runs.length, 12);
      await output;
      await note();
    }
    assert(killed > 1, "the sweep was never killed");
    const [outcome] = await run(await plan(out, ...flags));
    await note();
    assertEquals(outcome.exitCode, 0);
    assertEquals([outcome.rows[0]?.runs, finished.size], [12, 12]);
    const names = await namesIn(planned.folder);
    assertEquals(names, [".lock", "logs", "sweep.json", "table.json", "table.txt"]);
  });
});

Deno.test("exp goes on with a sweep that was killed: finished runs stay, orphans are waited for, others continue", () =>
  inTempFolder(async (out) => {
    const args = [...TOY, "--sweep=train.steps=20,700,701", "--jobs=3", `--out=${out}`, "--json"];
    const plan = await exp("exp", [...args, "--dry-run"]);
    const folders = (JSON.parse(plan.out) as SweepPlan).runs.map(({ folder }) => folder);
    const running = start("exp", args);
    const steps = async (folder: string): Promise<number> =>
      (await Deno.readTextFile(`${folder}/metrics.jsonl`).catch(() => "")).split("\n").length;
    await until(running, "one finished run, and two in training", async () => {
      return await exists(`${folders[0]}/result.json`) && Math.min(...await Promise.all(folders.map(steps))) > 20;
    });
    running.kill("SIGKILL");
    const before = await Deno.stat(`${folders[0]}/result.json`);
    const { pid } = JSON.parse(await Deno.readTextFile(`${folders[1]}/.lock`)) as { readonly pid: number };
    assert(pid > 1);
    Deno.kill(pid, "SIGKILL");
    await running.outcome;
    assertEquals(await exists(`${folders[2]}/result.json`), false, "the runs ended before the sweep was killed");
    const again = await exp("exp", args);
    assertEquals(again.code, 0, again.err.join("\n"));
    const said = again.err.join("\n");
    assertStringIncludes(said, "1 of 3 runs were finished before");
    assertMatch(said, /train\.steps=700: done in/);
    assertMatch(
      said,
      /train\.steps=701: another process runs it already[^]*train\.steps=701: done by another process/,
    );
    assertEquals((await Deno.stat(`${folders[0]}/result.json`)).ino, before.ino);
    const { folder, runs } = JSON.parse(again.out) as SweepPlan;
    assertEquals(runs.map(({ status }) => status), ["earlier", "finished", "finished"]);
    assertMatch(await Deno.readTextFile(`${folder}/logs/run-002.log`), /continuing at step \d+ of 700/);
  }));

/** A process that sweeps; it prints its exit code and the runs' states. */
function sweepingProcess(out: string, jobs: number, ...flags: readonly string[]): Deno.ChildProcess {
  const program = `import { planSweep } from ${
    JSON.stringify(new URL("../../experiments/plan.ts", import.meta.url).href)
  };
    import { runSweep } from ${JSON.stringify(new URL("../../experiments/sweep.ts", import.meta.url).href)};
    import { parseArguments } from ${JSON.stringify(new URL("../../experiments/arguments.ts", import.meta.url).href)};
    import { folderOf } from ${JSON.stringify(FAKE)};
    const args = parseArguments(${JSON.stringify(["toy", `--out=${out}`, ...flags])});
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
      const child = sweepingProcess(out, 2, "--set=mode=wait", "--sweep=seed=1,2,3");
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

Deno.test("planSweep() takes no result of a run that began elsewhere than --from says", async () => {
  await inTempFolder(async (out) => {
    const [{ folder }] = (await plan(out, "--sweep=seed=1")).runs as [SweepRun];
    await Deno.mkdir(folder, { recursive: true });
    const record = { format: 1, experiment: "toy", seed: 1, hash: "0", config: {}, from: "here" };
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(record));
    await writeResult({ folder }, { ...RESULT, run: folder });
    const statusWith = async (...flags: readonly string[]): Promise<string | undefined> =>
      (await plan(out, "--sweep=seed=1", ...flags)).runs[0]?.status;
    assertEquals(await statusWith(), "earlier");
    assertEquals(await statusWith("--from=here"), "earlier");
    assertEquals(await statusWith("--from=there"), "waiting");
    assertEquals(await statusWith("--fresh"), "waiting");
  });
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
