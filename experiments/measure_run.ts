import { ConfigError, formatCitation, type Metric, openAnnData } from "../core/mod.ts";
import { formatSpread, textTable } from "../core/report/mod.ts";
import { trainedModel } from "./evaluate_run.ts";
import { fingerprint } from "./fingerprint.ts";
import { reopen, type ReopenOptions } from "./reopen.ts";
import { stage } from "./stage.ts";

/** What was measured of a store. */
export interface Measured {
  /** The run whose data and settings it was measured with. */
  readonly run: string;
  /** The store. */
  readonly samples: string;
  /** Values by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics with descriptions and anchors. */
  readonly detail: readonly Metric[];
  /** Sentences that belong to the numbers. */
  readonly notes: readonly string[];
  /** How the data are to be cited. */
  readonly citation: string;
}

/**
 * Measure cells that lie in a store, which may be larger than memory, as those that a run draws are; what the run's folder
 * holds stays as it is.
 *
 * @param folder The run folder.
 * @param samples Path of the store, from `deno task sample RUN --count N`.
 * @param options Backend, data, settings, plugin and reporting.
 * @returns Metrics and what must be read beside them.
 * @throws {ConfigError} If the method measures no stores.
 * @throws {CheckpointError} If the run cannot be used.
 * @throws {DataError} If the store cannot be read or does not fit the data.
 * @throws {Stopped} If a signal arrived.
 */
export async function measureRun(folder: string, samples: string, options: ReopenOptions): Promise<Measured> {
  using opened = await reopen(folder, options);
  const { session } = opened;
  const { model, data, notes, root, resolved } = session;
  const measure = model.measure?.bind(model);
  if (measure === undefined) {
    throw new ConfigError(
      `Cannot measure "${samples}": ${resolved.plugin.name} measures what it drew itself; leave --samples out`,
    );
  }
  const store = await openAnnData(samples);
  const { origin } = await store.uns(() => {});
  const drawnBy = typeof origin === "object" && origin !== null && "weights" in origin ? origin.weights : undefined;
  if (drawnBy !== await fingerprint(opened.params)) {
    notes.push(`"${samples}" was not drawn with the parameters of this run's checkpoint`);
  }
  const detail = await stage(
    "measuring",
    "cells",
    options.signals,
    (progress) =>
      measure({ ...trainedModel(session, opened), rng: root.fold("evaluate").fold("store"), progress }, store),
  );
  return {
    run: folder,
    samples,
    metrics: Object.fromEntries(detail.map(({ name, value }) => [name, value])),
    detail,
    notes,
    citation: formatCitation(data.citation),
  };
}

/**
 * Set what was measured in a table for the terminal.
 *
 * @param measured The metrics and notes.
 * @returns Lines of text.
 */
export function measuredText({ detail, notes, citation }: Measured): string {
  const anchors = [...new Set(detail.flatMap(({ anchors }) => Object.keys(anchors)))];
  const rows = detail.map(({ name, value, better, anchors: own }) => [
    name,
    formatSpread(value),
    better === "higher" ? "↑" : "↓",
    ...anchors.map((anchor) => own[anchor] === undefined ? "" : formatSpread(own[anchor])),
  ]);
  const table = textTable(["metric", "store", "", ...anchors], rows);
  return [table, ...notes.map((note) => `note: ${note}`), `data: ${citation}`].join("\n");
}
