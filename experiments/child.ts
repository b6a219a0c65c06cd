import { type ExperimentResult, parseResult } from "../core/run/result.ts";

/** A command line. */
export interface ChildCommand {
  /** Program to run. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
}

/** How a child process ended. */
export interface ChildOutcome {
  /** Exit code; 128 and the signal's number if a signal ended it. */
  readonly code: number;
  /** What it printed on standard output, if that is a result. */
  readonly result: ExperimentResult | undefined;
  /** Last line on standard error that is not empty. */
  readonly lastLine: string;
}

/** A child process that runs an experiment. */
export interface Child {
  /** How it ends. */
  readonly outcome: Promise<ChildOutcome>;
  /**
   * Send a signal; harmless once the process has ended.
   *
   * @param signal The signal.
   */
  kill(signal: Deno.Signal): void;
}

/** Feed text to `onLine` line by line and to a log, and return the last line. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  log: Deno.FsFile,
  onLine: (line: string) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let last = "";
  const take = (line: string): void => {
    if (line.trim() === "") return;
    last = line.trim();
    onLine(last);
  };
  for await (const bytes of stream) {
    for (let done = 0; done < bytes.length;) done += await log.write(bytes.subarray(done));
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
  take(rest);
  return last;
}

/**
 * Start an experiment in a process of its own.
 *
 * The process gets a group of its own, so that Ctrl-C in the terminal reaches only the caller, which passes it on once.
 *
 * @param command The command line; it prints its result on standard output as JSON.
 * @param logPath File that receives its standard error.
 * @param onLine Told each line of its standard error.
 * @returns The running process.
 */
export async function startChild(
  { command, args }: ChildCommand,
  logPath: string,
  onLine: (line: string) => void,
): Promise<Child> {
  const log = await Deno.open(logPath, { create: true, append: true });
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: Deno.build.os !== "windows",
  }).spawn();
  let running = true;
  const finish = async (): Promise<ChildOutcome> => {
    try {
      const [{ code }, output, lastLine] = await Promise.all([
        child.status,
        new Response(child.stdout).text(),
        readLines(child.stderr, log, onLine),
      ]);
      return { code, result: parseResult(output), lastLine };
    } finally {
      running = false;
      log.close();
    }
  };
  return Object.freeze({
    outcome: finish(),
    kill(signal: Deno.Signal): void {
      if (!running) return;
      try {
        child.kill(signal);
      } catch {
        // It ended between the check and the signal.
      }
    },
  });
}
