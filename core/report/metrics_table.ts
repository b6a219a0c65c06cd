import type { Metric } from "../plugin.ts";
import { formatNumber, formatSpread } from "./format.ts";
import { element, escapeText } from "./svg.ts";

/**
 * Names that occur in any of some records, in order of first appearance.
 *
 * @param records Values by name.
 * @returns The names.
 */
export function namesOf(records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

/**
 * Put a table into a box that scrolls sideways where the page is narrow.
 *
 * @param label What the table shows, for screen readers.
 * @param head Headings, plain text; those after the first `texts` are set right for numbers.
 * @param texts Number of columns that hold text.
 * @param rows Cells as markup, `<th>` and `<td>` included.
 * @returns Markup.
 */
export function tableHtml(label: string, head: readonly string[], texts: number, rows: readonly string[]): string {
  const heads = head.map((text, i) =>
    element("th", { scope: "col", class: i < texts ? undefined : "n" }, escapeText(text))
  );
  return element(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": label },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, row))),
    ),
  );
}

/**
 * Name, meaning and direction of a metric, as the first two cells of its row.
 *
 * @param metric The metric.
 * @returns Markup.
 */
export function metricCells({ name, description, better }: Metric): string {
  const about = element("span", { class: "about" }, escapeText(description));
  const arrow = better === "higher" ? "↑ higher" : "↓ lower";
  return element("th", { scope: "row" }, escapeText(name), about) + element("td", { class: "better" }, arrow);
}

/**
 * Write metrics with their anchors as a table.
 *
 * @param metrics Metrics in order.
 * @returns Markup.
 */
export function metricsTable(metrics: readonly Metric[]): string {
  const anchors = namesOf(metrics.map((metric) => metric.anchors));
  const rows = metrics.map((metric) =>
    metricCells(metric) +
    element("td", { class: "n value" }, formatSpread(metric.value, metric.spread)) +
    anchors.map((anchor) => {
      const value = metric.anchors[anchor];
      return element("td", { class: "n" }, value === undefined ? "–" : formatNumber(value));
    }).join("")
  );
  return tableHtml("Metrics and their anchors", ["Metric", "Better", "Model", ...anchors], 2, rows);
}
