import { createHash } from "node:crypto";
import { PAGE_SCRIPT } from "./page_script.ts";
import { pageStyle } from "./page_style.ts";
import { sharePaths } from "./share_paths.ts";
import { element, escapeText, FONT_STACK } from "./svg.ts";

/** A part of a page that the table of contents leads to. */
export interface PageSection {
  /** Fragment of the address. */
  readonly id: string;
  /** Heading, plain text. */
  readonly title: string;
  /** Markup below the heading. */
  readonly body: string;
  /** Entries below this one in the table of contents: fragment and plain text. */
  readonly entries?: readonly { readonly id: string; readonly title: string }[];
}

/** What a page shows. */
export interface PageOptions {
  /** Heading, plain text. */
  readonly title: string;
  /** Small line above the heading, plain text. */
  readonly kicker: string;
  /** Paragraphs below the heading, plain text. */
  readonly summary: readonly string[];
  /** Sentences to be read before anything else, plain text. */
  readonly notes: readonly string[];
  /** Parts in order; empty bodies are left out. */
  readonly sections: readonly PageSection[];
}

/**
 * Write a page that needs nothing but itself. Its content security policy forbids every request and every script but
 * the one written here, so markup of a plugin's drawings cannot act.
 *
 * @param options What the page shows.
 * @returns An HTML document.
 */
export function renderPage(options: PageOptions): string {
  const sections = options.sections.filter(({ body }) => body !== "");
  const { html, store } = sharePaths(sections.map(sectionHtml).join("\n"));
  const hash = createHash("sha256").update(PAGE_SCRIPT).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:; ` +
    `base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Morphogen">
<link rel="icon" href="data:,">
<title>${escapeText(options.title)}</title>
<style>
${pageStyle(FONT_STACK)}</style>
<noscript><style>.frame[hidden] { display: block !important } .player, button { display: none }</style></noscript>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
${store}<div class="page">
${contents(sections)}
<main id="main">
${header(options)}
${html}
</main>
</div>
${DIALOG}
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

const DIALOG = `<dialog aria-label="Enlarged figure"><div class="bar"><h3></h3><div class="tools">
<button type="button" data-zoom="out" aria-label="Zoom out">−</button>
<button type="button" data-zoom="in" aria-label="Zoom in">+</button>
<button type="button" data-zoom="reset">Fit</button>
<button type="button" data-zoom="close">Close</button></div></div><div class="stage"></div></dialog>`;

function contents(sections: readonly PageSection[]): string {
  const link = (id: string, title: string): string => element("a", { href: `#${id}` }, escapeText(title));
  const items = sections.map(({ id, title, entries = [] }) => {
    const below = entries.map((entry) => element("li", {}, link(entry.id, entry.title)));
    return element("li", {}, link(id, title), below.length === 0 ? "" : element("ul", {}, ...below));
  });
  return element(
    "nav",
    { "aria-label": "Contents" },
    element("p", { class: "brand" }, "Morphogen"),
    element("ul", {}, ...items),
    element("button", { type: "button", "data-scheme": "auto" }, "Colours: auto"),
  );
}

function header({ title, kicker, summary, notes }: PageOptions): string {
  return element(
    "header",
    {},
    element("p", { class: "kicker" }, escapeText(kicker)),
    element("h1", {}, escapeText(title)),
    element("div", { class: "lead" }, ...paragraphs(summary)),
    notes.length === 0
      ? ""
      : element("aside", { class: "notes", role: "note" }, element("h2", {}, "Please note"), ...paragraphs(notes)),
  );
}

function paragraphs(texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [""] : texts.map((text) => element("p", {}, escapeText(text)));
}

function sectionHtml({ id, title, body }: PageSection): string {
  return element("section", { id }, element("h2", {}, escapeText(title)), body);
}
