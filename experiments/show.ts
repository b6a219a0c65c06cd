import { printable } from "../core/printable.ts";
import { formatSpread, textTable } from "../core/report/mod.ts";
import type { RunResult } from "./result.ts";

/**
 * Set the metrics of a run in a table for the terminal, with what must be read beside them.
 *
 * @param result The result.
 * @returns Lines of text.
 */
export function resultText({ detail, notes, citation, run }: RunResult): string {
  const anchors = [...new Set(detail.flatMap(({ anchors }) => Object.keys(anchors)))];
  const rows = detail.map(({ name, value, spread, better, anchors: own }) => [
    name,
    formatSpread(value, spread),
    better === "higher" ? "↑" : "↓",
    ...anchors.map((anchor) => own[anchor] === undefined ? "" : formatSpread(own[anchor])),
  ]);
  return [
    textTable(["metric", "model", "", ...anchors], rows),
    ...notes.map((note) => `note: ${note}`),
    `data: ${citation}`,
    `report: ${run}/report.html`,
  ].join("\n");
}

/**
 * Print one result on standard output.
 *
 * @param json Whether as one JSON object.
 * @param value The object.
 * @param text The same for readers.
 */
export function show(json: boolean, value: unknown, text: string): void {
  console.log(json ? JSON.stringify(value) : printable(text));
}
