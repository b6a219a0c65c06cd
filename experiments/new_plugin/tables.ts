/** Key of a line of a table, without quotes; undefined for the inner lines of an entry. */
function keyOf(line: string, indent: number): string | undefined {
  const found = /^(\s*)"?([\w./-]+)"?:/.exec(line);
  return found !== null && found[1]!.length === indent ? found[2] : undefined;
}

/**
 * Add an entry to a literal table of a source file, in the order of its keys.
 *
 * @param text The file.
 * @param head Beginning of the line that opens the table.
 * @param entry The entry, one line with its indent and comma.
 * @param prefix Beginning of the keys among which it belongs; the others keep their places.
 * @returns The file with the entry.
 * @throws {TypeError} If there is no such table, or it has the key already.
 */
export function withEntry(text: string, head: string, entry: string, prefix = ""): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trimStart().startsWith(head));
  if (start < 0) throw new TypeError(`Cannot add ${entry.trim()}: there is no table that begins with ${head}`);
  const indent = entry.length - entry.trimStart().length;
  const key = keyOf(entry, indent)!;
  let among = false;
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at]!;
    const other = keyOf(line, indent);
    if (other === key) throw new TypeError(`Cannot add ${entry.trim()}: the table has this key already`);
    const end = /^\s*[}\]]/.test(line) && line.length - line.trimStart().length < indent;
    const here = other?.startsWith(prefix) ? other > key : among && other !== undefined;
    among ||= other?.startsWith(prefix) === true;
    if (!end && !here) continue;
    // JSON has no comma after its last entry.
    const json = end && entry.trimEnd().endsWith(",") && !lines[at - 1]!.trimEnd().endsWith(",");
    if (json) lines[at - 1] += ",";
    lines.splice(at, 0, json ? entry.trimEnd().slice(0, -1) : entry);
    return lines.join("\n");
  }
  throw new TypeError(`Cannot add ${entry.trim()}: the table that begins with ${head} has no end`);
}
