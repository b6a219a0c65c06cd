import { namesIn } from "../core/run/helpers.ts";
import { type Running, start, until } from "./process.ts";

/** Command line that makes `cfm-toy` a matter of seconds. */
export const TOY: readonly string[] = [
  "cfm-toy",
  ...[
    "dataset.config.size=400",
    "plugin.config.batch=64",
    "plugin.config.network.hidden=16",
    "plugin.config.sampling.cells=64",
    "plugin.config.sampling.points=3",
    "train.logEvery=1",
    "train.checkpointEvery=20",
  ].map((setting) => `--set=${setting}`),
];

/**
 * Find the only run folder of an experiment.
 *
 * @param out Folder of all runs.
 * @param experiment Name of the experiment.
 * @returns The run folder; `undefined` if there is none.
 */
export async function onlyRun(out: string, experiment: string = "cfm-toy"): Promise<string | undefined> {
  const names = await namesIn(`${out}/${experiment}`).catch(() => []);
  if (names.length > 1) throw new Error(`There are several runs: ${names.join(", ")}`);
  return names.length === 0 ? undefined : `${out}/${experiment}/${names[0]}`;
}

/**
 * Names of the checkpoints of a run.
 *
 * @param folder The run folder.
 * @returns Names in order of steps.
 */
export async function checkpoints(folder: string): Promise<string[]> {
  return (await namesIn(`${folder}/checkpoints`).catch(() => [])).filter((name) => /^step-\d+$/.test(name));
}

/**
 * Everything that training leaves behind, as bytes: the last checkpoint's files and the log.
 *
 * @param out Folder of all runs.
 * @returns Hexadecimal text by file name.
 */
export async function leftBehind(out: string): Promise<Readonly<Record<string, string>>> {
  const folder = (await onlyRun(out))!;
  const last = `checkpoints/${(await checkpoints(folder)).at(-1)!}`;
  const files = ["params", "ema", "opt"].map((name) => `${last}/${name}.safetensors`);
  const pairs = await Promise.all(
    [...files, "metrics.jsonl"].map(async (file) =>
      [file, (await Deno.readFile(`${folder}/${file}`)).toHex()] as const
    ),
  );
  return Object.fromEntries(pairs);
}

/**
 * Start a toy run and wait until it has made some steps.
 *
 * @param args Command line.
 * @param out Folder of all runs.
 * @param steps Steps to wait for.
 * @returns The running command, in the middle of training.
 */
export async function startTraining(args: readonly string[], out: string, steps: number): Promise<Running> {
  const running = start("exp", [...args, `--out=${out}`]);
  await until(running, `step ${steps}`, async () => {
    const folder = await onlyRun(out);
    const log = await Deno.readTextFile(`${folder}/metrics.jsonl`).catch(() => "");
    return log.split("\n").length > steps;
  });
  return running;
}
