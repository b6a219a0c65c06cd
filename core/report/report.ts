import type { Citation } from "../data.ts";
import type { Metric, PublishedTable } from "../plugin.ts";
import { anchorPlot } from "./anchor_plot.ts";
import { configTree } from "./config_tree.ts";
import type { Figure } from "./figure.ts";
import { figureFragment, figureHtml } from "./figure_html.ts";
import { metricsTable } from "./metrics_table.ts";
import { renderPage } from "./page.ts";
import { publishedTables } from "./published_tables.ts";
import { element, escapeText } from "./svg.ts";

/** A publication and what it gave to the run. */
export interface ReportCitation {
  /** What it stands for, for example `"Method"` or `"Data"`. */
  readonly role: string;
  /** The publication or data set. */
  readonly citation: Citation;
}

/** What a run has to show; all text is plain and escaped by the report. */
export interface ReportInput {
  /** Heading, for example the experiment and the run. */
  readonly title: string;
  /** Paragraphs that say what was done and what came out. */
  readonly summary: readonly string[];
  /** Sentences that must be read before any number, for example what the features really are. */
  readonly notes: readonly string[];
  /** Results. */
  readonly metrics: readonly Metric[];
  /** What the method's paper printed for its own data. @default {[]} */
  readonly published?: readonly PublishedTable[];
  /** Pictures in order. */
  readonly figures: readonly Figure[];
  /** Merged configuration. */
  readonly config: unknown;
  /** Publications of method and data. */
  readonly citations: readonly ReportCitation[];
  /** Versions, backend, device, commit, seed, seconds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Commands that repeat the run, one per line. */
  readonly rerun: readonly string[];
}

/**
 * Write the report of a run: one HTML document that needs no other file and no network.
 *
 * @example Usage
 * ```ts
 * import { renderReport } from "@morphogen/morphogen";
 *
 * const html = renderReport({
 *   title: "A run",
 *   summary: ["Nothing was trained."],
 *   notes: ["Numbers below are invented."],
 *   metrics: [],
 *   figures: [],
 *   config: { steps: 0 },
 *   citations: [],
 *   environment: { seed: "0" },
 *   rerun: ["deno task exp NAME"],
 * });
 * if (!html.startsWith("<!doctype html>")) throw new Error("not a document");
 * ```
 *
 * @param input What the run has to show.
 * @returns The document.
 */
export function renderReport(input: ReportInput): string {
  const { metrics, figures } = input;
  const anchored = metrics.filter((metric) => Object.keys(metric.anchors).length > 0);
  const overview: Figure | undefined = anchored.length === 0 ? undefined : {
    id: "anchors",
    title: "The model among its anchors",
    caption: "Dot: value of the trained model, with its spread over sampling repeats as a bar. Ticks: the same " +
      "quantity for references. Every row has its own range and is turned so that right is better.",
    frames: [{ label: "", svg: anchorPlot({ title: "Metrics among their anchors", rows: anchored }) }],
  };
  const offset = overview === undefined ? 1 : 2;
  return renderPage({
    title: input.title,
    kicker: "Run report",
    summary: input.summary,
    notes: input.notes,
    sections: [
      {
        id: "results",
        title: "Results",
        body: metrics.length === 0
          ? element("p", {}, "No metrics were recorded.")
          : (overview === undefined ? "" : figureHtml(overview, 1, [overview])) + metricsTable(metrics),
      },
      {
        id: "figures",
        title: "Figures",
        body: figures.map((figure, i) => figureHtml(figure, i + offset, [{ frames: figure.frames }])).join("\n"),
        entries: figures.map(({ id, title }) => ({ id: figureFragment(id), title })),
      },
      { id: "published", title: "Printed in the paper", body: publishedTables(input.published ?? []) },
      { id: "configuration", title: "Configuration", body: configuration(input.config) },
      { id: "sources", title: "Sources and licences", body: sources(input.citations) },
      { id: "environment", title: "Environment", body: facts(input.environment) },
      { id: "again", title: "Run it again", body: commands(input.rerun) },
    ],
  });
}

function configuration(config: unknown): string {
  const tree = configTree(config);
  if (tree === "") return "";
  const json = element("pre", {}, escapeText(JSON.stringify(config, null, 2)));
  return tree + element("details", { class: "more" }, element("summary", {}, "As JSON, for --config"), json);
}

function sources(citations: readonly ReportCitation[]): string {
  if (citations.length === 0) return "";
  const items = citations.map(({ role, citation: { title, authors, year, venue, url, licence, source } }) => {
    const web = /^https?:\/\//i.test(url);
    const name = web ? element("a", { href: url, rel: "noreferrer" }, escapeText(title)) : escapeText(title);
    const where = [authors, venue, year === undefined ? "" : String(year)].filter((text) =>
      text !== undefined && text !== ""
    ).join(", ");
    return element(
      "li",
      {},
      element("span", { class: "role" }, escapeText(role)),
      element("span", { class: "title" }, name),
      `<br>${escapeText(where)}.`,
      licence === undefined ? "" : ` Licence: ${escapeText(licence)}.`,
      source === undefined ? "" : `<br>${element("code", {}, escapeText(source))}`,
      web ? "" : `<br>${element("code", {}, escapeText(url))}`,
    );
  });
  return element("ul", { class: "sources" }, ...items);
}

function facts(record: Readonly<Record<string, string>>): string {
  const entries = Object.entries(record);
  if (entries.length === 0) return "";
  const lines = entries.map(([name, value]) =>
    element("dt", {}, escapeText(name)) + element("dd", {}, escapeText(value))
  );
  return element("dl", { class: "facts" }, ...lines);
}

function commands(lines: readonly string[]): string {
  return lines.length === 0 ? "" : element("pre", {}, escapeText(lines.join("\n")));
}
