/**
 * Quote a word for a POSIX shell, whatever it holds.
 *
 * @param text The word.
 * @returns The word as a shell reads it back.
 */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
