import { escapeText } from "./svg.ts";

/** What draws, and nothing that acts, loads, styles the page around it or leads away from it. */
const ELEMENTS: ReadonlySet<string> = new Set([
  ...["svg", "g", "defs", "symbol", "use", "title", "desc", "text", "tspan", "textPath", "image"],
  ...["path", "rect", "circle", "ellipse", "line", "polyline", "polygon"],
  ...["clipPath", "mask", "marker", "pattern", "linearGradient", "radialGradient", "stop"],
]);

/** Attributes whose values are numbers, words, colours, or references within the drawing. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  ...["xmlns", "xmlns:xlink", "viewBox", "width", "height", "preserveAspectRatio", "overflow", "role", "aria-label"],
  ...[
    "aria-hidden",
    "id",
    "class",
    "data-group",
    "transform",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "dx",
    "dy",
    "cx",
    "cy",
  ],
  ...["r", "rx", "ry", "fx", "fy", "d", "points", "pathLength", "offset", "rotate", "textLength", "lengthAdjust"],
  ...["fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap"],
  ...["stroke-linejoin", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "opacity", "color", "display"],
  ...["visibility", "clip-path", "clip-rule", "mask", "marker-start", "marker-mid", "marker-end", "stop-color"],
  ...["stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod", "patternUnits", "patternTransform"],
  ...["patternContentUnits", "clipPathUnits", "maskUnits", "maskContentUnits", "markerUnits", "markerWidth"],
  ...["markerHeight", "refX", "refY", "orient", "font-family", "font-size", "font-weight", "font-style"],
  ...["text-anchor", "dominant-baseline", "alignment-baseline", "baseline-shift", "letter-spacing", "word-spacing"],
  ...["shape-rendering", "image-rendering", "text-rendering", "vector-effect", "href", "xlink:href", "style"],
]);

/** Tags as XML writes them; what only HTML takes for a tag is text. */
const TAG = /<(\/?)([A-Za-z]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*(\/?)>/g;

const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** Declarations are few and of one kind in drawings; positions would lay a drawing over the page. */
const STYLE = /^\s*(image-rendering|fill|stroke|opacity|font-[a-z]+|text-anchor)\s*:\s*[\w\s.#%,'-]+;?\s*$/;

function isSafe(name: string, value: string): boolean {
  if (!ATTRIBUTES.has(name)) return false;
  switch (name) {
    case "href":
    case "xlink:href":
      return /^(#[\w.:-]+|data:image\/(png|jpeg);base64,[\w+/=\s]*)$/.test(value);
    case "style":
      return STYLE.test(value);
    case "class":
      // Other classes are those of the page, whose script would take the drawing for a part of it.
      return value.split(/\s+/).every((one) => one.startsWith("mg-"));
    default:
      return name === "d" || name === "aria-label" || !/url\s*\(/i.test(value) || /^url\(#[\w.:-]+\)$/.test(value);
  }
}

function safeTag([whole, close, name, attributes, empty]: readonly string[]): string {
  if (!ELEMENTS.has(name!)) return escapeText(whole!);
  const kept = [...attributes!.matchAll(ATTRIBUTE)].flatMap(([, key, double, single]) => {
    const value = double ?? single!;
    return isSafe(key!, value) ? [` ${key}="${value.replaceAll('"', "&quot;")}"`] : [];
  });
  return `<${close}${name}${close === "" ? kept.join("") : ""}${empty}>`;
}

function withoutTags(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Keep of a drawing what draws. Drawings come from plugins, and from files of run folders that anyone may have made: a
 * script in one could not run under the page's policy, but a link, a style or a redirection of the page would act.
 *
 * @param svg Markup.
 * @returns The drawing; other elements are shown as the text that they are, other attributes are left out.
 */
export function safeDrawing(svg: string): string {
  let out = "";
  let at = 0;
  for (const tag of svg.matchAll(TAG)) {
    out += withoutTags(svg.slice(at, tag.index)) + safeTag(tag);
    at = tag.index + tag[0].length;
  }
  return out + withoutTags(svg.slice(at));
}
