/**
 * Control characters other than tab and line feed, and the characters that turn the direction of text around: in a
 * terminal the former move the cursor, set titles and more, and both can make a line read as what it is not.
 */
// deno-lint-ignore no-control-regex -- these characters are what must go
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

/**
 * Make text from outside (labels, gene names, notes, paths) safe to be shown to people.
 *
 * @param text Any text.
 * @returns The text with U+FFFD in place of each character that acts instead of being seen; tabs and line feeds stay.
 */
export function printable(text: string): string {
  return text.toWellFormed().replaceAll("\r\n", "\n").replace(UNPRINTABLE, "\ufffd");
}
