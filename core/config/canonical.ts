/**
 * Write a value as JSON with sorted keys and no spaces, so that equal configurations give equal text.
 *
 * @example Usage
 * ```ts
 * import { canonicalJson } from "@morphogen/morphogen";
 *
 * const text = canonicalJson({ b: 1, a: [true, null] });
 * if (text !== '{"a":[true,null],"b":1}') throw new Error(text);
 * ```
 *
 * @param value A value made of records, lists and scalars; entries that are `undefined` are left out.
 * @returns The text.
 * @throws {TypeError} If the value holds something that JSON cannot express, for example `NaN` or a function.
 */
export function canonicalJson(value: unknown): string {
  const write = (node: unknown, path: string): string => {
    if (node === null || typeof node === "boolean" || typeof node === "string") return JSON.stringify(node);
    if (typeof node === "number" && Number.isFinite(node)) return JSON.stringify(node);
    if (Array.isArray(node)) return `[${node.map((item, i) => write(item, `${path}.${i}`)).join(",")}]`;
    if (typeof node === "object" && !ArrayBuffer.isView(node)) {
      const pairs = Object.entries(node).filter(([, inner]) => inner !== undefined);
      pairs.sort(([a], [b]) => a < b ? -1 : 1);
      return `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${write(inner, `${path}.${key}`)}`).join(",")}}`;
    }
    const shown = typeof node === "number" ? String(node) : `a value of type ${typeof node}`;
    throw new TypeError(`Cannot write "${path.slice(1)}" as JSON: it holds ${shown}`);
  };
  return write(value, "");
}

/**
 * Identify a configuration by a short hash.
 *
 * @param config A configuration; the order of its keys has no influence.
 * @returns The first 8 hexadecimal digits of the SHA-256 of its canonical JSON.
 * @throws {TypeError} If the value holds something that JSON cannot express.
 */
export async function hashConfig(config: unknown): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalJson(config)));
  return new Uint8Array(digest, 0, 4).toHex();
}
