import type { Metric, PublishedTable } from "../plugin.ts";
import type { Figure } from "./figure.ts";
import { figureFragment, figureHtml } from "./figure_html.ts";
import { formatNumber, formatSpread } from "./format.ts";
import { metricCells, namesOf, tableHtml } from "./metrics_table.ts";
import { renderPage } from "./page.ts";
import { publishedTables } from "./published_tables.ts";
import { element, escapeText } from "./svg.ts";

/** One run among others. */
export interface ComparedRun {
  /** Short name, unique among the runs compared, for example `"nicheflow-med/1a2b3c4d-s0"`. */
  readonly name: string;
  /** Results. */
  readonly metrics: readonly Metric[];
  /** Pictures; those of equal `id` are put side by side. */
  readonly figures: readonly Figure[];
  /** Merged configuration; what differs is listed. */
  readonly config: unknown;
  /** Versions, backend, device, commit, seed, seconds; what differs is listed. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs to put side by side. */
export interface ComparisonInput {
  /** Heading. */
  readonly title: string;
  /** Sentences that must be read before any number; those of all runs. */
  readonly notes: readonly string[];
  /** Runs in the order of the columns. */
  readonly runs: readonly ComparedRun[];
  /**
   * What the papers of the runs printed for their own data.
   *
   * @default {[]}
   */
  readonly published?: readonly PublishedTable[];
}

/**
 * Write a comparison of runs: metrics by run with the best marked, what differs in configuration and environment, and
 * figures of equal identifier side by side.
 *
 * @param input Runs to put side by side; all text is plain and escaped here.
 * @returns One HTML document that needs no other file and no network.
 */
export function renderComparison(input: ComparisonInput): string {
  const { runs, published = [] } = input;
  const figures = firstByKey(runs.flatMap((run) => run.figures), ({ id }) => id);
  return renderPage({
    title: input.title,
    kicker: "Comparison of runs",
    summary: [],
    notes: input.notes,
    sections: [
      { id: "results", title: "Results", body: comparedMetrics(runs) },
      { id: "differences", title: "What differs", body: differences(runs) },
      { id: "published", title: "Printed in the paper", body: publishedTables(published) },
      {
        id: "figures",
        title: "Figures",
        body: figures.map((figure, i) => {
          const decks = runs.flatMap(({ name, figures }) => {
            const own = figures.find(({ id }) => id === figure.id);
            return own === undefined ? [] : [{ heading: name, frames: own.frames }];
          });
          return figureHtml(figure, i + 1, decks);
        }).join("\n"),
        entries: figures.map(({ id, title }) => ({ id: figureFragment(id), title })),
      },
    ],
  });
}

function firstByKey<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const seen = new Map<string, T>();
  for (const item of items) if (!seen.has(key(item))) seen.set(key(item), item);
  return [...seen.values()];
}

function comparedMetrics(runs: readonly ComparedRun[]): string {
  const metrics = firstByKey(runs.flatMap((run) => run.metrics), ({ name }) => name);
  if (metrics.length === 0) return element("p", {}, "No metrics were recorded.");
  const anchors = namesOf(metrics.map((metric) => metric.anchors));
  const rows = metrics.map((metric) => {
    const own = runs.map((run) => run.metrics.find(({ name }) => name === metric.name));
    const values = own.map((one) => one?.value ?? NaN).filter((value) => !Number.isNaN(value));
    const best = metric.better === "higher" ? Math.max(...values) : Math.min(...values);
    const tells = values.length > 1 && values.some((value) => value !== best);
    return metricCells(metric) +
      own.map((one) => {
        if (one === undefined) return element("td", { class: "n" }, "–");
        const text = element(
          "span",
          { class: tells && one.value === best ? "best" : undefined },
          formatSpread(one.value, one.spread),
        );
        return element("td", { class: "n" }, text);
      }).join("") +
      anchors.map((anchor) => element("td", { class: "n" }, anchorRange(own, anchor))).join("");
  });
  return tableHtml("Metrics by run", ["Metric", "Better", ...runs.map(({ name }) => name), ...anchors], 2, rows);
}

/** Anchors depend on data and seed, so runs may disagree; then the range is shown. */
function anchorRange(own: readonly (Metric | undefined)[], anchor: string): string {
  const values = own.flatMap((one) => one?.anchors[anchor] ?? []);
  if (values.length === 0) return "–";
  const [low, high] = [formatNumber(Math.min(...values)), formatNumber(Math.max(...values))];
  return low === high ? low : `${low} to ${high}`;
}

/**
 * Paths of a nested value with their leaves as text.
 *
 * @param value Any value that JSON can hold.
 * @param path Path of the value itself.
 * @returns Text by path, for example `"optim.lr"`.
 */
function leaves(value: unknown, path: string): Record<string, string> {
  if (typeof value !== "object" || value === null) return { [path]: JSON.stringify(value) ?? "undefined" };
  const entries = Object.entries(value);
  if (entries.length === 0) return { [path]: Array.isArray(value) ? "[]" : "{}" };
  return Object.assign({}, ...entries.map(([key, one]) => leaves(one, path === "" ? key : `${path}.${key}`)));
}

function differences(runs: readonly ComparedRun[]): string {
  const records = runs.map(({ config, environment }) => ({
    ...leaves(config, ""),
    ...Object.fromEntries(Object.entries(environment).map(([key, value]) => [`${key} (environment)`, value])),
  }));
  const keys = namesOf(records).filter((key) => new Set(records.map((record) => record[key])).size > 1);
  if (keys.length === 0) return element("p", {}, "Configuration and environment are the same.");
  const rows = keys.map((key) =>
    element("th", { scope: "row" }, escapeText(key)) +
    records.map((record) => {
      const text = record[key];
      return element("td", {}, text === undefined ? "–" : element("code", {}, escapeText(text)));
    }).join("")
  );
  return tableHtml("Settings that differ", ["Setting", ...runs.map(({ name }) => name)], runs.length + 1, rows);
}
