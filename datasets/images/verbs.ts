import { ConfigError } from "../../core/mod.ts";
import type { FlagTable, FlagValues } from "../../core/config/flags.ts";
import { printable } from "../../core/printable.ts";
import { parseVerb, type Verb, verb, type VerbShape } from "../verb.ts";
import { type FeaturesArguments, featuresCommand, type PatchesArguments, patchesCommand } from "./commands.ts";

const PATCHES = {
  usage: "patches STORE IMAGE",
  about: "cut a patch of an image around each spot or cell, and keep the patches in the store",
  flags: {
    "size": { kind: "number", value: "N", help: "rows and columns of a patch" },
    "microns": { kind: "number", value: "X", help: "side of the square that it shows, in µm" },
    "pixels": { kind: "number", value: "X", help: "the same in pixels of the full image (default: --size)" },
    "scale": {
      kind: "number",
      value: "X",
      help: "pixels of the full image per unit of the coordinates (default: 1)",
    },
    "microns-per-pixel": { kind: "number", value: "X", help: "size of a pixel, where the file does not say" },
    "level": {
      kind: "number",
      value: "N",
      help: "level of the pyramid (default: the coarsest that is fine enough)",
    },
    "fill": { kind: "number", value: "0..255", help: "value outside the image (default: 255)" },
    "channels": { kind: "text", value: "NAME,NAME", help: "channels to take (default: all but alpha)" },
    "range": { kind: "text", value: "LOW,HIGH", help: "values that become 0 and 255" },
    "key": { kind: "text", value: "NAME", help: "entry of obsm that is made (default: patches)" },
    "coordinates": { kind: "text", value: "NAME", help: "entry of obsm with the centres (default: spatial)" },
  },
} as const satisfies VerbShape<FlagTable>;

const FEATURES = {
  usage: "features STORE FILE",
  about: "keep features that were computed elsewhere (.npy or .h5) in the store, joined by barcode",
  flags: {
    "key": { kind: "text", value: "NAME", help: "entry of obsm that is made, for example the encoder's name" },
    "barcodes": { kind: "text", value: "FILE", help: "barcode of each row, one a line or a .npy of texts" },
  },
} as const satisfies VerbShape<FlagTable>;

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

function patchesArguments(
  [store, image]: readonly string[],
  flags: FlagValues<typeof PATCHES.flags>,
): PatchesArguments {
  const { size, microns, pixels, scale, level, fill, channels, range, key, coordinates } = flags;
  if (size === undefined) throw new ConfigError('Cannot run "patches" without a size: give --size N');
  const options = given({
    ...{ microns, pixels, scale, level, fill, key, coordinates },
    micronsPerPixel: flags["microns-per-pixel"],
    channels: channels?.split(","),
    range: rangeOf(range),
  });
  return { store: store!, image: image!, size, ...options };
}

function featuresArguments(
  [store, file]: readonly string[],
  { key, barcodes }: FlagValues<typeof FEATURES.flags>,
): FeaturesArguments {
  if (key === undefined) throw new ConfigError('Cannot run "features" without a key: give --key NAME');
  return { store: store!, file: file!, key, ...given({ barcodes }) };
}

/**
 * Parse what follows `deno task data patches`.
 *
 * @param args Arguments after the verb.
 * @returns Arguments by name.
 * @throws {ConfigError} If a flag is unknown, a value or path is missing or does not fit.
 */
export function parsePatches(args: readonly string[]): PatchesArguments {
  const { paths, flags } = parseVerb(PATCHES, args);
  return patchesArguments(paths, flags);
}

/**
 * Parse what follows `deno task data features`.
 *
 * @param args Arguments after the verb.
 * @returns Arguments by name.
 * @throws {ConfigError} If a flag is unknown, or a value or path is missing.
 */
export function parseFeatures(args: readonly string[]): FeaturesArguments {
  const { paths, flags } = parseVerb(FEATURES, args);
  return featuresArguments(paths, flags);
}

const say = (line: string): void => console.error(printable(line));

/** `patches STORE IMAGE`. */
export const patchesVerb: Verb = verb(PATCHES, async (paths, flags) => {
  await patchesCommand(patchesArguments(paths, flags), say);
});

/** `features STORE FILE`. */
export const featuresVerb: Verb = verb(FEATURES, async (paths, flags) => {
  await featuresCommand(featuresArguments(paths, flags), say);
});
