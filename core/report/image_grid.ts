import type { PartSpec } from "../data.ts";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import { encodePng } from "./png.ts";
import { element, SOFT, svgDocument, textLine } from "./svg.ts";

/** Images in a line of the grid. */
export interface ImageRow {
  /** What they are. */
  readonly label: string;
  /** Images `[H, W, C]`, values in [0, 1]; all images of a grid have one size. */
  readonly images: readonly HostArray<NumericArray>[];
}

/** What the grid shows. */
export interface ImageGrid {
  /** What is shown, for screen readers. */
  readonly title: string;
  /** Lines, from the top. */
  readonly rows: readonly ImageRow[];
  /** Headings of the columns; absent means none. */
  readonly columns?: readonly string[];
}

/** Least side of an image in the drawing, in pixels. */
const SIDE = 72;
const GAP = 6;
const LABELS = 110;
const HEADING = 20;
const WHITE = 255;

const COLOURS: readonly string[] = ["red", "green", "blue"];

/** Where each of two channels goes: the first is green, the second blue, as in microscopy. */
const PLACES = [1, 2] as const;

/**
 * Show an image of any number of channels in red, green and blue.
 *
 * @param image Values in [0, 1], `[H, W, C]`.
 * @returns Bytes `[H, W, 3]`: a single channel is grey, two are green and blue, what is beyond the third is not shown.
 */
export function coloursOf({ data, shape }: HostArray<NumericArray>): HostArray<Uint8Array> {
  const [height, width, channels] = shape as [number, number, number];
  const out = new Uint8Array(height * width * 3);
  const byte = (value: number): number => Math.round(WHITE * Math.min(1, Math.max(0, value)));
  for (let at = 0; at < height * width; at++) {
    for (let c = 0; c < Math.min(3, channels); c++) {
      const value = byte(data[at * channels + c]!);
      if (channels >= 3) out[at * 3 + c] = value;
      else if (channels === 1) out.fill(value, at * 3, at * 3 + 3);
      else out[at * 3 + PLACES[c]!] = value;
    }
  }
  return hostArray(out, [height, width, 3]);
}

/**
 * Say at the end of a caption in which colours {@linkcode coloursOf} shows the channels.
 *
 * @param caption The caption.
 * @param images What the images are, `[H, W, C]` with the names of the channels.
 * @returns The caption, with a sentence such as `"Green: FKHR-GFP, blue: DNA."` unless colours speak for themselves.
 */
export function withColourKey(caption: string, { names = [] }: PartSpec): string {
  if (names.length < 2 || COLOURS.every((colour, c) => names[c] === colour)) return caption;
  const shown = names.length === 2 ? PLACES.map((place) => COLOURS[place]!) : COLOURS;
  const hidden = names.slice(3).map((name) => `not shown: ${name}`);
  const key = [...shown.map((colour, c) => `${colour}: ${names[c]}`), ...hidden].join(", ");
  return `${caption} ${key[0]!.toUpperCase()}${key.slice(1)}.`;
}

function addressOf(image: HostArray<NumericArray>): string {
  const bytes = encodePng(coloursOf(image));
  return `data:image/png;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

/**
 * Draw images in lines below each other, each as a bitmap within the drawing.
 *
 * @param grid Images and labels.
 * @returns An `<svg>` element that stands alone.
 * @throws {RangeError} If there are no images.
 */
export function imageGrid({ title, rows, columns }: ImageGrid): string {
  const most = Math.max(0, ...rows.map(({ images }) => images.length));
  const first = rows.flatMap(({ images }) => images)[0];
  if (first === undefined) throw new RangeError(`Cannot draw "${title}": there are no images`);
  const [height, width] = first.shape as [number, number];
  const scale = Math.max(1, Math.ceil(SIDE / Math.min(height, width)));
  const [tall, wide] = [scale * height, scale * width];
  const top = columns === undefined ? GAP : HEADING + GAP;
  const x = (column: number): number => LABELS + column * (wide + GAP);
  const y = (row: number): number => top + row * (tall + GAP);
  const headings = (columns ?? []).map((text, i) =>
    textLine(x(i) + wide / 2, HEADING - GAP, text, { anchor: "middle", paint: SOFT, size: 11 })
  );
  const lines = rows.flatMap(({ label, images }, row) => [
    textLine(0, y(row) + tall / 2 + 4, label),
    ...images.map((image, column) =>
      element("image", {
        x: x(column),
        y: y(row),
        width: wide,
        height: tall,
        href: addressOf(image),
        style: "image-rendering:pixelated",
      })
    ),
  ]);
  return svgDocument(title, x(most), y(rows.length), ...headings, ...lines);
}
