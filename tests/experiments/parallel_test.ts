import { entries, type HostArray, loadLatest, readMetrics } from "../../core/mod.ts";
import { type Ended, ended, LAUNCHERS, type Mpirun } from "../core/parallel/mpirun.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { assert, assertEquals, assertLess, assertNotEquals, assertStringIncludes } from "../assert.ts";
import { exists, run } from "./process.ts";
import { checkpoints, onlyRun, TOY } from "./toy_runs.ts";

const STEPS = 50;
const FAILING = "--plugin=./tests/core/parallel/failing_rank.ts";
// The last row of 63 leaves the ranks shares of different sizes.
const ARGS: readonly string[] = [...TOY, `--steps=${STEPS}`, "--set=plugin.config.batch=63", "--set=train.ema=0.9"];

function startRanks({ start }: Mpirun, ranks: number, args: readonly string[], failure = ""): Deno.ChildProcess {
  const program = ["run", "--quiet", "--no-check", "-A", "experiments/main.ts"];
  return start(ranks, [...program, ...args, "--parallel=mpi"], { MORPHOGEN_TEST_FAILURE: failure });
}

async function onRanks(launcher: Mpirun, ranks: number, args: readonly string[], failure = ""): Promise<Ended> {
  return await ended(startRanks(launcher, ranks, args, failure));
}

async function lastParams(folder: string): Promise<readonly HostArray[]> {
  const checkpoint = await loadLatest({ folder });
  assertEquals(checkpoint?.step, STEPS);
  const { params, ema, opt } = checkpoint!.trees;
  return [params!, ema!, opt!].flatMap((tree) => entries<HostArray>(tree).map(([, leaf]) => leaf));
}

function furthest(a: readonly HostArray[], b: readonly HostArray[]): number {
  return Math.max(...a.flatMap(({ data }, leaf) => Array.from(data, (x, i) => Math.abs(x - b[leaf]!.data[i]!))));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    await (isDirectory ? copyFolder : Deno.copyFile)(`${from}/${name}`, `${to}/${name}`);
  }
}

let whole: Promise<readonly HostArray[]> | undefined;

/** What one process reaches in one go; made once. */
function inOneGo(): Promise<readonly HostArray[]> {
  const make = async (): Promise<readonly HostArray[]> => {
    const out = await Deno.makeTempDir({ prefix: "morphogen-" });
    try {
      const { code, err } = await run("exp", [...ARGS, `--out=${out}`]);
      assertEquals(code, 0, err.join("\n"));
      return await lastParams((await onlyRun(out))!);
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  };
  return whole ??= make();
}

for (const launcher of LAUNCHERS) {
  const { name } = launcher;

  Deno.test(`exp --parallel mpi on 2 ranks of ${name} is one run of one writer, with the parameters of one process`, () =>
    inTempFolder(async (out) => {
      const { code, out: shown, err } = await onRanks(launcher, 2, [...ARGS, "--json", `--out=${out}`]);
      assertEquals(code, 0, err);
      assertStringIncludes(err, "training on 2 ranks over ");
      assertEquals(err.match(/run folder /g)?.length, 1, err);
      const folder = (await onlyRun(out))!;
      assertEquals(JSON.parse(shown).run, folder);
      assertEquals(
        (await readMetrics({ folder })).map(({ step }) => step),
        Array.from({ length: STEPS }, (_, i) => i + 1),
      );
      assertLess(furthest(await lastParams(folder), await inOneGo()), 1e-5);
      const again = await onRanks(launcher, 2, [...ARGS, "--json", `--out=${out}`]);
      assertEquals(again.code, 0, again.err);
      assertStringIncludes(again.err, "is finished: showing its result");
      assertEquals(JSON.parse(again.out), JSON.parse(shown));
    }));

  Deno.test(`a rank of ${name} that is killed ends the job, which goes on with 1 and with 4 ranks`, () =>
    inTempFolder(async (out) => {
      const killed = await onRanks(launcher, 2, [...ARGS, FAILING, `--out=${out}/two`], "kill:30");
      assertNotEquals(killed.code, 0, killed.err);
      const folder = (await onlyRun(`${out}/two`))!;
      assertEquals((await checkpoints(folder)).at(-1), "step-00000020");
      for (const ranks of [1, 4]) {
        const other = `${out}/${ranks}`;
        await copyFolder(`${out}/two`, other);
        const resumed = await onRanks(launcher, ranks, [...ARGS, FAILING, `--out=${other}`]);
        assertEquals(resumed.code, 0, resumed.err);
        assertStringIncludes(resumed.err, `continuing at step 20 of ${STEPS}`);
        assertLess(furthest(await lastParams((await onlyRun(other))!), await inOneGo()), 1e-5);
      }
    }));

  Deno.test(`a rank of ${name} that throws ends the job with its number, its sentence and a checkpoint`, () =>
    inTempFolder(async (out) => {
      const { code, out: shown, err } = await onRanks(launcher, 3, [...ARGS, FAILING, `--out=${out}`], "throw:33");
      assertEquals([code, shown], [1, ""], err);
      assertStringIncludes(err, "Rank 1 of 3 has ended the job: Cannot read a batch: expected one, got none");
      const folder = (await onlyRun(out))!;
      assertEquals((await checkpoints(folder)).at(-1), "step-00000033");
      assertEquals(await exists(`${folder}/result.json`), false);
    }));

  Deno.test(`SIGTERM to one rank of ${name} stops all at the same step, with a checkpoint`, () =>
    inTempFolder(async (out) => {
      const long = [...ARGS.filter((arg) => !arg.startsWith("--steps=")), "--steps=100000"];
      const process = startRanks(launcher, 2, [...long, `--out=${out}`]);
      let done: Ended | undefined;
      const outcome = ended(process).then((how) => done = how);
      const log = async (): Promise<string> =>
        await Deno.readTextFile(`${await onlyRun(out)}/metrics.jsonl`).catch(() => "");
      while ((await log()).split("\n").length < 10) {
        if (done !== undefined) throw new Error(`The job ended before step 10:\n${done.err}`);
        await new Promise((next) => setTimeout(next, 50));
      }
      const lock = JSON.parse(await Deno.readTextFile(`${await onlyRun(out)}/.lock`));
      Deno.kill(lock.pid, "SIGTERM");
      const { code, err } = await outcome;
      assertEquals(code, 143, err);
      const folder = (await onlyRun(out))!;
      const last = (await log()).trim().split("\n").length;
      assertEquals((await checkpoints(folder)).at(-1), `step-${`${last}`.padStart(8, "0")}`);
    }));
}

Deno.test("exp --parallel mpi without a launcher trains on one process and says so", () =>
  inTempFolder(async (out) => {
    const args = [
      "run",
      "--quiet",
      "--no-check",
      "-A",
      "experiments/main.ts",
      ...ARGS,
      "--parallel=mpi",
      `--out=${out}`,
    ];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
    const err = new TextDecoder().decode(stderr);
    assertEquals(code, 0, err);
    assertStringIncludes(err, "neither mpirun nor srun started this process: training on it alone");
    assertEquals(furthest(await lastParams((await onlyRun(out))!), await inOneGo()), 0);
  }));

Deno.test("exp --parallel mpi refuses a sweep, and ranks that the library does not see", async () => {
  const exp = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    await ended(
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-check", "-A", "experiments/main.ts", ...ARGS, "--parallel=mpi", ...args],
        env: { NO_COLOR: "1", ...env },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  const sweep = await exp(["--sweep=train.lr=1,2"]);
  assertEquals(sweep.code, 2, sweep.err);
  assertStringIncludes(sweep.err, "a sweep shares its runs among processes by --jobs");
  if (LAUNCHERS.length === 0) return;
  const alone = await exp([], { SLURM_STEP_NUM_TASKS: "4" });
  assertEquals(alone.code, 1, alone.err);
  assert(
    /Cannot train on 4 processes: srun started that many and .* sees 1; start them with/.test(alone.err),
    alone.err,
  );
});
