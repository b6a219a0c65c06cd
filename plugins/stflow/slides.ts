import {
  concatRows,
  type Data,
  DataError,
  type DataSpec,
  type HostArray,
  hostArray,
  nearestName,
  type NumericArray,
  readPart,
  type RowSource,
  type Section,
} from "../../core/mod.ts";
import type { StFlowConfig } from "./config.ts";
import type { NamedEncoder, PatchEncoder } from "./images/encoder.ts";
import { shrunkenPatches } from "./images/shrunken.ts";

/** What a slide is, whatever is seen of its spots. */
export interface Measured {
  /** Name of the section. */
  readonly name: string;
  /** Whether it may be trained on. */
  readonly split: "train" | "test";
  /** Donor, if the data say. */
  readonly donor?: string;
  /** Places of the spots, `[N, 2]`, in the unit of the data. */
  readonly coords: HostArray;
  /** Measured expression, ln(1 + counts), `[N, G]`. */
  readonly y: HostArray;
  /** Patches for the trained encoder, `[N, P, P, C]`. */
  readonly patches?: HostArray<Uint8Array>;
}

/** A slide as it was read. */
export interface RawSlide extends Measured {
  /** Image features in the order of {@linkcode givenImages}, `[N, F]` each. */
  readonly given: readonly HostArray[];
}

/** A slide in memory: places, expression, and what is seen of each spot. */
export interface Slide extends Measured {
  /** Image features side by side, `[N, F]`; absent if patches are encoded by the network alone. */
  readonly features?: HostArray;
}

/** The trained encoder among {@linkcode StFlowConfig.images}. */
export const CONVOLUTION = "convolution";

/** Patches that are read and encoded at a time. */
const CHUNK = 256;

/**
 * Columns of the genes that are predicted.
 *
 * @param genes Names; empty takes all.
 * @param spec Description of the data.
 * @returns Columns of the part `x`; undefined for all.
 * @throws {DataError} If a gene is not among the data's.
 */
export function panelOf(genes: readonly string[], { name, parts }: DataSpec): Int32Array | undefined {
  if (genes.length === 0) return undefined;
  const known = parts["x"]?.names ?? [];
  return Int32Array.from(genes, (gene) => {
    const at = known.indexOf(gene);
    if (at >= 0) return at;
    const near = nearestName(gene, known);
    const hint = near === undefined ? `it has ${known.length} others` : `did you mean "${near}"?`;
    throw new DataError(`Cannot predict gene "${gene}" on "${name}": ${hint}; change plugin.config.genes`);
  });
}

/**
 * Names of the genes that are predicted.
 *
 * @param genes Names; empty takes all.
 * @param spec Description of the data.
 * @returns Names in the order of the columns.
 */
export function geneNames(genes: readonly string[], { parts }: DataSpec): readonly string[] {
  if (genes.length > 0) return genes;
  const { shape, names } = parts["x"]!;
  return names ?? Array.from({ length: shape[0]! }, (_, i) => `gene_${i}`);
}

function columnsOf({ data, shape }: HostArray, columns: Int32Array | undefined): HostArray {
  if (columns === undefined) return hostArray(data, shape);
  const [rows, width] = shape as [number, number];
  const out = new Float32Array(rows * columns.length);
  for (let i = 0, to = 0; i < rows; i++) for (const column of columns) out[to++] = data[i * width + column]!;
  return hostArray(out, [rows, columns.length]);
}

function requireFinite({ data, shape }: HostArray, what: string, section: string): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const width = shape[1]!;
  throw new DataError(
    `Cannot use ${what} of slide "${section}": spot ${Math.floor(bad / width)} has ${data[bad]} in column ${
      bad % width
    }, expected finite numbers; leave such spots out`,
  );
}

function requireCounts({ data, shape }: HostArray, section: string): void {
  const bad = data.findIndex((value) => value < 0);
  if (bad < 0) return;
  const width = shape[1]!;
  throw new DataError(
    `Cannot use the expression of slide "${section}": spot ${Math.floor(bad / width)} has ${data[bad]} in column ${
      bad % width
    }, expected ln(1 + counts) of at least 0; leave out z-scores (dataset.config.scale=none)`,
  );
}

function requireSpots(section: Section, rows: number, part: string): void {
  if (rows === section.rows) return;
  throw new DataError(
    `Cannot use slide "${section.name}": it has ${section.rows} spots but ${rows} rows of "${part}", expected one each`,
  );
}

function patchSource(section: Section, name: string): RowSource {
  const source = section.parts["img"];
  if (source === undefined) {
    throw new DataError(
      `Cannot make "${name}" of slide "${section.name}": the data have no image patches "img"; name a part with image ` +
        "features in plugin.config.images",
    );
  }
  requireSpots(section, source.shape[0]!, "img");
  return source;
}

/** Read patches some at a time and join what is made of each lot. */
async function fromPatches<T extends NumericArray>(
  source: RowSource,
  make: (patches: HostArray<NumericArray>) => Promise<HostArray<T>> | HostArray<T>,
): Promise<HostArray<T>> {
  const rows = source.shape[0]!;
  const made: HostArray<T>[] = [];
  for (let from = 0; from < rows; from += CHUNK) {
    const lot = Int32Array.from({ length: Math.min(CHUNK, rows - from) }, (_, i) => from + i);
    made.push(await make(await source.read(lot)));
  }
  return concatRows(made);
}

function requireSameRows(encode: PatchEncoder, name: string): PatchEncoder {
  return async (patches) => {
    const made = await encode(patches);
    if (made.shape.length === 2 && made.shape[0] === patches.shape[0]) return made;
    throw new DataError(
      `Cannot use image encoder "${name}": it made [${made.shape}] of ${patches.shape[0]} patches, expected [n, F]`,
    );
  };
}

async function featuresOf(
  section: Section,
  name: string,
  encoders: Readonly<Record<string, NamedEncoder>>,
): Promise<HostArray> {
  const encoder = Object.hasOwn(encoders, name) ? encoders[name] : undefined;
  const features = encoder === undefined
    ? await readPart(section, name)
    : await fromPatches(patchSource(section, name), requireSameRows(encoder.encode, name));
  requireSpots(section, features.shape[0]!, name);
  requireFinite(features, `image features "${name}"`, section.name);
  return features;
}

/**
 * Which images are features before training.
 *
 * @param images What is seen of a spot, see {@linkcode StFlowConfig.images}.
 * @returns Their names.
 */
export function givenImages(images: readonly string[]): readonly string[] {
  return images.filter((name) => name !== CONVOLUTION);
}

/**
 * Read a slide.
 *
 * @param section Its section.
 * @param config What is seen of a spot, and which genes.
 * @param spec Description of the data.
 * @param encoders Encoders of patches by name.
 * @returns The slide.
 * @throws {DataError} If a part is absent, has another number of rows, or holds values that cannot be used.
 */
export async function readSlide(
  section: Section,
  config: Pick<StFlowConfig, "images" | "genes" | "convolution">,
  spec: DataSpec,
  encoders: Readonly<Record<string, NamedEncoder>>,
): Promise<RawSlide> {
  const [all, coords] = [await readPart(section, "x"), await readPart(section, "pos")];
  requireSpots(section, all.shape[0]!, "x");
  requireSpots(section, coords.shape[0]!, "pos");
  if (section.rows < 2) {
    throw new DataError(`Cannot use slide "${section.name}": it has ${section.rows} spots, expected at least 2`);
  }
  const y = columnsOf(all, panelOf(config.genes, spec));
  requireFinite(y, "the expression", section.name);
  requireCounts(y, section.name);
  requireFinite(coords, "the coordinates", section.name);
  const given: HostArray[] = [];
  for (const name of givenImages(config.images)) given.push(await featuresOf(section, name, encoders));
  const patches = config.images.includes(CONVOLUTION)
    ? await fromPatches(patchSource(section, CONVOLUTION), (lot) => shrunkenPatches(lot, config.convolution.pixels))
    : undefined;
  return Object.freeze({
    name: section.name,
    split: section.split,
    ...(section.donor === undefined ? {} : { donor: section.donor }),
    coords,
    y,
    given,
    ...(patches === undefined ? {} : { patches }),
  });
}

/**
 * Read all slides of a data set.
 *
 * @param data The data.
 * @param config What is seen of a spot, and which genes.
 * @param encoders Encoders of patches by name.
 * @returns The slides in the order of the sections.
 * @throws {DataError} If a slide cannot be used, or none may be trained on.
 */
export async function readSlides(
  { spec, sections }: Data,
  config: Pick<StFlowConfig, "images" | "genes" | "convolution">,
  encoders: Readonly<Record<string, NamedEncoder>>,
): Promise<readonly RawSlide[]> {
  const slides: RawSlide[] = [];
  for (const section of sections) slides.push(await readSlide(section, config, spec, encoders));
  if (slides.some(({ split }) => split === "train")) return slides;
  throw new DataError(`Cannot train on "${spec.name}": all slides are held out, leave at least one to train on`);
}
