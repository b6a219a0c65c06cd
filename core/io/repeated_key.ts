/** Strings, brackets and what stands between names and values; everything else of JSON holds no keys. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/**
 * Find a key that a JSON document gives twice in one object; `JSON.parse` silently keeps the last one, other readers the
 * first.
 *
 * @param text A valid JSON document.
 * @returns The first such key; undefined if there is none.
 */
export function repeatedKey(text: string): string | undefined {
  // One set of keys for each object that is open, undefined for each list.
  const open: (Set<string> | undefined)[] = [];
  let before = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const keys = open.at(-1);
      const key: string = JSON.parse(before);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
    before = token;
  }
  return undefined;
}
