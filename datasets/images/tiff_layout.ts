import { basename } from "node:path";
import { colourNames } from "./image.ts";
import { type OmeImage, parseOmeXml, toMicrons } from "./ome_xml.ts";
import { readDirectories, readDirectory, type TiffFile } from "./tiff_directory.ts";
import { type TiffPage, tiffPage } from "./tiff_page.ts";

/** How the pages of a file make up one image. */
export interface TiffLayout {
  /** Names of the channels. */
  readonly channels: readonly string[];
  /** Pages of each level, the finest first; those of a level follow one another in the order of the channels. */
  readonly levels: readonly (readonly TiffPage[])[];
  /** Size of a pixel in µm, if the file says. */
  readonly micronsPerPixel: readonly [x: number, y: number] | undefined;
  /** Whether OME-XML said so. */
  readonly ome: boolean;
}

/** Pages that differ by no more than this in their aspect ratio show the same; labels and macros of slides do not. */
const SAME_ASPECT = 0.02;

function sameKind(a: TiffPage, b: TiffPage): boolean {
  return a.samples === b.samples && a.dtype === b.dtype;
}

function sameSize(a: TiffPage, b: TiffPage): boolean {
  return a.width === b.width && a.height === b.height;
}

function isReduced(page: TiffPage, of: TiffPage): boolean {
  const [x, y] = [of.width / page.width, of.height / page.height];
  return sameKind(page, of) && x > 1 && y > 1 && Math.abs(x / y - 1) < SAME_ASPECT;
}

/** Resolutions that are coarser than this are sizes on paper: 10 µm are 2540 dots per inch. */
const COARSEST_MICRONS = 10;

function micronsOf({ description, resolution }: TiffPage): readonly [number, number] | undefined {
  const aperio = /\bMPP\s*=\s*([\d.]+)/.exec(description);
  if (aperio !== null && Number(aperio[1]) > 0) return [Number(aperio[1]), Number(aperio[1])];
  if (resolution === undefined || !(resolution.x > 0 && resolution.y > 0)) return undefined;
  const imagej = /^ImageJ=/.test(description) ? /^unit=(.*)$/m.exec(description)?.[1] : undefined;
  if (imagej !== undefined) {
    const unit = imagej.trim().replaceAll("\\u00B5", "µ").replace(/^micron$/, "µm");
    const [x, y] = [toMicrons(1 / resolution.x, unit), toMicrons(1 / resolution.y, unit)];
    return x === undefined || y === undefined ? undefined : [x, y];
  }
  const perUnit = resolution.unit === 3 ? 1e4 : resolution.unit === 2 ? 25_400 : undefined;
  if (perUnit === undefined) return undefined;
  const size = [perUnit / resolution.x, perUnit / resolution.y] as const;
  return Math.max(...size) < COARSEST_MICRONS ? size : undefined;
}

/** Lower resolutions that a page of full size points to. */
async function subPages(file: TiffFile, page: TiffPage): Promise<readonly TiffPage[]> {
  const pages: TiffPage[] = [];
  for (const offset of page.subDirectories) pages.push(tiffPage(file, await readDirectory(file, offset)));
  return pages;
}

async function levelsOf(
  file: TiffFile,
  full: readonly TiffPage[],
  others: readonly TiffPage[],
): Promise<readonly (readonly TiffPage[])[]> {
  const first = full[0]!;
  const below: (readonly TiffPage[])[] = [];
  for (const page of full) below.push(await subPages(file, page));
  const nested = below[0]!
    .map((_, k) => below.map((pages) => pages[k]!))
    .filter((pages) =>
      pages.every((page) => page !== undefined && isReduced(page, first) && sameSize(page, pages[0]!))
    );
  if (nested.length > 0) return [full, ...nested];
  const sizes = [...new Set(others.filter((page) => isReduced(page, first)).map((page) => page.width))];
  const flat = sizes.sort((a, b) => b - a)
    .map((width) => others.filter((page) => page.width === width && isReduced(page, first)))
    .filter((pages) => pages.length === full.length);
  return [full, ...flat];
}

function fromOme(ome: OmeImage, pages: readonly TiffPage[]): readonly TiffPage[] {
  const full = ome.planes.map(({ channel, page }) => {
    const found = pages[page];
    if (found === undefined) {
      throw new RangeError(`its OME-XML puts channel ${channel} on page ${page}, but it has ${pages.length} pages`);
    }
    if (found.samples !== ome.samples) {
      const samples = `${found.samples} samples where its OME-XML has ${ome.samples}`;
      throw new RangeError(`page ${page} has ${samples}, the channels are mismatched, store the file again`);
    }
    return found;
  });
  const odd = full.find((page) => !sameSize(page, full[0]!) || !sameKind(page, full[0]!));
  if (odd !== undefined) {
    const sizes = `${odd.width} x ${odd.height} (${odd.dtype}) and ${full[0]!.width} x ${full[0]!.height}`;
    throw new RangeError(`its channels are mismatched: ${sizes} (${full[0]!.dtype}), store the file again`);
  }
  return full;
}

function plainChannels(pages: readonly TiffPage[]): readonly TiffPage[] {
  const first = pages[0]!;
  const full = pages.filter((page) => sameSize(page, first) && sameKind(page, first));
  if (full.length > 1 && first.samples > 1) {
    const found = `${full.length} pages of the same size with ${first.samples} samples each`;
    throw new RangeError(`it has ${found}, expected one such page, split it first`);
  }
  return full;
}

/**
 * Find the channels and resolutions of a file.
 *
 * OME-XML is followed where there is any. In other files, pages of the size of the first one are channels, and smaller
 * ones of the same aspect lower resolutions; sub-directories go before these.
 *
 * @param file The file.
 * @returns How its pages make up one image.
 * @throws {RangeError} If the file is damaged, not supported or contradicts itself.
 */
export async function tiffLayout(file: TiffFile): Promise<TiffLayout> {
  const pages: TiffPage[] = [];
  // Labels and thumbnails behind the first page may be coded in ways that are not read, and need not be.
  let skipped: unknown;
  for (const directory of await readDirectories(file)) {
    try {
      pages.push(tiffPage(file, directory));
    } catch (cause) {
      if (pages.length === 0) throw cause;
      skipped ??= cause;
    }
  }
  const first = pages[0]!;
  const ome = parseOmeXml(first.description, basename(file.path));
  if (ome !== undefined && skipped !== undefined) throw skipped;
  const full = ome === undefined ? plainChannels(pages) : fromOme(ome, pages);
  const names = full.length > 1 ? full.map((_, c) => String(c)) : colourNames(first.samples);
  return {
    channels: ome?.channels ?? names,
    levels: await levelsOf(file, full, pages.filter((page) => !full.includes(page))),
    micronsPerPixel: ome?.micronsPerPixel ?? micronsOf(first),
    ome: ome !== undefined,
  };
}
