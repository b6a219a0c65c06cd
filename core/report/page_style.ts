const LIGHT = `
  color-scheme: light; --paper: #ffffff; --raised: #f6f7f9; --ink: #1b1f24; --soft: #59636e; --rule: #e1e5ea;
  --accent: #235a92; --on-accent: #ffffff; --panel: #f6f7f9; --muted: #d3d8de; --missing: #9aa3ad;
  --note: #fdf6e6; --note-edge: #d9a32b;`;

const DARK = `
  color-scheme: dark; --paper: #14171b; --raised: #1b1f24; --ink: #e7eaee; --soft: #a0aab5; --rule: #2c323a;
  --accent: #7db4ea; --on-accent: #10141a; --panel: #1a1e23; --muted: #3a424c; --missing: #75808c;
  --note: #262216; --note-edge: #c4962f;`;

const DRAWINGS = `
svg .mg-paper { fill: none }
svg .mg-ink { fill: var(--ink) }
svg .mg-soft { fill: var(--soft) }
svg .mg-rule { stroke: var(--rule) }
svg .mg-axis { stroke: var(--soft) }
svg .mg-panel { fill: var(--panel) }
svg .mg-accent { fill: var(--accent) }
svg .mg-accent-line { stroke: var(--accent) }
svg .mg-on-accent { fill: var(--on-accent) }
svg .mg-muted { stroke: var(--muted) }
svg .mg-missing { stroke: var(--missing) }
svg .mg-key { cursor: pointer }
.solo svg [data-group] { opacity: 0.05 }
.solo svg .mg-key { opacity: 0.45 }
.solo svg [data-group].on { opacity: 1 }`;

const LAYOUT = `
*, *::before, *::after { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 24px; -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 FONTS; font-variant-numeric: lining-nums }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; font-size: 0.86em }
.skip { position: absolute; left: -9999px }
.skip:focus { left: 16px; top: 12px; background: var(--paper); padding: 4px 10px; z-index: 5 }
.page { display: grid; grid-template-columns: minmax(0, 1080px); justify-content: center; padding: 0 24px }
main { min-width: 0; padding: 56px 0 96px }
header { margin-bottom: 40px }
.kicker { margin: 0 0 6px; color: var(--soft); font-size: 13px; letter-spacing: 0.04em }
h1 { margin: 0 0 18px; font-size: 34px; line-height: 1.2; letter-spacing: -0.015em; font-weight: 650; text-wrap: balance }
h2 { margin: 0 0 20px; font-size: 22px; line-height: 1.3; letter-spacing: -0.01em; font-weight: 650 }
h3 { margin: 0; font-size: 16px; line-height: 1.4; font-weight: 650 }
section { margin-top: 64px; padding-top: 28px; border-top: 1px solid var(--rule) }
.lead p { margin: 0 0 12px; max-width: 72ch; font-size: 18px; line-height: 1.6 }
.notes { margin: 28px 0 0; padding: 14px 20px; max-width: 82ch; background: var(--note); border-left: 4px solid var(--note-edge); border-radius: 0 6px 6px 0 }
.notes h2 { margin: 0 0 4px; font-size: 14px; letter-spacing: 0 }
.notes p { margin: 4px 0; font-size: 15.5px }
.hint { margin: -8px 0 20px; color: var(--soft); max-width: 76ch; font-size: 15px }
nav { font-size: 14px; line-height: 1.45 }
nav ul { list-style: none; margin: 0; padding: 0 }
nav ul ul { padding-left: 12px; margin: 2px 0 6px }
nav a { display: block; padding: 3px 10px; color: var(--soft); text-decoration: none; border-left: 2px solid transparent }
nav a:hover { color: var(--ink) }
nav a[aria-current] { color: var(--ink); border-left-color: var(--accent) }
nav ul ul a { font-size: 13px }
nav .brand { margin: 0 0 14px; padding: 0 12px; font-weight: 650; letter-spacing: -0.01em }
button { font: inherit; font-size: 13px; line-height: 1.3; color: var(--ink); background: var(--paper); border: 1px solid var(--rule); border-radius: 6px; padding: 5px 11px; cursor: pointer }
button:hover { background: var(--raised) }
nav button { margin: 18px 12px 0; color: var(--soft) }
@media (max-width: 1279px) { nav { padding-top: 24px } nav ul ul { display: none } nav ul { display: flex; flex-wrap: wrap; gap: 2px 4px } nav button { margin-left: 10px } main { padding-top: 32px } }
@media (min-width: 1280px) {
  .page { grid-template-columns: 216px minmax(0, 1080px); gap: 56px }
  .page:has(.grid) { grid-template-columns: 216px minmax(0, 1720px) }
  nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 60px 0 24px }
}`;

const TABLES = `
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; line-height: 1.45 }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 13px; vertical-align: bottom; border-bottom: 1px solid var(--soft) }
th, td { padding: 9px 20px 9px 0 }
td { vertical-align: top; border-bottom: 1px solid var(--rule) }
tbody th { color: var(--ink); font-size: 14.5px; vertical-align: top; border-bottom: 1px solid var(--rule); font-weight: 600; min-width: 15em }
tr > td:last-child { padding-right: 0 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums lining-nums; white-space: nowrap }
td.n:last-child, th.n:last-child { padding-right: 2px }
td.value { font-weight: 650 }
.about { display: block; max-width: 46ch; color: var(--soft); font-weight: 400; font-size: 13.5px }
.better { color: var(--soft); font-weight: 400; white-space: nowrap; font-size: 13.5px }
.best { font-weight: 650 }
.best::before { content: 'best '; font-size: 11px; font-weight: 400; color: var(--accent) }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); margin: 0; font-size: 14.5px }
dl.facts > * { margin: 0; padding: 6px 32px 6px 0; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere }
dl.facts dt { color: var(--soft) }
.tree, .tree ul { list-style: none; margin: 0; padding: 0; font-size: 14px; line-height: 1.7 }
.tree ul { padding-left: 20px; border-left: 1px solid var(--rule); margin-left: 5px }
.tree .key { color: var(--soft) }
.tree li { overflow-wrap: anywhere }
.tree li:not(:has(> details)) { padding-left: 16px }
summary { cursor: pointer }
.tree summary { color: var(--ink); font-weight: 600; list-style-position: outside; margin-left: 16px }
.sources { margin: 0; padding: 0; list-style: none }
.sources li { margin: 0 0 22px; max-width: 80ch; font-size: 15px }
.sources .role { display: block; color: var(--soft); font-size: 13px }
.sources .title { font-weight: 600 }
pre { margin: 0; padding: 14px 18px; background: var(--raised); border-radius: 6px; overflow-x: auto; line-height: 1.6 }
details.more { margin-top: 18px } details.more summary { color: var(--soft); font-size: 14px; margin-bottom: 10px }`;

const FIGURES = `
figure { margin: 0 0 64px }
figure:last-child { margin-bottom: 0 }
.bar { display: flex; align-items: baseline; justify-content: space-between; gap: 20px; margin-bottom: 14px }
.bar .no { color: var(--soft); font-weight: 400; margin-right: 6px }
.frame { overflow-x: auto }
.frame > svg { display: block; width: 100%; height: auto; min-width: 640px }
figcaption { margin-top: 12px; max-width: 76ch; color: var(--soft); font-size: 14.5px; line-height: 1.5 }
.player { display: flex; align-items: center; gap: 8px; margin: 0 0 16px }
.player input { flex: 1; min-width: 80px; accent-color: var(--accent) }
.player output { min-width: 9em; font-size: 14px; font-variant-numeric: tabular-nums }
.player [data-play] { min-width: 5.2em }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr)); gap: 28px 36px }
.grid .bar { margin-bottom: 8px }
.grid h4 { margin: 0; font-size: 14px; font-weight: 600; color: var(--soft); overflow-wrap: anywhere }
.grid .frame > svg { min-width: 0 }
dialog { width: 96vw; height: 94vh; max-width: none; max-height: none; padding: 0; border: 1px solid var(--rule); border-radius: 10px; background: var(--paper); color: var(--ink) }
dialog::backdrop { background: rgb(0 0 0 / 0.55) }
dialog[open] { display: flex; flex-direction: column }
dialog .bar { align-items: center; padding: 10px 16px; margin: 0; border-bottom: 1px solid var(--rule) }
dialog .tools { display: flex; gap: 6px }
.stage { flex: 1; min-height: 0; touch-action: none; cursor: grab }
.stage:active { cursor: grabbing }
.stage > svg { display: block; width: 100%; height: 100% }`;

const PRINT = `
@media print {
  nav, .skip, .player, button, dialog, .more { display: none !important }
  .page { display: block; padding: 0 }
  main { padding: 0 }
  body { font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact }
  h1 { font-size: 21pt } h2 { font-size: 14pt } .lead p { font-size: 11.5pt }
  section { margin-top: 28px; padding-top: 16px }
  figure, tr, .sources li { break-inside: avoid }
  figure { margin-bottom: 30px }
  h2, h3, .bar { break-after: avoid }
  .frame > svg { min-width: 0 }
  .scroll, pre { overflow: visible; white-space: normal } pre { white-space: pre-wrap }
}
@page { margin: 16mm }`;

/**
 * Style sheet of all pages.
 *
 * The reader's colour scheme decides between light and dark; the attribute `data-theme` on the root overrules it, and
 * paper is always light.
 *
 * @param fonts Font stack.
 * @returns CSS.
 */
export function pageStyle(fonts: string): string {
  return `:root {${LIGHT} }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) {${DARK} } }
:root[data-theme=dark] {${DARK} }
@media print { :root, :root:not([data-theme=light]), :root[data-theme=dark] {${LIGHT} } }
${LAYOUT.replace("FONTS", fonts)}${TABLES}${FIGURES}${DRAWINGS}${PRINT}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
`;
}
