import type { PublishedTable } from "../plugin.ts";
import { tableHtml } from "./metrics_table.ts";
import { element, escapeText } from "./svg.ts";

/**
 * Write what a paper printed, under a sentence that says on which data.
 *
 * @param tables Tables in order.
 * @returns Markup; empty without tables.
 */
export function publishedTables(tables: readonly PublishedTable[]): string {
  return tables.map(({ title, data, columns, rows }) =>
    element("h3", {}, escapeText(title)) +
    element(
      "p",
      {},
      escapeText(`Copied from the paper. Its data: ${data}. Nothing in this table was computed by this program.`),
    ) +
    tableHtml(
      title,
      ["", ...columns],
      1,
      rows.map(({ name, values }) =>
        element("th", { scope: "row" }, escapeText(name)) +
        values.map((value) => element("td", { class: "n" }, escapeText(value))).join("")
      ),
    )
  ).join("\n");
}
