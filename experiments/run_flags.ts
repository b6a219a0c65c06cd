import { ConfigError, type SlideRegion, type SlideRequest } from "../core/mod.ts";
import { BACKENDS } from "./arguments.ts";
import type { FlagTable, ParsedFlags } from "../core/config/flags.ts";

const COMMON = {
  "json": { kind: "switch", help: "print the result as one JSON object on stdout" },
  "help": { kind: "switch", help: "show this help" },
} as const satisfies FlagTable;

const MODEL = {
  "repeats": { kind: "integer", value: "5", least: 1, help: "number of independent draws" },
  "data": { kind: "text", value: "PATH|URL", help: "where the data are now, or other data of the same kind" },
  "backend": { kind: "choice", choices: BACKENDS, help: "where tensors are computed (default: auto)" },
  "plugin": { kind: "text", value: "SPEC", help: "the run's plugin, if it is from outside" },
} as const satisfies FlagTable;

/** Flags of `deno task sample`. */
export const SAMPLE_FLAGS = {
  "seed": { kind: "integer", value: "1", least: 0, help: "seed of the draws (default: the run's own)" },
  "out": { kind: "text", value: "DIR", help: "folder for samples.zarr (default: the run folder)" },
  "slide": { kind: "text", value: "SECTION", help: "draw one image of a whole section instead (OME-Zarr and PNG)" },
  "region": { kind: "text", value: "X,Y,WIDTH,HEIGHT", help: "of --slide: pixels to draw (default: around all cells)" },
  "scale": { kind: "number", value: "1", help: "of --slide: pixels per unit of the coordinates (default: 1)" },
  "overlap": {
    kind: "number",
    value: "0.5",
    help: "of --slide: share of a tile that the next one repeats, for images of several cells",
  },
  ...MODEL,
  ...COMMON,
} as const satisfies FlagTable;

/** Flags of `deno task eval`. */
export const EVAL_FLAGS = {
  "set": {
    kind: "list",
    value: "plugin.config.genes.top=20",
    help: "change one setting of the evaluation; repeatable",
  },
  ...MODEL,
  ...COMMON,
} as const satisfies FlagTable;

/** Flags of `deno task report`. */
export const REPORT_FLAGS = COMMON;

/** Flags of `deno task compare`. */
export const COMPARE_FLAGS = {
  "html": { kind: "text", value: "FILE.html", help: "write the comparison as a page" },
  ...COMMON,
} as const satisfies FlagTable;

/** Flags that are for `--slide` alone. */
const OF_SLIDES = ["region", "scale", "overlap"] as const;

function regionOf(text: string): SlideRegion {
  const [x, y, width, height] = text.split(",").map((part) => /^[+-]?\d+$/.test(part.trim()) ? Number(part) : NaN);
  if (text.split(",").length === 4 && [x, y].every(Number.isSafeInteger) && width! > 0 && height! > 0) {
    return { x: x!, y: y!, width: width!, height: height! };
  }
  throw new ConfigError(
    `Flag "--region" expects X,Y,WIDTH,HEIGHT in whole pixels, width and height above 0, got "${text}"`,
  );
}

/**
 * Read which image of a section is asked for.
 *
 * @param flags Flags of `deno task sample`.
 * @returns The request; undefined if rows are to be drawn instead.
 * @throws {ConfigError} If a flag has a value that does not fit, or needs `--slide`.
 */
export function slideRequestOf(flags: ParsedFlags<typeof SAMPLE_FLAGS>["flags"]): SlideRequest | undefined {
  const { slide, region, scale = 1, overlap, repeats } = flags;
  if (slide === undefined) {
    const stray = OF_SLIDES.find((name) => flags[name] !== undefined);
    if (stray === undefined) return undefined;
    throw new ConfigError(`Flag "--${stray}" is for images of whole sections: name one by --slide SECTION`);
  }
  if (repeats !== undefined) throw new ConfigError('Flag "--repeats" does not go with --slide: draw again with --seed');
  if (!(scale > 0)) throw new ConfigError(`Flag "--scale" expects a positive number, got "${scale}"`);
  if (overlap !== undefined && !(overlap >= 0 && overlap < 1)) {
    throw new ConfigError(`Flag "--overlap" expects a share from 0 to below 1, got "${overlap}"`);
  }
  return { section: slide, scale, overlap, region: region === undefined ? undefined : regionOf(region) };
}

/**
 * Take the run folder that a command is about.
 *
 * @param verb What is to be done with it.
 * @param names Arguments that are no flags.
 * @returns The folder, without closing slashes.
 * @throws {ConfigError} If there is not exactly one.
 */
export function onlyRun(verb: string, names: readonly string[]): string {
  const [folder, ...more] = names;
  if (folder !== undefined && more.length === 0) return folderName(folder);
  throw new ConfigError(`Cannot ${verb} ${names.length} runs: name one run folder such as runs/NAME/HASH-s1`);
}

/**
 * Write a folder without closing slashes, so that paths compare.
 *
 * @param folder Path as it was typed.
 * @returns The path.
 */
export function folderName(folder: string): string {
  return folder.replace(/(?<=.)[\\/]+$/, "");
}
