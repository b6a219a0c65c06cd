/** First address and length of the prefix of what is not the public internet; RFC 6890 and the IANA registry behind it. */
const SPECIAL_V4: readonly (readonly [address: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

function wordOf(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((word, part) => word * 256 + Number(part), 0);
}

function isPublicWord(word: number): boolean {
  return !SPECIAL_V4.some(([start, prefix]) => {
    const size = 2 ** (32 - prefix);
    return Math.floor(word / size) === Math.floor(wordOf(start)! / size);
  });
}

/** The eight groups of an IPv6 address; undefined if it is none. */
function groupsOf(address: string): readonly number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const word = dotted === null ? undefined : wordOf(dotted[2]!);
  if (dotted !== null && word === undefined) return undefined;
  const text = dotted === null
    ? address
    : `${dotted[1]}${Math.floor(word! / 65536).toString(16)}:${(word! % 65536).toString(16)}`;
  const halves = text.split("::").map((half) => half === "" ? [] : half.split(":"));
  if (halves.length > 2) return undefined;
  const [left = [], right = []] = halves;
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...new Array<string>(missing).fill("0"), ...right];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}

function isPublicV6(groups: readonly number[]): boolean {
  const startsWith = (...prefix: readonly number[]): boolean => prefix.every((group, i) => groups[i] === group);
  const wordAt = (i: number): number => groups[i]! * 65536 + groups[i + 1]!;
  // An IPv4 address in the clothes of IPv6: mapped, translated (NAT64), tunnelled (6to4).
  if (startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return isPublicWord(wordAt(6));
  if (startsWith(0x2002)) return isPublicWord(wordAt(1));
  // Only 2000::/3 is in use; of it, protocol assignments (Teredo among them) and documentation are not for hosts.
  const inUse = groups[0]! >= 0x2000 && groups[0]! < 0x4000;
  return inUse && !(startsWith(0x2001) && groups[1]! < 0x200) && !startsWith(0x2001, 0xdb8) && !startsWith(0x3fff);
}

/**
 * Tell whether a text is an IP address.
 *
 * @param text IPv4 in four decimal parts, or IPv6 without brackets.
 * @returns Whether it is one.
 */
export function isIpAddress(text: string): boolean {
  return wordOf(text) !== undefined || groupsOf(text) !== undefined;
}

/**
 * Tell addresses of the public internet from those of this machine, of networks behind it, and of none.
 *
 * @param address IPv4 in four decimal parts, as URLs normalize them, or IPv6 without brackets.
 * @returns Whether it is public; false for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  const word = wordOf(address);
  if (word !== undefined) return isPublicWord(word);
  const groups = groupsOf(address.replace(/%.*$/, ""));
  return groups !== undefined && isPublicV6(groups);
}
