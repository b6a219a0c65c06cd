import { DataError, type SlideRegion } from "../../../core/mod.ts";

/** Places of cells, in pixels of the section: pixel j covers [j, j + 1). */
export interface CellPlaces {
  /** Columns. */
  readonly x: Float64Array;
  /** Rows. */
  readonly y: Float64Array;
}

/** An image that the network draws, as a part of the slide. */
export interface Tile {
  /** First column, in pixels of the canvas. */
  readonly x: number;
  /** First row, in pixels of the canvas. */
  readonly y: number;
  /** Cells that it is drawn for. */
  readonly cells: readonly number[];
}

/** Tiles of a slide. */
export interface SlideLayout {
  /** Pixels of the section that are shown. */
  readonly shown: SlideRegion;
  /** Pixels of the section that are drawn: those, and what the tiles around them cover. */
  readonly canvas: SlideRegion;
  /** Rows and columns of a tile. */
  readonly tile: readonly [height: number, width: number];
  /** Tiles, those of a band of one tile's height together, from left to right. */
  readonly tiles: readonly Tile[];
  /** Typical distance of tiles whose middle counts most, in pixels; absent where all of a tile counts. */
  readonly spacing?: number;
}

/** What a slide is laid out from. */
export interface LayoutOptions {
  /** Rows, columns and channels of a tile. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Pixels to show; absent means half a tile around all cells. */
  readonly region?: SlideRegion | undefined;
}

/** A tile and where it begins in the section. */
interface Placed {
  readonly x: number;
  readonly y: number;
  readonly cells: readonly number[];
}

/** Values of a slide that fit in memory several times over, as solvers need them. */
const MOST_VALUES = 2 ** 26;

/** Pixels around all cells, half a tile wide. */
function regionAround({ x, y }: CellPlaces, [height, width]: LayoutOptions["shape"]): SlideRegion {
  const span = (places: Float64Array, size: number): readonly [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (const place of places) [low, high] = [Math.min(low, place), Math.max(high, place)];
    const first = Math.floor(low - size / 2);
    return [first, Math.max(size, Math.ceil(high + size / 2) - first)];
  };
  const [left, wide] = span(x, width);
  const [top, tall] = span(y, height);
  return { x: left, y: top, width: wide, height: tall };
}

function noCells({ x, y }: CellPlaces, shown: SlideRegion): DataError {
  return new DataError(
    `Cannot draw columns ${shown.x} to ${shown.x + shown.width} and rows ${shown.y} to ${
      shown.y + shown.height
    }: none ` +
      `of the ${x.length} cells lies there, the first is at ${x[0]!.toFixed(1)}, ${
        y[0]!.toFixed(1)
      }; check --region and ` +
      "--scale",
  );
}

function checkSize({ width, height }: SlideRegion, channels: number): void {
  if (width * height * channels <= MOST_VALUES) return;
  throw new DataError(
    `Cannot draw a slide of ${width} x ${height} pixels in ${channels} channels: at most ${MOST_VALUES} values are held; ` +
      "draw a part of it with --region X,Y,WIDTH,HEIGHT, or less finely with --scale",
  );
}

/** The canvas that holds all tiles and what is shown, and the tiles in its pixels. */
function onCanvas(
  placed: readonly Placed[],
  shown: SlideRegion,
  [height, width, channels]: LayoutOptions["shape"],
): Omit<SlideLayout, "spacing"> {
  let [left, top, right, bottom] = [shown.x, shown.y, shown.x + shown.width, shown.y + shown.height];
  for (const { x, y } of placed) {
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + width), Math.max(bottom, y + height)];
  }
  const canvas = { x: left, y: top, width: right - left, height: bottom - top };
  checkSize(canvas, channels);
  const band = ({ y }: Tile): number => Math.floor(y / height);
  const tiles = placed.map(({ x, y, cells }): Tile => ({ x: x - left, y: y - top, cells }))
    .sort((a, b) => band(a) - band(b) || a.x - b.x || a.y - b.y);
  return { shown, canvas, tile: [height, width], tiles };
}

/** First pixels of tiles along one axis: multiples of the stride, which belong to the section, not to the region. */
function startsAlong(from: number, length: number, size: number, stride: number): readonly number[] {
  const first = Math.floor(from / stride);
  const count = Math.max(1, Math.ceil((from + length - first * stride - size) / stride) + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * stride);
}

/**
 * Lay overlapping tiles over a section, for images of all the cells that lie in them.
 *
 * Tiles begin at multiples of their stride, counted from pixel 0 of the section, so that the same tiles lie over a part of
 * a section and over the whole of it. Tiles without cells are left out.
 *
 * @param cells Where the cells are.
 * @param overlap Share of a tile that it has in common with the next one, from 0 to below 1.
 * @param options Size of tiles, and the region.
 * @returns The tiles.
 * @throws {DataError} If no cell lies in the region, or it is too large for memory.
 */
export function layOutGrid(cells: CellPlaces, overlap: number, { shape, region }: LayoutOptions): SlideLayout {
  const [height, width, channels] = shape;
  const shown = region ?? regionAround(cells, shape);
  checkSize(shown, channels);
  const strideOf = (size: number): number => Math.max(1, Math.round(size * (1 - overlap)));
  const columns = startsAlong(shown.x, shown.width, width, strideOf(width));
  const rows = startsAlong(shown.y, shown.height, height, strideOf(height));
  const covering = (starts: readonly number[], place: number, size: number): readonly number[] =>
    starts.filter((start) => start <= place && place < start + size);
  const inside = new Map<string, { readonly x: number; readonly y: number; readonly cells: number[] }>();
  for (let cell = 0; cell < cells.x.length; cell++) {
    const across = covering(columns, cells.x[cell]!, width);
    for (const y of across.length === 0 ? [] : covering(rows, cells.y[cell]!, height)) {
      for (const x of across) {
        const found = inside.get(`${x} ${y}`);
        if (found === undefined) inside.set(`${x} ${y}`, { x, y, cells: [cell] });
        else found.cells.push(cell);
      }
    }
  }
  if (inside.size === 0) throw noCells(cells, shown);
  return onCanvas([...inside.values()], shown, shape);
}

/**
 * Lay a tile around each cell, for images that have a cell or a spot in their middle.
 *
 * @param cells Where the cells are.
 * @param options Size of tiles, and the region.
 * @returns The tiles that reach into the region, and how far they lie apart.
 * @throws {DataError} If there are none, or the region is too large for memory.
 */
export function layOutCells(cells: CellPlaces, { shape, region }: LayoutOptions): SlideLayout {
  const [height, width, channels] = shape;
  const shown = region ?? regionAround(cells, shape);
  checkSize(shown, channels);
  const placed: Placed[] = [];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let cell = 0; cell < cells.x.length; cell++) {
    const [x, y] = [Math.floor(cells.x[cell]! - width / 2), Math.floor(cells.y[cell]! - height / 2)];
    [left, top] = [Math.min(left, cells.x[cell]!), Math.min(top, cells.y[cell]!)];
    [right, bottom] = [Math.max(right, cells.x[cell]!), Math.max(bottom, cells.y[cell]!)];
    const reaches = x < shown.x + shown.width && x + width > shown.x && y < shown.y + shown.height &&
      y + height > shown.y;
    if (reaches) placed.push({ x, y, cells: [cell] });
  }
  if (placed.length === 0) throw noCells(cells, shown);
  // Of all cells, not of those in the region, so that a part is drawn as the whole is.
  const area = (right - left) * (bottom - top);
  const spacing = area > 0 ? Math.sqrt(area / cells.x.length) : Math.max(height, width);
  return { ...onCanvas(placed, shown, shape), spacing };
}
