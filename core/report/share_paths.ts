const LONG = 2048;

/**
 * Write long paths that occur more than once only once: frames and figures often draw the same tissue underneath.
 *
 * @param html Markup with inline drawings.
 * @returns The markup with `<use>` in place of the repeated paths, and the drawing that holds them, to be put into the
 * same page; empty text if nothing repeats.
 */
export function sharePaths(html: string): { readonly html: string; readonly store: string } {
  const pattern = /<path d="([^"]*)"\/>/g;
  const times = new Map<string, number>();
  for (const [, d] of html.matchAll(pattern)) {
    if (d!.length >= LONG) times.set(d!, (times.get(d!) ?? 0) + 1);
  }
  const repeated = [...times].filter(([, n]) => n > 1).map(([d]) => d);
  if (repeated.length === 0) return { html, store: "" };
  const ids = new Map(repeated.map((d, i) => [d, `shared-path-${i}`]));
  const paths = repeated.map((d) => `<path id="${ids.get(d)}" d="${d}"/>`).join("");
  return {
    html: html.replace(pattern, (path, d: string) => ids.has(d) ? `<use href="#${ids.get(d)}"/>` : path),
    store: `<svg aria-hidden="true" width="0" height="0" style="position:absolute"><defs>${paths}</defs></svg>`,
  };
}
