import { exitCodeOf, isMorphogenError } from "../../core/mod.ts";
import { printable } from "../../core/printable.ts";
import { Stopped } from "./stopped.ts";

/** The form of this project's own sentences, which what the engine says of a bug does not have. */
const SENTENCE = /^Cannot [^\n]*: [^\n]*$/;

function isFileFailure(error: Error): boolean {
  return error instanceof Deno.errors.NotCapable || ("code" in error && typeof error.code === "string");
}

/**
 * Turn a failure into one sentence on standard error and an exit code; what is a bug keeps its stack.
 *
 * @param error What was thrown.
 * @returns 2 for wrong usage, 130 or 143 for signals, else 1.
 */
export function reportFailure(error: unknown): number {
  if (error instanceof Stopped) {
    console.error(`${error.message}; the same command goes on where it stopped`);
    return exitCodeOf(error.signal);
  }
  if (isMorphogenError(error)) {
    console.error(error.message);
    return isMorphogenError(error, "ConfigError") ? 2 : 1;
  }
  if (error instanceof Error && isFileFailure(error)) {
    console.error(`Cannot use a file: ${printable(error.message.split("\n")[0]!)}`);
    return 1;
  }
  if ((error instanceof RangeError || error instanceof TypeError) && SENTENCE.test(error.message)) {
    console.error(printable(error.message));
    return 1;
  }
  console.error("This is a bug in Morphogen, please report it with these lines:");
  console.error(printable(Deno.inspect(error)));
  return 1;
}
