import { exitCodeOf, isMorphogenError } from "../core/mod.ts";
import { printable } from "../core/printable.ts";
import { Stopped } from "./stage.ts";

/** The form of this project's own sentences, which what the engine says of a bug does not have. */
const SENTENCE = /^[A-Z][^\n]*(: |; |, expected )[^\n]*$/;

/** What the engine and the WebAssembly heap say when memory ends. */
const MEMORY =
  /allocation failed|invalid (typed )?array length|out of memory|OOM|cannot enlarge memory|memory access out/i;

function isFileFailure(error: Error): boolean {
  return error instanceof Deno.errors.NotCapable || ("code" in error && typeof error.code === "string");
}

/** What a user can act on, as one sentence; `undefined` for what is a bug. */
function sentenceOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message, name } = error;
  if (isMorphogenError(error)) return message;
  if (MEMORY.test(message)) return `Cannot get enough memory (${message.split("\n")[0]}): use smaller batches or data`;
  if (isFileFailure(error)) return `Cannot use a file: ${message.split("\n")[0]}`;
  const builtIn = ["TypeError", "RangeError", "SyntaxError"].includes(name);
  return builtIn && SENTENCE.test(message) ? message : undefined;
}

/**
 * Turn a failure into one sentence on standard error and an exit code; what is a bug keeps its stack.
 *
 * @param error What was thrown.
 * @returns 2 for wrong usage, 130 or 143 for signals, else 1.
 */
export function reportFailure(error: unknown): number {
  if (error instanceof Stopped) {
    console.error(`${error.message}; the same command goes on from the last checkpoint`);
    return exitCodeOf(error.signal);
  }
  const sentence = sentenceOf(error);
  if (sentence !== undefined) {
    console.error(printable(sentence));
    return isMorphogenError(error, "ConfigError") ? 2 : 1;
  }
  console.error("This is a bug in Morphogen or in a plugin, please report it with these lines:");
  console.error(printable(Deno.inspect(error)));
  return 1;
}
