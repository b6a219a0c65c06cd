import { rng } from "../../core/rng/stream.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { TINY, tissueTable, writeTissue } from "../experiments/tissue_store.ts";
import { SEED } from "./damage.ts";
import { assertReadable, type Fingerprint, fingerprint, type Process, reportedStep, runIn, start } from "./runs.ts";

/** What is being written when the process is to be killed; at a time of its own if nothing is named. */
const WRITES: Readonly<Record<string, RegExp | undefined>> = {
  "at any time": undefined,
  "in a checkpoint": /checkpoints\/(step-\d+|latest)\.partial/,
  "in the samples": /samples\.zarr\.partial/,
  "in a file of the run": /\/(config\.json|metrics\.jsonl|env\.json|report\.\w+|result\.json|figures|prepared)[^/]*/,
};

/** When a process is killed. */
interface Moment {
  /** Which of {@linkcode WRITES}. */
  readonly kind: string;
  /** Milliseconds after its start, or number of events that say so. */
  readonly after: number;
}

/** Kill a process at a moment; whether it was still running, and what it had reported. */
async function killAt(process: Process, out: string, { kind, after }: Moment): Promise<number | undefined> {
  const writes = WRITES[kind];
  let running = true;
  const ended = process.ended.then(() => running = false);
  let reported = -1;
  const known = (await runIn(out)) ?? "";
  const kill = (folder: string): void => {
    if (!running) return;
    reported = reportedStep(folder);
    process.kill();
  };
  if (writes === undefined) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([ended, new Promise((done) => timer = setTimeout(done, after))]);
    clearTimeout(timer);
    kill((await runIn(out)) ?? known);
  } else {
    using watcher = Deno.watchFs(out);
    ended.then(() => watcher.close()).catch(() => {});
    let seen = 0;
    for await (const { paths } of watcher) {
      if (!paths.some((path) => writes.test(path)) || ++seen < after) continue;
      kill((await runIn(out)) ?? known);
      break;
    }
  }
  const { code, err } = await process.ended;
  if (code === 137) return reported;
  assertEquals(code, 0, err.join("\n"));
  return undefined;
}

/** Kill runs of a command again and again, and resume them; returns how often which. */
async function killAndResume(
  name: string,
  args: (out: string) => readonly string[],
  kills: number,
): Promise<Readonly<Record<string, number>>> {
  const tally: Record<string, number> = {};
  await inTempFolder(async (folder) => {
    const out = `${folder}/runs`;
    await Deno.mkdir(out);
    const began = performance.now();
    const { code, err } = await start("main.ts", args(out)).ended;
    assertEquals(code, 0, err.join("\n"));
    const life = performance.now() - began;
    const whole: Fingerprint = await fingerprint((await runIn(out))!);
    const draws = rng(SEED).fold("kill").fold(name);
    const kinds = Object.keys(WRITES);
    let done = 0;
    for (let attempt = 0; done < kills; attempt++) {
      assert(attempt < 4 * kills, `only ${done} of ${attempt} processes could be killed`);
      const [which, when] = draws.fold(attempt).host.uniform(2) as unknown as readonly [number, number];
      const kind = kinds[Math.floor(which * kinds.length)]!;
      // A process that resumes lives shorter, and most of its events come early.
      const after = WRITES[kind] === undefined ? (0.1 + 0.9 * when) * life : 1 + Math.floor(40 * when ** 2);
      const moment = { kind, after };
      const what = `${name}, seed ${SEED}, attempt ${attempt}: killed ${kind}, ${JSON.stringify(moment)}`;
      if ((await finishedAlready(out)) !== undefined) await Deno.remove(`${out}/${name}`, { recursive: true });
      try {
        const reported = await killAt(start("main.ts", args(out)), out, moment);
        const run = await runIn(out);
        if (reported === undefined) {
          assertEquals(await fingerprint(run!), whole, "a resumed run differs from one in one go");
          continue;
        }
        done++;
        tally[kind] = (tally[kind] ?? 0) + 1;
        if (run !== undefined) await assertReadable(run, reported, whole);
        if (run !== undefined && done % 10 === 0) await assertCommands(run);
      } catch (error) {
        throw new Error(what, { cause: error });
      }
    }
    const last = await start("main.ts", args(out)).ended;
    assertEquals(last.code, 0, last.err.join("\n"));
    assertEquals(await fingerprint((await runIn(out))!), whole);
  });
  return tally;
}

async function finishedAlready(out: string): Promise<string | undefined> {
  const run = await runIn(out);
  return run !== undefined && await Deno.stat(`${run}/result.json`).then(() => true, () => false) ? run : undefined;
}

/** Every command that opens a run works on it, or says in a sentence what is missing. */
async function assertCommands(run: string): Promise<void> {
  for (
    const args of [["report", run], ["compare", run, `${run}/../none`], ["sample", run, `--out=${run}/../../../drawn`]]
  ) {
    const { code, err } = await start("runs.ts", args).ended;
    const complaints = err.filter((line) => /^(Cannot|Uncaught|error|\s+at|This is a bug)/.test(line));
    assert(
      code === 0 || (complaints.length === 1 && complaints[0]!.startsWith("Cannot ")),
      `${args}: ${err.join("\n")}`,
    );
  }
}

const TOY = [
  ...["dataset.config.size=400", "plugin.config.batch=64", "plugin.config.network.hidden=48"],
  ...["plugin.config.sampling.cells=3000", "plugin.config.sampling.points=3"],
  ...["train.logEvery=1", "train.checkpointEvery=2", "train.steps=60"],
].map((setting) => `--set=${setting}`);

Deno.test("a run that is killed at 40 random moments loses nothing and ends with the bits of one go", async () => {
  const tally = await killAndResume("cfm-toy", (out) => ["cfm-toy", ...TOY, `--out=${out}`], 40);
  console.log(`killed ${JSON.stringify(tally)}`);
  for (const kind of ["at any time", "in a checkpoint", "in the samples"]) assertGreater(tally[kind] ?? 0, 3, kind);
});

Deno.test("a run with a preparation that is killed at 10 random moments ends with the bits of one go", () =>
  inTempFolder(async (folder) => {
    const data = await writeTissue(folder, "cells", tissueTable());
    const args = [
      "nicheflow-med",
      `--data=${data}`,
      ...TINY,
      "--steps=4",
      "--set=train.checkpointEvery=1",
      "--set=train.logEvery=1",
    ];
    const tally = await killAndResume("nicheflow-med", (out) => [...args, `--out=${out}`], 10);
    console.log(`killed ${JSON.stringify(tally)}`);
  }));
