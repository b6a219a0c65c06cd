import { crc32c } from "./crc32c.ts";

/** What a line ends with if it says the checksum of the rest; a damaged name of the key must not hide that. */
const ENDING = /^(\{.*?),?"[^"]*":"([0-9a-f]{8})"\}$/s;

function checksum(text: string): string {
  return crc32c(new TextEncoder().encode(text)).toString(16).padStart(8, "0");
}

/**
 * Write one object as a line without its line break.
 *
 * @param value The object; numbers that are not finite become null, as in JSON.
 * @returns JSON with one more key, `crc32c`: the checksum of the line as it would be without.
 */
export function jsonLine(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value);
  return `${text.slice(0, -1)}${text === "{}" ? "" : ","}"crc32c":"${checksum(text)}"}`;
}

/**
 * Take the checksum off a line.
 *
 * @param line The line.
 * @param value What it says.
 * @returns The line without its checksum; `undefined` if that is wrong, the line itself if there is none.
 */
export function uncheck(line: string, value: Readonly<Record<string, unknown>>): string | undefined {
  const [, start, expected] = ENDING.exec(line) ?? [];
  if (start !== undefined && checksum(`${start}}`) === expected) return `${start}}`;
  return Object.hasOwn(value, "crc32c") ? undefined : line;
}

/**
 * Tell what a killed writer left, which is the beginning of a line and so without what stands at the end of one, from
 * damage.
 *
 * @param line The last line of a file.
 * @returns Whether its writer may have been killed.
 */
export function isTorn(line: string): boolean {
  return !/"crc32c":"[0-9a-f]{8}"\}/.test(line);
}
