import {
  type ColumnStats,
  columnStats,
  type Data,
  DataError,
  type DataSpec,
  type HostArray,
  hostArray,
  type NumericArray,
  readPart,
  type Section,
} from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import type { ImageLayout } from "./image_layout.ts";
import { readImages, scaledImages, type SectionImages } from "./images.ts";
import { countBlocks, type GenePanel, takeColumns } from "./panel.ts";
import { type Niches, nichesOf, scaledPlaces } from "./places.ts";

/** A section in memory, as the method takes it. */
export interface SpatiaSection {
  /** Name of the section. */
  readonly name: string;
  /** Whether anything may be fitted on it. */
  readonly split: "train" | "test";
  /** Index of its time point; -1 if the data have none. */
  readonly time: number;
  /** Category of each cell by label; -1 where it is missing. */
  readonly labels: Readonly<Record<string, Int32Array>>;
  /** Number of cells (N). */
  readonly rows: number;
  /** Positions in the unit of the data, `[N, D]`. */
  readonly positions: HostArray<NumericArray>;
  /** Places of {@linkcode scaledPlaces}, `[N, 2]`. */
  readonly places: HostArray;
  /** Cells around each cell. */
  readonly niches: Niches;
  /** Counts of the genes that the network may see, `[N, V]`. */
  readonly counts: HostArray;
  /** Mean and deviation of their {@linkcode logShares} over the section; absent if these are taken as they are. */
  readonly geneStats?: ColumnStats;
  /** Measured expression of the genes that it never sees, ln(1 + 10,000 x / total of the others), `[N, H]`. */
  readonly hidden: HostArray;
  /** Images, if the network sees them. */
  readonly images?: SectionImages;
}

/** What a section is read by. */
export interface SectionSetting {
  /** Configuration. */
  readonly config: SpatiaEncoderConfig;
  /** Genes. */
  readonly panel: GenePanel;
  /** How images become tokens; absent if they are not seen. */
  readonly layout?: ImageLayout;
  /** What images are z-scored by; absent for each section's own. */
  readonly stats?: ColumnStats;
}

/** Total that counts are scaled to before logarithms. */
const TEN_THOUSAND = 1e4;

/**
 * Refuse data that have no expression or no places.
 *
 * @param spec Description of the data.
 * @throws {DataError} If counts or coordinates are absent.
 */
export function requireParts({ name, parts }: DataSpec): void {
  const known = Object.keys(parts).join(", ");
  for (const part of ["x", "pos"]) {
    if (parts[part] !== undefined) continue;
    throw new DataError(
      `Cannot build spatia-encoder on "${name}": it needs counts "x" and coordinates "pos", the data have ${known}`,
    );
  }
  if (parts["x"]!.shape.length === 1 && (parts["pos"]!.shape[0] ?? 0) >= 2) return;
  throw new DataError(
    `Cannot build spatia-encoder on "${name}": counts have shape [${parts["x"]!.shape}] and coordinates ` +
      `[${parts["pos"]!.shape}], expected [G] and at least [2]`,
  );
}

/**
 * Sum each row.
 *
 * @param values Counts, `[N, V]`.
 * @returns Totals, `[N]`.
 */
export function rowTotals({ data, shape }: HostArray): Float32Array {
  const [rows, width] = shape as [number, number];
  const out = new Float32Array(rows);
  for (let at = 0; at < data.length; at++) out[Math.floor(at / width)]! += data[at]!;
  return out;
}

/**
 * Logarithms of counts at a total of 10,000.
 *
 * @param values Counts, `[N, C]`.
 * @param totals What counts as the total of each row; rows of 0 stay 0.
 * @returns ln(1 + 10,000 x / total), `[N, C]`.
 */
export function logShares({ data, shape }: HostArray, totals: Float32Array): HostArray {
  const width = shape[1]!;
  const made = data.map((count, at) => {
    const total = totals[Math.floor(at / width)]!;
    return total > 0 ? Math.log1p(TEN_THOUSAND * count / total) : 0;
  });
  return hostArray(made, shape);
}

function statsOfCounts(counts: HostArray): ColumnStats {
  return columnStats(logShares(counts, rowTotals(counts)));
}

/**
 * A section with other counts, as if these had been measured.
 *
 * @param section The section.
 * @param counts Counts of the genes that the network may see, `[N, V]`.
 * @returns The section; hidden genes and images stay.
 */
export function withCounts(section: SpatiaSection, counts: HostArray): SpatiaSection {
  return { ...section, counts, ...(section.geneStats === undefined ? {} : { geneStats: statsOfCounts(counts) }) };
}

async function panelCounts(section: Section, columns: ArrayLike<number>): Promise<HostArray> {
  const out = new Float32Array(section.rows * columns.length);
  let to = 0;
  for await (const block of countBlocks({ name: section.name, x: section.parts["x"]! })) {
    const taken = takeColumns(block, columns);
    out.set(taken.data, to);
    to += taken.data.length;
  }
  return hostArray(out, [section.rows, columns.length]);
}

/**
 * Read a section.
 *
 * @param section The section, of at least one cell.
 * @param setting Genes, images, neighbours.
 * @returns The section in memory.
 * @throws {DataError} If a part has another number of rows, or holds values that cannot be used.
 */
export async function readSection(
  section: Section,
  { config, panel, layout, stats }: SectionSetting,
): Promise<SpatiaSection> {
  const { name, split, time, labels, rows, parts } = section;
  const positions = await readPart(section, "pos");
  const cells = parts["x"]!.shape[0]!;
  if (cells !== rows || positions.shape[0] !== rows) {
    throw new DataError(
      `Cannot use section "${name}": it has ${rows} cells, counts of ${cells} and ${positions.shape[0]} places`,
    );
  }
  const counts = await panelCounts(section, panel.visible.data);
  const hidden = await panelCounts(section, panel.hidden.data);
  const places = scaledPlaces(positions);
  const images = layout === undefined
    ? {}
    : { images: scaledImages(await readImages(section, config.images, layout), layout, stats) };
  return Object.freeze({
    name,
    split,
    time,
    labels,
    rows,
    positions,
    places,
    niches: nichesOf(places, config.niche),
    counts,
    ...(config.genes.scale === "none" ? {} : { geneStats: statsOfCounts(counts) }),
    hidden: logShares(hidden, rowTotals(counts)),
    ...images,
  });
}

/**
 * Sections of a data set that have cells.
 *
 * @param data The data set.
 * @returns Sections in the order of the data.
 * @throws {DataError} If none of them may be trained on.
 */
export function filledSections({ spec, sections }: Data): readonly Section[] {
  const found = sections.filter(({ rows }) => rows > 0);
  if (found.some(({ split }) => split === "train")) return found;
  throw new DataError(`Cannot train on "${spec.name}": all sections are held out or empty, leave at least one`);
}
