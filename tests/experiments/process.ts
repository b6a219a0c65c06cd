import { assertEquals, assertMatch } from "../assert.ts";

/** Root of the checkout. */
const ROOT = new URL("../../", import.meta.url);

const TASKS = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).tasks as Readonly<
  Record<string, { readonly command: string }>
>;

/** How a command ended. */
export interface Outcome {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Lines of standard error. */
  readonly err: readonly string[];
}

/** A command that runs. */
export interface Running {
  /** How it ends. */
  readonly outcome: Promise<Outcome>;
  /** Send a signal. */
  kill(signal: Deno.Signal): void;
}

/**
 * Start a task of `deno.json` as a user would, with its permissions.
 *
 * @param task Name of the task.
 * @param args Arguments after the task's name.
 * @param more Permissions in place of the task's, for example `["--allow-read"]`.
 * @returns The running command.
 */
export function start(task: string, args: readonly string[], more?: readonly string[]): Running {
  const [, ...words] = TASKS[task]!.command.split(" ");
  // With other permissions the program is started by itself: the launcher would give it the task's.
  const isLauncher = (word: string): boolean => word.startsWith("--allow-") || word.endsWith("/launch/main.ts");
  const own = words.filter((word) => more === undefined || !isLauncher(word));
  const at = own.findIndex((word) => word.endsWith(".ts"));
  const child = new Deno.Command(Deno.execPath(), {
    args: [...own.slice(0, at), ...more ?? [], ...own.slice(at), ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const finish = async (): Promise<Outcome> => {
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    return {
      code,
      out: text.decode(stdout),
      err: text.decode(stderr).split("\n").filter((line) => line.trim() !== ""),
    };
  };
  return { outcome: finish(), kill: (signal) => child.kill(signal) };
}

/**
 * Run a task of `deno.json` to its end.
 *
 * @param task Name of the task.
 * @param args Arguments after the task's name.
 * @returns How it ended.
 */
export async function run(task: string, args: readonly string[]): Promise<Outcome> {
  return await start(task, args).outcome;
}

/** What is said on the way, and is no complaint. */
const NEWS =
  /^(backend |Cannot find a BLAS library for |run folder |no MED data given|Synthetic points|training |preparing |sampling |measuring |continuing )/;

/**
 * Expect a command to have failed with one sentence, no stack and nothing on standard output.
 *
 * @param outcome How it ended.
 * @param code Expected exit code.
 * @param sentence What the sentence says.
 */
export function assertFailed({ code: found, out, err }: Outcome, code: number, sentence: RegExp): void {
  const complaints = err.filter((line) => !NEWS.test(line));
  assertEquals(complaints.length, 1, err.join("\n"));
  assertMatch(complaints[0]!, sentence);
  assertMatch(complaints[0]!, /[^.]$/);
  assertEquals(err.at(-1), complaints[0]!);
  assertEquals(out, "");
  assertEquals(found, code, err.join("\n"));
}

/**
 * Wait until something holds while a command runs.
 *
 * @param running The command; that it ends before is a failure.
 * @param what What is waited for, for the message.
 * @param holds Tells whether it holds.
 */
export async function until(running: Running, what: string, holds: () => Promise<boolean>): Promise<void> {
  let ended: Outcome | undefined;
  running.outcome.then((outcome) => ended = outcome);
  while (!await holds()) {
    if (ended !== undefined) throw new Error(`The command ended before ${what}:\n${ended.err.join("\n")}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/**
 * Tell whether a path exists.
 *
 * @param path The path.
 * @returns Whether it does.
 */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
