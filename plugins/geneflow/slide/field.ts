import {
  add,
  concat,
  dispose,
  type Field,
  fromHost,
  mul,
  pad,
  slice,
  type Tensor,
  tidy,
  zeros,
} from "../../../core/mod.ts";
import type { Picture } from "../picture.ts";
import type { Blend } from "./blend.ts";
import type { SlideLayout } from "./layout.ts";
import { overlapAdd, type Piece } from "./overlap_add.ts";

/** What a slide's right-hand side is made of. */
export interface SlideFieldOptions {
  /** The tiles. */
  readonly layout: SlideLayout;
  /** Their weights. */
  readonly blend: Blend;
  /** Tiles that the network sees at a time, at most. */
  readonly batch: number;
  /**
   * The right-hand side of some images.
   *
   * @param first Number of the first tile.
   * @param count Number of tiles.
   * @returns The field.
   */
  readonly field: (first: number, count: number) => Field<Picture>;
}

/** Numbers of the first and the last tile of each band. */
function bandsOf({ tiles, tile: [height] }: SlideLayout): readonly (readonly [from: number, to: number])[] {
  const band = (i: number): number => Math.floor(tiles[i]!.y / height);
  const starts = tiles.flatMap((_, i) => i > 0 && band(i) === band(i - 1) ? [] : [i]);
  return starts.map((from, i) => [from, starts[i + 1] ?? tiles.length]);
}

/**
 * The right-hand side of a slide: at each pixel the weighted mean of what the network says of the tiles around it.
 *
 * Since the mean is taken of velocities, at every evaluation, all tiles integrate one and the same field, and there are no
 * seams to hide. Activations of one batch of tiles are held at a time.
 *
 * @param options Tiles, weights and the network.
 * @returns The field on states `img` `[1, H, W, C]` of the canvas; zero where no tile lies.
 */
export function slideField({ layout, blend, batch, field }: SlideFieldOptions): Field<Picture> {
  const { canvas, tile: [height, width], tiles } = layout;
  const bands = bandsOf(layout);
  /** What some tiles of a band add to it: the band begins at a row `top` and is two tiles high, if the canvas is. */
  const addition = (img: Tensor, t: Tensor, first: number, count: number, top: number): Tensor => {
    const some = tiles.slice(first, first + count);
    const cut = some.map(({ x, y }) => slice(img, [0, y, x], [1, height, width]));
    const found = field(first, count)({ img: concat(cut, 0) }, add(zeros([count]), t));
    const weighted = mul(found.img, fromHost(blend.weights(first, count)));
    const left = some[0]!.x;
    const right = some.at(-1)!.x + width;
    const tall = Math.min(2 * height, canvas.height - top);
    const pieces = some.map(({ x, y }, i): Piece => {
      const rows = [y - top, tall - height - (y - top)] as const;
      return { start: x - left, tensor: pad(slice(weighted, [i], [1]), [[0, 0], rows, [0, 0], [0, 0]]) };
    });
    const across = [left, canvas.width - right] as const;
    return pad(overlapAdd(pieces, right - left, 2), [[0, 0], [0, 0], across, [0, 0]]);
  };
  return ({ img }: Picture, t: Tensor): Picture => {
    const pieces = bands.map(([from, to]): Piece => {
      const top = Math.floor(tiles[from]!.y / height) * height;
      let sum: Tensor | undefined;
      for (let first = from; first < to; first += batch) {
        // The memory must not grow with the number of tiles: a batch is freed before the loop's step ends.
        const next: Tensor = tidy(() => {
          const more = addition(img, t, first, Math.min(batch, to - first), top);
          return sum === undefined ? more : add(sum, more);
        });
        if (sum !== undefined) dispose([sum]);
        sum = next;
      }
      return { start: top, tensor: sum! };
    });
    return { img: overlapAdd(pieces, canvas.height, 1) };
  };
}
