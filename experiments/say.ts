import { printable } from "../core/printable.ts";

/**
 * Tell the user one sentence on standard error, in place of a progress bar's unfinished line if there is one.
 *
 * @param sentence The sentence.
 */
export function say(sentence: string): void {
  console.error(Deno.stderr.isTerminal() ? `\r\x1b[K${printable(sentence)}` : printable(sentence));
}
