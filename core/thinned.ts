/**
 * Leave entries out of a list, evenly, so that its ends stay.
 *
 * @typeParam T Entries.
 * @param list The list.
 * @param most Entries to keep at most, at least two.
 * @returns The list itself if it is no longer than that, else `most` entries in order.
 */
export function thinned<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, i) => list[Math.round(i * (list.length - 1) / (most - 1))]!);
}
