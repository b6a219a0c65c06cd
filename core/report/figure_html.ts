import type { Figure, Frame } from "./figure.ts";
import { safeDrawing } from "./safe_drawing.ts";
import { element, escapeText } from "./svg.ts";

/** One column of a figure: the drawings of one run. */
export interface Deck {
  /** Heading above the drawings; absent if the figure has one deck. */
  readonly heading?: string;
  /** Drawings to step through. */
  readonly frames: readonly Frame[];
}

/**
 * Fragment of the address of a figure.
 *
 * @param id Identifier of the figure.
 * @returns A fragment that no section has.
 */
export function figureFragment(id: string): string {
  return `figure-${id}`;
}

/**
 * Write a figure with its number, caption, and the controls to step through and enlarge it.
 *
 * @param figure Title and caption; its frames are not read.
 * @param number Number of the figure on the page.
 * @param decks What is drawn; several stand in a grid and are stepped through together.
 * @returns Markup.
 */
export function figureHtml(figure: Figure, number: number, decks: readonly Deck[]): string {
  const steps = Math.max(0, ...decks.map(({ frames }) => frames.length));
  const heading = element(
    "h3",
    {},
    element("span", { class: "no" }, `Figure ${number}`),
    element("span", { class: "name" }, escapeText(figure.title)),
  );
  const enlarge = (what: string): string =>
    element("button", { type: "button", "data-zoom": "open", "aria-label": `Enlarge ${what}` }, "Enlarge");
  const drawings = decks.map(({ heading, frames }) => {
    const deck = element("div", { class: "deck" }, ...frames.map(frameHtml));
    if (heading === undefined) return deck;
    const bar = element("div", { class: "bar" }, element("h4", {}, escapeText(heading)), enlarge(heading));
    return element("div", {}, bar, deck);
  });
  return element(
    "figure",
    { id: figureFragment(figure.id) },
    element("div", { class: "bar" }, heading, decks.length === 1 ? enlarge(`figure ${number}`) : ""),
    steps > 1 ? player(steps, decks) : "",
    drawings.length === 1 ? drawings[0]! : element("div", { class: "grid" }, ...drawings),
    element("figcaption", {}, escapeText(figure.caption)),
  );
}

function frameHtml({ label, svg }: Frame, i: number): string {
  const start = Math.max(0, svg.indexOf("<svg"));
  const drawing = safeDrawing(svg.slice(start));
  return element("div", { class: "frame", "data-label": label, hidden: i === 0 ? undefined : "" }, drawing);
}

function player(steps: number, decks: readonly Deck[]): string {
  const first = decks.find(({ frames }) => frames.length === steps)!.frames[0]!;
  const button = (attributes: Record<string, string>, text: string): string =>
    element("button", { type: "button", ...attributes }, text);
  return element(
    "div",
    { class: "player" },
    button({ "data-play": "" }, "Play"),
    button({ "data-step": "-1", "aria-label": "Previous step" }, "‹"),
    `<input type="range" min="0" max="${steps - 1}" value="0" aria-label="Step" aria-valuetext="${
      escapeText(first.label)
    }">`,
    button({ "data-step": "1", "aria-label": "Next step" }, "›"),
    element("output", {}, escapeText(first.label)),
  );
}
