import { readAnnData } from "../../core/io/anndata_reader.ts";
import { loadLatest, readMetrics, readResult, readRunRecord } from "../../core/run/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { namesIn } from "../core/run/helpers.ts";
import { filesIn } from "./damage.ts";

const ROOT = new URL("../../", import.meta.url);

/** How a process ended. */
export interface Ended {
  /** Exit code. */
  readonly code: number;
  /** Lines on standard error. */
  readonly err: readonly string[];
}

/** A process that runs this package's command line. */
export interface Process {
  /** Its number. */
  readonly pid: number;
  /** How it ends. */
  readonly ended: Promise<Ended>;
  /** End it at once. */
  kill(): void;
}

/** How to start a process. */
export interface StartOptions {
  /** Command in front of Deno, for example `["sh", "-c", "ulimit -f 64; exec \"$@\"", "sh"]`. */
  readonly wrapper?: readonly string[];
  /** Further flags of Deno. */
  readonly deno?: readonly string[];
}

/**
 * Start this package's command line.
 *
 * @param script Module below `experiments`.
 * @param args Its arguments.
 * @param options What stands around it.
 * @returns The process.
 */
export function start(
  script: string,
  args: readonly string[],
  { wrapper = [], deno = [] }: StartOptions = {},
): Process {
  const flags = ["run", "--quiet", "-A", ...deno];
  const [command, ...rest] = [...wrapper, Deno.execPath(), ...flags, `experiments/${script}`, ...args];
  const child = new Deno.Command(command!, {
    args: rest,
    cwd: ROOT,
    env: { NO_COLOR: "1", OPENBLAS_NUM_THREADS: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ended = async (): Promise<Ended> => {
    const { code, stderr } = await child.output();
    return { code, err: new TextDecoder().decode(stderr).split("\n").filter((line) => line.trim() !== "") };
  };
  return { pid: child.pid, ended: ended(), kill: () => child.kill("SIGKILL") };
}

/**
 * The run folder below a folder of runs.
 *
 * @param out The folder of runs, which holds one at most.
 * @returns The run folder; `undefined` if it is not there yet.
 */
export async function runIn(out: string): Promise<string | undefined> {
  for (const experiment of await namesIn(out).catch(() => [])) {
    for (const name of await namesIn(`${out}/${experiment}`)) return `${out}/${experiment}/${name}`;
  }
  return undefined;
}

/** What two runs of one configuration have in common, whatever happened on the way: bytes by path. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Times, and what names them. */
const OF_THE_DAY = /^(\.lock|env\.json|report\.(json|html)|result\.json|checkpoints\/step-\d+\/state\.json)$/;

/**
 * Take the fingerprint of a finished run.
 *
 * @param folder The run folder.
 * @returns Names of all files, and the bytes of those that say nothing of times: parameters, log, samples, figures; the
 * metrics of the result.
 */
export async function fingerprint(folder: string): Promise<Fingerprint> {
  const found: Record<string, string> = {};
  for (const path of await filesIn(folder)) {
    const name = path.slice(folder.length + 1);
    found[name] = OF_THE_DAY.test(name) ? "" : (await Deno.readFile(path)).toHex();
  }
  const result = await readResult({ folder });
  assert(result !== undefined, `${folder} is not finished`);
  return { ...found, "metrics of the result": JSON.stringify(result.metrics) };
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound;
}

/**
 * List the files of a folder that may not be there yet, or in which a process renames and removes some meanwhile.
 *
 * @param folder The folder.
 * @returns Paths in sorted order; none if one vanished on the way.
 */
export async function filesSoFar(folder: string): Promise<readonly string[]> {
  return await filesIn(folder).catch((error) => isMissing(error) ? [] : Promise.reject(error));
}

/**
 * Tell what a process last reported as saved.
 *
 * @param folder The run folder.
 * @returns Step of the checkpoint; -1 if there is none.
 */
export function reportedStep(folder: string): number {
  try {
    return Number(Deno.readTextFileSync(`${folder}/checkpoints/latest`).trim().slice("step-".length));
  } catch (error) {
    if (isMissing(error)) return -1;
    throw error;
  }
}

/**
 * Check that a folder whose process was killed is readable, whatever it lacks: nothing under a final name is unfinished.
 *
 * @param folder The run folder.
 * @param reported Step of the last checkpoint that was reported.
 * @param whole Fingerprint of a run that was not interrupted.
 */
export async function assertReadable(folder: string, reported: number, whole: Fingerprint): Promise<void> {
  const record = await readRunRecord(folder);
  const newest = await loadLatest({ folder }, {
    notify: (sentence) => {
      throw new Error(sentence);
    },
  });
  assert((newest?.step ?? -1) >= reported, `step ${newest?.step} is left and ${reported} was saved`);
  assert(record !== undefined || newest === undefined, "there are checkpoints and no record");
  const steps = (await readMetrics({ folder })).map(({ step }) => step);
  assertEquals(steps, steps.map((_, i) => i + 1));
  assert(steps.length >= (newest?.step ?? 0), `${steps.length} steps are logged and ${newest?.step} saved`);
  await readResult({ folder });
  const files = await filesSoFar(folder);
  for (const path of files) {
    const name = path.slice(folder.length + 1);
    const isFinal = !/\.partial|\.replaced-/.test(name) && /^(samples\.zarr|figures)\//.test(name);
    if (isFinal) assertEquals((await Deno.readFile(path)).toHex(), whole[name]!, name);
    if (/^re\w+\.json$/.test(name)) JSON.parse(await Deno.readTextFile(path));
  }
  if (files.some((path) => path.startsWith(`${folder}/samples.zarr/`))) await readAnnData(`${folder}/samples.zarr`);
}
