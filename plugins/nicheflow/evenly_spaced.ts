/**
 * Pick some of a list, evenly spaced from its first entry.
 *
 * @param count Length of the list.
 * @param most Entries to pick at most.
 * @returns Positions in the list, ascending; all of them if there are no more than `most`.
 */
export function evenlySpaced(count: number, most: number): Int32Array {
  const taken = Math.min(count, most);
  return Int32Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}
