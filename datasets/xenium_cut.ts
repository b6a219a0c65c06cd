import { DataError, hostArray, type RowSource } from "../core/mod.ts";
import { cutPatches, patchArray } from "./images/cut_patches.ts";
import type { ImageSource } from "./images/image.ts";
import { windowAround, windowStarts } from "./images/windows.ts";
import type { Outline } from "./xenium_polygons.ts";
import type { XeniumOptions, XeniumPictures } from "./xenium_section.ts";

/** How images are cut from the stain of a bundle. */
export interface XeniumCut {
  /** Rows and columns of an image, in pixels of the stain. */
  readonly side: number;
  /** Of patches: pixels from one to the next. */
  readonly stride: number;
  /** Of patches: whether a last one is flush with the far borders (GeneFlow), or none is there (HEST). */
  readonly last: boolean;
  /** Of patches: those with fewer cells are left out. */
  readonly leastCells: number;
  /** What is done with cells that lie outside the stain's image. */
  readonly outside: "refuse" | "leave-out";
}

/** Squares of the image, in whole pixels. */
function squares(
  image: ImageSource,
  starts: readonly (readonly [number, number])[],
  side: number,
): { readonly centres: Float64Array; readonly images: RowSource } {
  const centres = Float64Array.from(starts.flat(), (start) => start + side / 2);
  const channels = image.channels.filter((name) => name !== "alpha").length;
  const images: RowSource = Object.freeze({
    shape: [starts.length, side, side, channels],
    read: async (index: ArrayLike<number> = Int32Array.from(starts.keys())) => {
      const wanted = Float64Array.from({ length: 2 * index.length }, (_, at) => centres[2 * index[at >> 1]! + at % 2]!);
      // What lies outside the slide is 0, as in the images of the authors.
      const options = { size: side, pixels: side, level: 0, fill: 0, range: [0, 255] as const };
      return await patchArray(await cutPatches(image, hostArray(wanted, [index.length, 2]), options));
    },
  });
  return { centres, images };
}

/**
 * Cut images of cells, in the order of their names, or windows with the cells that lie in them as a whole.
 *
 * @param image The stain.
 * @param cells Names of the cells.
 * @param outlines Their outlines, in pixels of the stain.
 * @param cut Size and places of the images.
 * @param kind Which images.
 * @returns The images, cut when they are asked for.
 * @throws {DataError} If no window has enough cells.
 */
export function cutPictures(
  image: ImageSource,
  cells: readonly string[],
  outlines: readonly Outline[],
  { side, stride, last, leastCells }: XeniumCut,
  kind: XeniumOptions["images"],
): Omit<XeniumPictures, "channels"> {
  if (kind === "cell") {
    const order = [...cells.keys()].sort((a, b) => cells[a]! < cells[b]! ? -1 : 1);
    const starts = order.map((row) => {
      const [x, y] = outlines[row]!.centre;
      return [windowAround(x, side), windowAround(y, side)] as const;
    });
    return {
      names: order.map((row) => cells[row]!),
      cells: order.map((row) => Int32Array.of(row)),
      ...squares(image, starts, side),
    };
  }
  const [height, width] = image.shape;
  const [columns, rows] = [width, height].map((length) => windowStarts(length, { size: side, stride, last }));
  const inside = new Map<number, number[]>();
  outlines.forEach(({ low, high }, cell) => {
    const holding = (starts: readonly number[], axis: 0 | 1): readonly number[] =>
      starts.flatMap((start, i) => start <= low[axis] && high[axis] <= start + side ? [i] : []);
    const across = holding(columns!, 0);
    for (const row of across.length === 0 ? [] : holding(rows!, 1)) {
      for (const column of across) {
        const key = row * columns!.length + column;
        inside.set(key, [...inside.get(key) ?? [], cell]);
      }
    }
  });
  const kept = [...inside].filter(([, found]) => found.length >= leastCells).sort(([a], [b]) => a - b);
  if (kept.length === 0) {
    throw new DataError(
      `Cannot use the patches of "${image.name}": none of ${side} x ${side} pixels holds ${leastCells} whole cells; ` +
        "change dataset.config.side or leastCells",
    );
  }
  const at = (key: number): readonly [number, number] => [Math.floor(key / columns!.length), key % columns!.length];
  return {
    names: kept.map(([key]) => `patch_${at(key).join("_")}`),
    cells: kept.map(([, found]) => Int32Array.from(found)),
    ...squares(image, kept.map(([key]) => [columns![at(key)[1]]!, rows![at(key)[0]]!] as const), side),
  };
}
