import { type HostArray, hostArray } from "../../../core/mod.ts";
import type { SlideLayout } from "./layout.ts";

/** How much each tile counts at each pixel. */
export interface Blend {
  /** 1 where some tile lies, 0 elsewhere, `[H, W]` of the canvas. */
  readonly covered: Uint8Array;
  /**
   * Weights of some tiles.
   *
   * @param first Number of the first tile.
   * @param count Number of tiles.
   * @returns Weights `[count, h, w, 1]`; at each pixel those of all tiles sum to 1.
   */
  weights(first: number, count: number): HostArray;
}

/** What the far parts of a tile count beside its middle, where spacing says that the middle counts most. */
const FAR = 1e-3;

/**
 * Sine squared, above 0 everywhere, so that a pixel at the border of the slide has a weight. With a spacing it falls off as
 * a Gaussian of half that width, so that what lies around a cell is the matter of its own tile.
 */
function windowAlong(size: number, spacing: number | undefined): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const sine = Math.sin(Math.PI * (i + 0.5) / size) ** 2;
    if (spacing === undefined) return sine;
    const away = (i + 0.5 - size / 2) / (spacing / 2);
    return sine * (Math.exp(-away * away / 2) + FAR);
  });
}

/**
 * Weights with which overlapping tiles are averaged: a smooth window over each, divided by the sum of all.
 *
 * @param layout The tiles.
 * @returns The weights.
 */
export function blendOf({ canvas, tile: [height, width], tiles, spacing }: SlideLayout): Blend {
  const [down, across] = [windowAlong(height, spacing), windowAlong(width, spacing)];
  const total = new Float64Array(canvas.width * canvas.height);
  for (const { x, y } of tiles) {
    for (let i = 0; i < height; i++) {
      const at = (y + i) * canvas.width + x;
      for (let j = 0; j < width; j++) total[at + j]! += down[i]! * across[j]!;
    }
  }
  return Object.freeze({
    covered: Uint8Array.from(total, (weight) => Number(weight > 0)),
    weights(first: number, count: number): HostArray {
      const out = new Float32Array(count * height * width);
      tiles.slice(first, first + count).forEach(({ x, y }, tile) => {
        for (let i = 0, to = tile * height * width; i < height; i++) {
          const at = (y + i) * canvas.width + x;
          for (let j = 0; j < width; j++) out[to++] = down[i]! * across[j]! / total[at + j]!;
        }
      });
      return hostArray(out, [count, height, width, 1]);
    },
  });
}
