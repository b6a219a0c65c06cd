import { element, escapeText } from "./svg.ts";

const DEEPEST = 12;

/**
 * Write a configuration as a tree that folds.
 *
 * @param config Any value that JSON can hold.
 * @returns Markup; empty text if there is nothing to show.
 */
export function configTree(config: unknown): string {
  if (config === undefined || config === null) return "";
  const entries = typeof config === "object" ? Object.entries(config) : [["value", config] as const];
  return entries.length === 0 ? "" : element("ul", { class: "tree" }, ...entries.map((entry) => item(entry, 0)));
}

function item([key, value]: readonly [string, unknown], depth: number): string {
  if (typeof value !== "object" || value === null || isPlainList(value)) {
    return element("li", {}, element("span", { class: "key" }, escapeText(key)), " ", leaf(value));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || depth >= DEEPEST) {
    const mark = depth >= DEEPEST ? "…" : Array.isArray(value) ? "[]" : "{}";
    return element("li", {}, element("span", { class: "key" }, escapeText(key)), ` <code>${mark}</code>`);
  }
  const below = element("ul", {}, ...entries.map((entry) => item(entry, depth + 1)));
  return element("li", {}, element("details", { open: "" }, element("summary", {}, escapeText(key)), below));
}

function isPlainList(value: object): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one !== "object" || one === null);
}

function leaf(value: unknown): string {
  const text = Array.isArray(value) ? value.map(word).join(", ") : word(value);
  return element("code", {}, escapeText(text));
}

function word(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
