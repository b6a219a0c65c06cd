// @ts-types="../import/std_cli.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { ConfigError, nearestName } from "../../core/mod.ts";
import type { FeaturesArguments, PatchesArguments } from "./commands.ts";

interface Flag {
  /** How its value looks. */
  readonly value: string;
  readonly help: string;
}

type FlagTable = Readonly<Record<string, Flag>>;

const PATCHES: FlagTable = {
  "size": { value: "N", help: "rows and columns of a patch" },
  "microns": { value: "X", help: "side of the square that it shows, in µm" },
  "pixels": { value: "X", help: "the same in pixels of the full image (default: --size)" },
  "scale": { value: "X", help: "pixels of the full image per unit of the coordinates (default: 1)" },
  "microns-per-pixel": { value: "X", help: "size of a pixel, where the file does not say" },
  "level": { value: "N", help: "level of the pyramid (default: the coarsest that is fine enough)" },
  "fill": { value: "0..255", help: "value outside the image (default: 255)" },
  "channels": { value: "NAME,NAME", help: "channels to take (default: all but alpha)" },
  "range": { value: "LOW,HIGH", help: "values that become 0 and 255" },
  "key": { value: "NAME", help: "entry of obsm that is made (default: patches)" },
  "coordinates": { value: "NAME", help: "entry of obsm with the centres (default: spatial)" },
};

const FEATURES: FlagTable = {
  "key": { value: "NAME", help: "entry of obsm that is made, for example the encoder's name" },
  "barcodes": { value: "FILE", help: "barcode of each row, one a line or a .npy of texts" },
};

function helpOf(usage: string, flags: FlagTable): string {
  const rows = Object.entries(flags).map(([name, { value, help }]) => [`--${name} ${value}`, help] as const);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return `Usage: deno task data ${usage}\n\n${
    rows.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`).join("\n")
  }`;
}

/** Help of the two commands. */
export const IMAGES_HELP: Readonly<Record<"patches" | "features", string>> = Object.freeze({
  patches: helpOf("patches STORE IMAGE --size N", PATCHES),
  features: helpOf("features STORE FILE --key NAME", FEATURES),
});

interface Parsed {
  readonly paths: readonly [string, string];
  readonly texts: Readonly<Record<string, string | undefined>>;
}

function parse(verb: string, paths: string, args: readonly string[], flags: FlagTable): Parsed {
  for (const [i, arg] of args.entries()) {
    if (!arg.startsWith("--")) continue;
    const [given = "", value] = arg.split("=", 2);
    const flag = Object.hasOwn(flags, given.slice(2)) ? flags[given.slice(2)]! : undefined;
    if (flag === undefined) {
      const guess = nearestName(given, Object.keys(flags).map((name) => `--${name}`));
      throw new ConfigError(
        `Unknown flag "${given}" of "${verb}"${guess === undefined ? "" : `, did you mean "${guess}"?`}`,
      );
    }
    const follows = value ?? args[i + 1];
    if (follows === undefined || follows === "" || follows.startsWith("--")) {
      throw new ConfigError(`Flag "${given}" needs a value: ${given} ${flag.value}`);
    }
  }
  const parsed = parseArgs([...args], { boolean: [], string: ["_", ...Object.keys(flags)], collect: [], alias: {} });
  const [store, file, ...rest] = parsed._.map(String);
  if (store === undefined || file === undefined || rest.length > 0) {
    throw new ConfigError(`Cannot run "${verb}" with ${parsed._.length} paths: expected ${paths}`);
  }
  return { paths: [store, file], texts: parsed as unknown as Parsed["texts"] };
}

function numberOf(texts: Parsed["texts"], name: string): number | undefined {
  const text = texts[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new ConfigError(`Flag "--${name}" expects a number, got "${text}"`);
}

function rangeOf(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const ends = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (ends.length === 2 && ends.every(Number.isFinite)) return [ends[0]!, ends[1]!];
  throw new ConfigError(`Flag "--range" expects two numbers such as 0,4095, got "${text}"`);
}

/** Leaves out what was not given. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/**
 * Parse what follows `deno task data patches`.
 *
 * @param args Arguments after the verb.
 * @returns Arguments by name.
 * @throws {ConfigError} If a flag is unknown, a value or path is missing or does not fit.
 */
export function parsePatches(args: readonly string[]): PatchesArguments {
  const { paths: [store, image], texts } = parse("patches", "patches STORE IMAGE", args, PATCHES);
  const size = numberOf(texts, "size");
  if (size === undefined) throw new ConfigError('Cannot run "patches" without a size: give --size N');
  const options = given({
    microns: numberOf(texts, "microns"),
    pixels: numberOf(texts, "pixels"),
    scale: numberOf(texts, "scale"),
    micronsPerPixel: numberOf(texts, "microns-per-pixel"),
    level: numberOf(texts, "level"),
    fill: numberOf(texts, "fill"),
    channels: texts["channels"]?.split(","),
    range: rangeOf(texts["range"]),
    key: texts["key"],
    coordinates: texts["coordinates"],
  });
  return { store, image, size, ...options };
}

/**
 * Parse what follows `deno task data features`.
 *
 * @param args Arguments after the verb.
 * @returns Arguments by name.
 * @throws {ConfigError} If a flag is unknown, or a value or path is missing.
 */
export function parseFeatures(args: readonly string[]): FeaturesArguments {
  const { paths: [store, file], texts } = parse("features", "features STORE FILE", args, FEATURES);
  const { key, barcodes } = texts;
  if (key === undefined) throw new ConfigError('Cannot run "features" without a key: give --key NAME');
  return { store, file, key, ...given({ barcodes }) };
}
