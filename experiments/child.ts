import { writeError } from "../core/io/atomic.ts";
import { type ExperimentResult, parseResult } from "../core/run/result.ts";
import { launchCommand } from "./launch/command.ts";

/** A command line. */
export interface ChildCommand {
  /** Program to run. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
}

/**
 * The command that runs an experiment in a process of its own, here or on another machine with the same files.
 *
 * @param args Arguments of `deno task exp`.
 * @returns This Deno with this package's command line and the permissions that the arguments need.
 */
export function experimentCommand(args: readonly string[]): ChildCommand {
  return launchCommand("experiments/main.ts", args);
}

/** How a child process ended. */
export interface ChildOutcome {
  /** Exit code; 128 and the signal's number if a signal ended it. */
  readonly code: number;
  /** What it printed on standard output, if that is a result. */
  readonly result: ExperimentResult | undefined;
  /** Last line on standard error that is not empty. */
  readonly lastLine: string;
  /** Why its log is incomplete; undefined if it is complete. */
  readonly unlogged: string | undefined;
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

/** Feed text to `onLine` line by line and to a log; a log that cannot be written does not stop the process. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  log: Deno.FsFile,
  onLine: (line: string) => void,
): Promise<{ readonly last: string; readonly failure: unknown }> {
  const decoder = new TextDecoder();
  let rest = "";
  let last = "";
  let failure: unknown;
  const take = (line: string): void => {
    if (line.trim() === "") return;
    last = line.trim();
    onLine(last);
  };
  const record = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.length;) done += await log.write(bytes.subarray(done));
  };
  for await (const bytes of stream) {
    await record(bytes).catch((error) => failure ??= error);
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
  take(rest);
  return { last, failure };
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
 * @throws {CheckpointError} If the log cannot be written.
 * @throws {Deno.errors.NotFound} If there is no such program.
 */
export async function startChild(
  { command, args }: ChildCommand,
  logPath: string,
  onLine: (line: string) => void,
): Promise<Child> {
  const log = await Deno.open(logPath, { create: true, append: true }).catch((error) => {
    throw writeError(logPath, error);
  });
  let running = true;
  const start = (): Deno.ChildProcess => {
    try {
      return new Deno.Command(command, {
        args: [...args],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        detached: Deno.build.os !== "windows",
      }).spawn();
    } catch (error) {
      log.close();
      throw error;
    }
  };
  const child = start();
  const finish = async (): Promise<ChildOutcome> => {
    try {
      const [{ code }, output, { last, failure }] = await Promise.all([
        child.status,
        new Response(child.stdout).text(),
        readLines(child.stderr, log, onLine),
      ]);
      const unlogged = failure === undefined ? undefined : writeError(logPath, failure).message;
      return { code, result: parseResult(output), lastLine: last, unlogged };
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
