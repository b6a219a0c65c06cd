import { ConfigError } from "../../core/mod.ts";
import type { FlagTable, FlagValues } from "../../core/config/flags.ts";
import type { SourceOptions } from "./source.ts";

/** Flags that say what of a source is read. */
export const SOURCE_FLAGS = {
  "layer": { kind: "text", value: "NAME", help: "take this layer as X" },
  "raw": { kind: "switch", help: "take raw as X, with its genes" },
  "coordinates": { kind: "text", value: "x,y[,z]", help: "columns that hold the coordinates" },
  "table": { kind: "text", value: "NAME", help: "table of a SpatialData store that holds several (default: table)" },
  "genome": { kind: "text", value: "NAME", help: "genome of a 10x file that holds several" },
} as const satisfies FlagTable;

/** Asks for a result that programs read. */
export const JSON_FLAG = {
  "json": { kind: "switch", help: "print the result as one JSON object on stdout" },
} as const satisfies FlagTable;

function columnsOf(text: string): readonly string[] {
  const columns = text.split(",").map((column) => column.trim());
  if (columns.length >= 2 && columns.length <= 3 && !columns.includes("")) return columns;
  throw new ConfigError(`Flag "--coordinates" expects two or three columns such as x,y, got "${text}"`);
}

/**
 * What of a source is read.
 *
 * @param flags Values of the flags.
 * @returns The choices that were made.
 * @throws {ConfigError} If flags exclude each other or do not fit.
 */
export function sourceOptionsOf(
  { layer, raw, coordinates, table, genome }: FlagValues<typeof SOURCE_FLAGS>,
): SourceOptions {
  if (layer !== undefined && raw) throw new ConfigError('Flags "--layer" and "--raw" both choose X, keep one of them');
  return {
    raw,
    ...(layer !== undefined && { layer }),
    ...(coordinates !== undefined && { coordinates: columnsOf(coordinates) }),
    ...(table !== undefined && { table }),
    ...(genome !== undefined && { genome }),
  };
}
