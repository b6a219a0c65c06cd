/** One plane of an OME image: which page of the file holds which channel. */
interface OmePlane {
  /** First channel of the page. */
  readonly channel: number;
  /** Number of the page in the file. */
  readonly page: number;
}

/** What OME-XML says about the first image of a file. */
export interface OmeImage {
  /** Names of the channels; numbers where the file gives none. */
  readonly channels: readonly string[];
  /** Samples that each channel element has in a page: 3 for RGB. */
  readonly samples: number;
  /** Pages in the order of their channels. */
  readonly planes: readonly OmePlane[];
  /** Size of a pixel in µm; absent if unknown. */
  readonly micronsPerPixel?: readonly [x: number, y: number];
}

/** Units of length in µm (OME schema 2016-06, `UnitsLength`). */
const MICRONS: Readonly<Record<string, number>> = {
  "µm": 1,
  "μm": 1,
  "um": 1,
  "micrometer": 1,
  "nm": 1e-3,
  "nanometer": 1e-3,
  "Å": 1e-4,
  "pm": 1e-6,
  "mm": 1e3,
  "millimeter": 1e3,
  "cm": 1e4,
  "m": 1e6,
  "meter": 1e6,
};

/**
 * Convert a length to µm.
 *
 * @param length Value in the unit.
 * @param unit Symbol or name of the unit.
 * @returns The length in µm; undefined for units that are no lengths, for example pixels.
 */
export function toMicrons(length: number, unit: string): number | undefined {
  const factor = MICRONS[unit];
  return factor === undefined || !(length > 0) ? undefined : length * factor;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    return decimal !== undefined ? String.fromCodePoint(Number(decimal)) : ENTITIES[name] ?? whole;
  });
}

type Attributes = Readonly<Record<string, string>>;

function attributesOf(tag: string): Attributes {
  const pairs = [...tag.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
  return Object.fromEntries(pairs.map(([, name, double, single]) => [name, unescapeXml(double ?? single ?? "")]));
}

/** Elements of a name with what they hold; a prefix of a namespace does not matter. */
function elements(xml: string, name: string): { readonly attributes: Attributes; readonly content: string }[] {
  const pattern = new RegExp(`<(?:\\w+:)?${name}\\b([^>]*?)(?:/>|>([\\s\\S]*?)</(?:\\w+:)?${name}>)`, "g");
  return [...xml.matchAll(pattern)].map(([, tag, content]) => ({
    attributes: attributesOf(tag!),
    content: content ?? "",
  }));
}

function pixelSize(pixels: Attributes): readonly [number, number] | undefined {
  const [x, y] = ["X", "Y"].map((axis) => {
    const length = Number(pixels[`PhysicalSize${axis}`] ?? NaN);
    return toMicrons(length, pixels[`PhysicalSize${axis}Unit`] ?? "µm");
  });
  return x === undefined || y === undefined ? undefined : [x, y];
}

/** Pages by channel, as `TiffData` elements say; without any the pages stand in the order of the channels. */
function planesOf(content: string, channelElements: number, samples: number): readonly OmePlane[] {
  const places = new Map<number, number>();
  for (const { attributes, content: inner } of elements(content, "TiffData")) {
    const file = elements(inner, "UUID")[0]?.attributes["FileName"];
    const [page, first] = [Number(attributes["IFD"] ?? 0), Number(attributes["FirstC"] ?? 0)];
    const count = Number(attributes["PlaneCount"] ?? (attributes["IFD"] === undefined ? channelElements : 1));
    for (let i = 0; i < count; i++) {
      if (places.has(first + i)) {
        const where = file === undefined ? "" : `, one of them in "${file}"`;
        throw new RangeError(`its OME-XML gives channel ${first + i} two places${where}, store it as one file`);
      }
      places.set(first + i, page + i);
    }
  }
  return Array.from({ length: channelElements }, (_, c) => {
    const page = places.size === 0 ? c : places.get(c);
    if (page === undefined) throw new RangeError(`its OME-XML names no page for channel ${c}, store the file again`);
    return { channel: c * samples, page };
  });
}

/**
 * Read OME-XML, as OME-TIFF files hold it in the description of their first page.
 *
 * @param xml The text.
 * @param fileName Name of the file, to tell planes that lie in other files.
 * @returns What it says; undefined if the text is no OME-XML with pixels.
 * @throws {RangeError} If the image has several z positions or times, lies in several files, or contradicts itself.
 */
export function parseOmeXml(xml: string, fileName: string): OmeImage | undefined {
  if (!/<(?:\w+:)?OME\b/.test(xml)) return undefined;
  const [image] = elements(xml, "Pixels");
  if (image === undefined) return undefined;
  const { attributes: pixels, content } = image;
  for (const axis of ["Z", "T"]) {
    const length = Number(pixels[`Size${axis}`] ?? 1);
    if (length !== 1) {
      throw new RangeError(`it has ${length} planes along ${axis}, expected 1, project or pick one first`);
    }
  }
  const others = elements(content, "UUID").map(({ attributes }) => attributes["FileName"]);
  const other = others.find((name) => name !== undefined && name !== fileName);
  if (other !== undefined && others.length > 1) {
    throw new RangeError(`its OME-XML places planes in the file "${other}", store all channels in one file`);
  }
  const named = elements(content, "Channel").map(({ attributes }) => attributes);
  const sizeC = Number(pixels["SizeC"] ?? 1);
  const samples = Number(named[0]?.["SamplesPerPixel"] ?? 1);
  if (named.length > 0 && named.length * samples !== sizeC) {
    const found = `${named.length} channels of ${samples} samples`;
    throw new RangeError(`its OME-XML has ${found} where SizeC is ${sizeC}, store the file again`);
  }
  const count = named.length > 0 ? named.length : sizeC;
  const names = samples === 3 && count === 1
    ? ["red", "green", "blue"]
    : Array.from({ length: count * samples }, (_, c) => {
      const name = named[Math.floor(c / samples)]?.["Name"] ?? "";
      const label = name === "" ? String(Math.floor(c / samples)) : name;
      return samples === 1 ? label : `${label} ${c % samples}`;
    });
  const size = pixelSize(pixels);
  return {
    channels: names,
    samples,
    planes: planesOf(content, count, samples),
    ...(size !== undefined && { micronsPerPixel: size }),
  };
}
