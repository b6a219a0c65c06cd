import { printable } from "../printable.ts";

/** Characters that terminals set two columns wide: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Characters that take no column: marks on the character before, joiners, controls. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;

/**
 * Columns that text takes in a terminal.
 *
 * @param text One line.
 * @returns Number of columns.
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += NONE.test(segment) ? 0 : WIDE.test(segment) || segment.includes("\ufe0f") ? 2 : 1;
  }
  return width;
}

/** What a cell of numbers looks like: digits with sign, separators, exponent, spread or a mark for none. */
const NUMBER = /^(?:[-+−]?[\d.,]+(?:e[-+−]?\d+)?(?:\s*±\s*[\d.,e−-]+)?\s?%?|[-+−]?∞|n\/a|–|-|)$/;

/**
 * Set rows in aligned columns for a terminal; columns of numbers are set right.
 *
 * @example Usage
 * ```ts
 * import { textTable } from "@morphogen/morphogen";
 *
 * const text = textTable(["run", "steps"], [["toy", "5"], ["nicheflow-med", "20000"]]);
 * if (text.split("\n")[2] !== "toy                5") throw new Error("columns are not aligned");
 * ```
 *
 * @param header Names of the columns.
 * @param rows Cells; missing ones are empty, line breaks become spaces, controls U+FFFD.
 * @returns Lines without a final line break.
 */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => printable(text.replace(/\s+/g, " ")).trim();
  const names = header.map(cell);
  const clean = rows.map((row) => header.map((_, j) => cell(row[j] ?? "")));
  const widths = names.map((name, j) => Math.max(displayWidth(name), ...clean.map((row) => displayWidth(row[j]!))));
  const right = header.map((_, j) => clean.length > 0 && clean.every((row) => NUMBER.test(row[j]!)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, j) => {
      const fill = " ".repeat(widths[j]! - displayWidth(cell));
      return right[j] ? fill + cell : cell + fill;
    }).join("  ").trimEnd();
  return [line(names), widths.map((width) => "─".repeat(width)).join("  "), ...clean.map(line)].join("\n");
}
