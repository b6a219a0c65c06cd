import type { SweepRun } from "../../../experiments/plan.ts";
import { assertEquals } from "../../assert.ts";
import { inTempFolder } from "../../core/run/helpers.ts";
import { type Outcome, run } from "../process.ts";
import { TOY } from "../toy_runs.ts";
import { type Cluster, hasSlurm, startCluster } from "./cluster.ts";

/** Command line of the cheapest run that is a real one. */
export const CHEAP: readonly string[] = [...TOY, "--steps=2"];

/** What `deno task slurm --json` prints. */
export interface Printed {
  /** Folder of the sweep. */
  readonly folder: string;
  /** Runs. */
  readonly runs: readonly SweepRun[];
}

/**
 * Register a test that has a cluster of its own, and a folder whose name needs quoting.
 *
 * @param name What is tested.
 * @param fn The test.
 */
export function slurmTest(name: string, fn: (cluster: Cluster, out: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !hasSlurm,
    fn: () =>
      inTempFolder(async (folder) => {
        await using cluster = await startCluster(4);
        await fn(cluster, `${folder}/it's 100 %j $HOME`);
      }),
  });
}

/**
 * Run `deno task slurm` to its end.
 *
 * @param code Expected exit code.
 * @param args Arguments beside `--json` and quick looks at the queue.
 * @returns What it printed and said.
 */
export async function slurm(code: number, ...args: readonly string[]): Promise<Printed & Pick<Outcome, "err">> {
  const { code: found, out, err } = await run("slurm", [...args, "--json", "--poll=1"]);
  assertEquals(found, code, err.join("\n"));
  return { ...JSON.parse(out), err };
}

/**
 * The state of all runs as the ledger on disk has it.
 *
 * @param folder Folder of the sweep.
 * @returns Their states; empty while there is no ledger.
 */
export async function statesIn(folder: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(`${folder}/sweep.json`).catch(() => '{"runs":[]}');
  return JSON.parse(text).runs.map(({ status }: SweepRun) => status);
}

/**
 * Wait until something holds.
 *
 * @param what What is waited for, for the message.
 * @param seconds Seconds after which it fails.
 * @param holds Tells whether it holds.
 */
export async function eventually(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`After ${seconds} s not yet: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/**
 * Do something while a command runs; that either fails is the test's failure at once.
 *
 * @param running The command.
 * @param fn What is done beside it.
 * @returns What the command came to.
 */
export async function beside<T>(running: Promise<T>, fn: () => Promise<void>): Promise<T> {
  const [outcome] = await Promise.all([running, fn()]);
  return outcome;
}

/**
 * Everything that training left in a run folder, as bytes: the last checkpoint's files and the log.
 *
 * @param folder The run folder.
 * @returns Hexadecimal text by file name.
 */
export async function tracesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = [...Deno.readDirSync(`${folder}/checkpoints`)].map(({ name }) => name).filter((name) =>
    /^step-\d+$/.test(name)
  );
  const last = names.sort().at(-1)!;
  const files = ["params", "ema", "opt"].map((name) => `checkpoints/${last}/${name}.safetensors`);
  const pairs = await Promise.all(
    [...files, "metrics.jsonl"].map(async (file) =>
      [file, (await Deno.readFile(`${folder}/${file}`)).toHex()] as const
    ),
  );
  return Object.fromEntries(pairs);
}

/**
 * Training steps that a run has logged.
 *
 * @param folder The run folder.
 */
export async function stepsOf(folder: string): Promise<number> {
  const log = await Deno.readTextFile(`${folder}/metrics.jsonl`).catch(() => "");
  return log.split("\n").length - 1;
}
