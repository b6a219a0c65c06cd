import {
  averagePool2d,
  type ColumnStats,
  columnStats,
  DataError,
  fromHost,
  type HostArray,
  hostArray,
  type Section,
  standardize,
  tidy,
  toHost,
} from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import type { ImageLayout } from "./image_layout.ts";

/** Images that are read and averaged at a time. */
const CHUNK = 256;

/** Images of a section. */
export interface SectionImages {
  /** Values of each image in the order of the layout, z-scored, `[N, size]`. */
  readonly values: HostArray;
  /** 1 for cells that have an image, 0 for those whose image is missing (a single colour, or features that are all 0). */
  readonly present: Float32Array;
}

async function averaged(values: HostArray, shrink: number): Promise<HostArray> {
  if (shrink === 1) return values;
  const [made] = tidy(() => [averagePool2d(fromHost(values), shrink)] as const);
  try {
    return await toHost(made);
  } finally {
    made.dispose();
  }
}

function requireFinite({ data, shape }: HostArray, section: string, part: string): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new DataError(
    `Cannot use "${part}" of section "${section}": cell ${Math.floor(bad / (data.length / shape[0]!))} has ${
      data[bad]
    }, ` +
      "expected finite numbers; leave such cells out",
  );
}

/** Whether anything is seen: neither a single value all over, nor nothing but zeros. */
function isSeen(values: Float32Array): boolean {
  return values.some((value) => value !== values[0]);
}

/**
 * Read the images of a section as they are, averaged.
 *
 * @param section The section.
 * @param images Part, and pixels to average.
 * @param layout How values become tokens.
 * @returns Values `[N, size]`, and which cells have an image.
 * @throws {DataError} If there are not as many images as cells, or a value is not finite.
 */
export async function readImages(
  section: Section,
  { part, shrink }: SpatiaEncoderConfig["images"],
  { size, pixels }: ImageLayout,
): Promise<SectionImages> {
  const source = section.parts[part];
  if (source === undefined || source.shape[0] !== section.rows) {
    throw new DataError(
      `Cannot use section "${section.name}": it has ${section.rows} cells but ${
        source?.shape[0] ?? 0
      } rows of "${part}", ` +
        "expected one each; leave cells without an image as a single colour",
    );
  }
  const values = new Float32Array(section.rows * size);
  for (let from = 0; from < section.rows; from += CHUNK) {
    const rows = Int32Array.from({ length: Math.min(CHUNK, section.rows - from) }, (_, i) => from + i);
    const read = await source.read(rows);
    const chunk = hostArray(Float32Array.from(read.data), read.shape);
    requireFinite(chunk, section.name, part);
    values.set((pixels === undefined ? chunk : await averaged(chunk, shrink)).data, from * size);
  }
  const present = Float32Array.from(
    { length: section.rows },
    (_, i) => Number(isSeen(values.subarray(i * size, (i + 1) * size))),
  );
  return { values: hostArray(values, [section.rows, size]), present };
}

/** Values as rows of what is z-scored alike: pixels by channel, features one by one. */
function byColumn({ data }: HostArray, { pixels, size }: ImageLayout): HostArray {
  const columns = pixels?.[2] ?? size;
  return hostArray(data, [data.length / columns, columns]);
}

/**
 * Mean and standard deviation of the channels, or of the features, over cells that have an image.
 *
 * @param images Images of one or several sections.
 * @param layout How values become tokens.
 * @returns Statistics of each column.
 */
export function imageStats(images: readonly SectionImages[], layout: ImageLayout): ColumnStats {
  const { size } = layout;
  const seen = images.flatMap(({ values, present }) =>
    Array.from(present.keys()).filter((i) => present[i] === 1).map((i) =>
      values.data.subarray(i * size, (i + 1) * size)
    )
  );
  const joined = new Float32Array(Math.max(1, seen.length) * size);
  seen.forEach((values, i) => joined.set(values, i * size));
  return columnStats(byColumn(hostArray(joined, [Math.max(1, seen.length), size]), layout));
}

/**
 * z-score the images of a section.
 *
 * @param images Images as they were read.
 * @param layout How values become tokens.
 * @param stats What by; absent for the section's own.
 * @returns Images of mean 0 and deviation 1.
 */
export function scaledImages(images: SectionImages, layout: ImageLayout, stats?: ColumnStats): SectionImages {
  const by = stats ?? imageStats([images], layout);
  const { data } = standardize(byColumn(images.values, layout), by);
  return { ...images, values: hostArray(data, images.values.shape) };
}
