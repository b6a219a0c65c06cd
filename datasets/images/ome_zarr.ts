import { DataError, type HostArray, hostArray, type NumericArray, openZarr, type ZarrGroup } from "../../core/mod.ts";
import {
  imageError,
  type ImageLevel,
  type ImageRegion,
  type ImageSource,
  levelFor,
  pixelArray,
  type PixelType,
} from "./image.ts";
import { toMicrons } from "./ome_xml.ts";
import { openZarrWindow, type ZarrWindow } from "./zarr_window.ts";

interface Axis {
  readonly name: string;
  readonly unit?: string;
}

interface Transformation {
  readonly type: string;
  readonly scale?: readonly number[];
}

interface Multiscale {
  readonly axes?: readonly (Axis | string)[];
  readonly datasets: readonly {
    readonly path: string;
    readonly coordinateTransformations?: readonly Transformation[];
  }[];
  readonly coordinateTransformations?: readonly Transformation[];
}

interface Labelled {
  readonly label?: string | number;
}

/** Attributes of an image group: at its root up to version 0.4, under `ome` from 0.5 on. */
interface OmeAttributes {
  readonly multiscales?: readonly Multiscale[];
  readonly omero?: { readonly channels?: readonly Labelled[] };
  readonly channels_metadata?: { readonly channels?: readonly Labelled[] };
  readonly "bioformats2raw.layout"?: number;
  readonly plate?: unknown;
}

/** Axes before version 0.4, where they had no units, and before 0.3, where they were not named. */
const FIVE_AXES: readonly string[] = ["t", "c", "z", "y", "x"];

const PIXEL_TYPES: readonly string[] = ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"];

function omeAttributes(group: ZarrGroup): OmeAttributes {
  const { ome } = group.attributes;
  return (typeof ome === "object" && ome !== null
    ? { ...group.attributes, ...ome }
    : group.attributes) as OmeAttributes;
}

/** The group of the image, or of the first one of a conversion by bioformats2raw, and its path. */
async function imageGroup(location: string): Promise<readonly [path: string, group: ZarrGroup]> {
  const root = await openZarr(location);
  if (root.kind === "array") throw imageError(location, "it is a bare Zarr array, give an OME-Zarr image");
  const { multiscales, plate, "bioformats2raw.layout": layout } = omeAttributes(root);
  if (multiscales !== undefined) return ["", root];
  if (plate !== undefined) throw imageError(location, "it is a plate, give the path of one of its images");
  const series = layout === undefined ? undefined : await root.member("0");
  if (series?.kind === "group") return ["0/", series];
  const images = await root.member("images");
  const fix = images?.kind === "group"
    ? `give the path of one of its images (${(await images.members()).map((name) => `images/${name}`).join(", ")})`
    : "give an OME-Zarr image";
  throw imageError(location, `it has no "multiscales" in its attributes, ${fix}`);
}

function scaleOf(transformations: readonly Transformation[] | undefined, axes: number): readonly number[] {
  const scale = transformations?.find(({ type }) => type === "scale")?.scale;
  return scale?.length === axes ? scale : new Array<number>(axes).fill(1);
}

/** Where the axes of an array stand. */
interface AxisOrder {
  readonly axes: readonly Axis[];
  readonly x: number;
  readonly y: number;
  /** -1 for an image without channels. */
  readonly channel: number;
}

function axisOrder(location: string, multiscale: Multiscale, shape: readonly number[]): AxisOrder {
  const axes = (multiscale.axes ?? FIVE_AXES).map((axis) => typeof axis === "string" ? { name: axis } : axis);
  const names = axes.map(({ name }) => name);
  const [x, y, channel] = [names.indexOf("x"), names.indexOf("y"), names.indexOf("c")];
  if (x < 0 || y < 0 || axes.length !== shape.length) {
    throw imageError(location, `its axes ${names.join(", ")} do not go with shape [${shape}], store it again`);
  }
  names.forEach((name, axis) => {
    if (![x, y, channel].includes(axis) && shape[axis] !== 1) {
      throw imageError(location, `it has ${shape[axis]} planes along ${name}, expected 1, project or pick one first`);
    }
  });
  return { axes, x, y, channel };
}

/** Copies values in the order of the stored axes into `[height, width, channels]`. */
function channelsLast(
  values: NumericArray,
  sizes: readonly number[],
  order: AxisOrder,
  dtype: PixelType,
): NumericArray {
  const stride = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((a, b) => a * b, 1));
  const [height, width] = [sizes[order.y]!, sizes[order.x]!];
  const channels = order.channel < 0 ? 1 : sizes[order.channel]!;
  const step = order.channel < 0 ? 0 : stride[order.channel]!;
  const out = pixelArray(dtype, values.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * stride[order.y]! + x * stride[order.x]!;
      for (let c = 0; c < channels; c++) out[at++] = values[from + c * step]!;
    }
  }
  return out;
}

function channelNames({ omero, channels_metadata }: OmeAttributes, count: number): readonly string[] {
  const given = omero?.channels ?? channels_metadata?.channels ?? [];
  return Array.from({ length: count }, (_, c) => String(given[c]?.label ?? c));
}

function micronsOf({ axes, x, y }: AxisOrder, scale: readonly number[]): readonly [number, number] | undefined {
  const [sizeX, sizeY] = [x, y].map((axis) => toMicrons(scale[axis]!, axes[axis]!.unit ?? ""));
  return sizeX === undefined || sizeY === undefined ? undefined : [sizeX, sizeY];
}

async function openWindows(location: string, paths: readonly string[]): Promise<readonly ZarrWindow[]> {
  const windows: ZarrWindow[] = [];
  for (const path of paths) {
    try {
      windows.push(await openZarrWindow(location, path));
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw imageError(location, `resolution "${path}": ${(cause as Error).message}, copy the store again`, cause);
    }
  }
  return windows;
}

/**
 * Open an OME-Zarr image of version 0.1 to 0.5, in Zarr format 2 or 3; regions are read chunk by chunk.
 *
 * @param location Path of the image's folder or of a .zip of one, or an http(s) address of either.
 * @returns The image; of a conversion by bioformats2raw, the first one.
 * @throws {DataError} If it is no OME-Zarr image, has several z positions or times, or is damaged.
 */
export async function openOmeZarr(location: string): Promise<ImageSource> {
  const [prefix, group] = await imageGroup(location);
  const attributes = omeAttributes(group);
  const multiscale = attributes.multiscales?.[0];
  if (multiscale?.datasets?.[0] === undefined) throw imageError(location, "it lists no resolutions, store it again");
  const windows = await openWindows(location, multiscale.datasets.map(({ path }) => `${prefix}${path}`));
  const [first] = windows as [ZarrWindow, ...ZarrWindow[]];
  const order = axisOrder(location, multiscale, first.shape);
  if (!PIXEL_TYPES.includes(first.dtype)) {
    throw imageError(location, `its values are ${first.dtype}, expected one of ${PIXEL_TYPES.join(", ")}`);
  }
  const dtype = first.dtype as PixelType;
  const outer = scaleOf(multiscale.coordinateTransformations, order.axes.length);
  const scales = multiscale.datasets.map(({ coordinateTransformations }) =>
    scaleOf(coordinateTransformations, order.axes.length).map((value, axis) => value * outer[axis]!)
  );
  const channels = order.channel < 0 ? 1 : first.shape[order.channel]!;
  const odd = windows.findIndex(({ shape, dtype }) => {
    return dtype !== first.dtype || (order.channel >= 0 && shape[order.channel] !== channels);
  });
  if (odd >= 0) {
    const found = `resolution ${odd} has shape [${windows[odd]!.shape}] of ${windows[odd]!.dtype}`;
    throw imageError(location, `its channels are mismatched: ${found}, the first one ${channels} of ${first.dtype}`);
  }
  const levels = windows.map((window, k): ImageLevel => ({
    width: window.shape[order.x]!,
    height: window.shape[order.y]!,
    // Sizes round, scales do not; a store that gives no scale has nothing but sizes.
    downsample: [order.x, order.y].map((axis) => {
      const ratio = scales[k]![axis]! / scales[0]![axis]!;
      return ratio > 1 || k === 0 ? ratio : first.shape[axis]! / window.shape[axis]!;
    }) as [number, number],
    block: [window.chunks[order.x]!, window.chunks[order.y]!],
  }));
  const read = async (region: ImageRegion, level: number): Promise<HostArray<NumericArray>> => {
    levelFor({ name: location, levels }, region, level);
    const from = order.axes.map((_, axis) => axis === order.x ? region.x : axis === order.y ? region.y : 0);
    const sizes = order.axes.map((_, axis) => {
      if (axis === order.channel) return channels;
      return axis === order.x ? region.width : axis === order.y ? region.height : 1;
    });
    const shape = [region.height, region.width, channels];
    if (sizes.includes(0)) return hostArray(pixelArray(dtype, 0), shape);
    try {
      const values = await windows[level]!.read(from, from.map((start, axis) => start + sizes[axis]!));
      return hostArray(channelsLast(values, sizes, order, dtype), shape);
    } catch (cause) {
      throw imageError(location, `${(cause as Error).message}, copy the store again`, cause);
    }
  };
  const microns = micronsOf(order, scales[0]!);
  return Object.freeze({
    name: location,
    format: "ome-zarr",
    shape: [levels[0]!.height, levels[0]!.width, channels] as const,
    dtype,
    channels: channelNames(attributes, channels),
    levels,
    read,
    ...(microns !== undefined && { micronsPerPixel: microns }),
  });
}
