import {
  breathe,
  coloursOf,
  encodePng,
  type HostArray,
  hostArray,
  replaceFolderAtomic,
  type SlideImage,
  writeFileAtomic,
  writeZarr,
  type ZarrAttributes,
} from "../core/mod.ts";

/** The coarsest resolution has no longer side. */
const THUMBNAIL = 512;
/** The picture beside the store has no longer side. */
const PICTURE = 2048;
const WHITE = 255;

/** Colours that viewers give to three channels, and to others in turn. */
const COLOURS = ["FF0000", "00FF00", "0000FF", "FFFFFF"] as const;

/** Half the resolution: means of 2 x 2 pixels, fewer at odd ends, halves up. */
function halved({ data, shape }: HostArray<Uint8Array>): HostArray<Uint8Array> {
  const [height, width, channels] = shape as [number, number, number];
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const out = new Uint8Array(rows * columns * channels);
  for (let row = 0, to = 0; row < rows; row++) {
    const below = Math.min(2 * row + 1, height - 1);
    for (let column = 0; column < columns; column++) {
      const beside = Math.min(2 * column + 1, width - 1);
      for (let c = 0; c < channels; c++) {
        const at = (y: number, x: number): number => data[(y * width + x) * channels + c]!;
        const sum = at(2 * row, 2 * column) + at(2 * row, beside) + at(below, 2 * column) + at(below, beside);
        out[to++] = Math.floor(sum / 4 + 0.5);
      }
    }
  }
  return hostArray(out, [rows, columns, channels]);
}

function longest({ shape }: HostArray<Uint8Array>): number {
  return Math.max(shape[0]!, shape[1]!);
}

/** Attributes of OME-Zarr 0.4: places are those of the centres of pixels, in the coordinates of the section. */
function attributesOf({ section, channels, origin, scale, unit, notes }: SlideImage, levels: number): ZarrAttributes {
  const space = /µm|micro/i.test(unit) ? { type: "space", unit: "micrometer" } : { type: "space" };
  const places = (level: number): readonly [number, number] => {
    const half = 2 ** level / 2;
    return [(origin[1] + half) / scale, (origin[0] + half) / scale];
  };
  return {
    multiscales: [{
      version: "0.4",
      name: section,
      axes: [{ name: "c", type: "channel" }, { name: "y", ...space }, { name: "x", ...space }],
      type: "mean",
      datasets: Array.from({ length: levels }, (_, level) => ({
        path: String(level),
        coordinateTransformations: [
          { type: "scale", scale: [1, 2 ** level / scale, 2 ** level / scale] },
          { type: "translation", translation: [0, ...places(level)] },
        ],
      })),
    }],
    omero: {
      channels: channels.map((label, i) => ({
        label,
        color: COLOURS[i % COLOURS.length]!,
        active: true,
        window: { start: 0, end: WHITE, min: 0, max: WHITE },
      })),
      rdefs: { model: "color" },
    },
    generated: { section, unit, notes: [...notes] },
  };
}

/** Files that were written. */
export interface SlideFiles {
  /** The image at all resolutions, an OME-Zarr store. */
  readonly slide: string;
  /** The image for looking at, a PNG of up to 2,048 pixels. */
  readonly picture: string;
}

/**
 * Name the files of an image.
 *
 * @param path Path of both without their endings.
 * @returns The files.
 */
export function slideFiles(path: string): SlideFiles {
  return { slide: `${path}.ome.zarr`, picture: `${path}.png` };
}

/**
 * Write an image of a section as OME-Zarr 0.4, which image viewers and `deno task data patches` open, and as PNG.
 *
 * @param files Where to; what stands there is replaced.
 * @param image The image.
 * @throws {CheckpointError} If a file cannot be written.
 */
export async function writeSlide(files: SlideFiles, image: SlideImage): Promise<void> {
  const levels = [image.pixels];
  while (longest(levels.at(-1)!) > THUMBNAIL) {
    levels.push(halved(levels.at(-1)!));
    await breathe();
  }
  await replaceFolderAtomic(
    files.slide,
    (partial) =>
      writeZarr(partial, 2, attributesOf(image, levels.length), async (root) => {
        for (const [level, pixels] of levels.entries()) await root.image(String(level), pixels, {});
      }),
  );
  const shown = levels.find((level) => longest(level) <= PICTURE)!;
  const share = hostArray(Float32Array.from(shown.data, (value) => value / WHITE), shown.shape);
  await writeFileAtomic(files.picture, encodePng(coloursOf(share)));
}
