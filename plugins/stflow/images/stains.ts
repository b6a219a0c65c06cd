import type { Window } from "./window.ts";

/** How much of each dye a pixel has, in optical density. */
export interface Stains {
  /** Haematoxylin: nuclei. */
  readonly haematoxylin: Float32Array;
  /** Eosin: cytoplasm and fibres. */
  readonly eosin: Float32Array;
}

/** Optical densities of the dyes in red, green and blue (Ruifrok and Johnston 2001); the third is what is left. */
const DYES = [[0.650, 0.704, 0.286], [0.072, 0.990, 0.105], [0.268, 0.570, 0.776]] as const;

/** Columns of the inverse of the normalised dye matrix: densities to amounts of haematoxylin and eosin. */
function unmixing(): readonly [readonly number[], readonly number[]] {
  const [a, b, c] = DYES.map((dye) => {
    const length = Math.hypot(...dye);
    return dye.map((value) => value / length);
  }) as [number[], number[], number[]];
  const cross = (u: number[], v: number[]): number[] =>
    [0, 1, 2].map((i) => u[(i + 1) % 3]! * v[(i + 2) % 3]! - u[(i + 2) % 3]! * v[(i + 1) % 3]!);
  const [ab, bc, ca] = [cross(a, b), cross(b, c), cross(c, a)];
  const volume = c.reduce((sum, value, i) => sum + value * ab[i]!, 0);
  return [bc.map((value) => value / volume), ca.map((value) => value / volume)];
}

const [HAEMATOXYLIN, EOSIN] = unmixing();

/** Darkest pixel: a grey value of one. */
const DARKEST = 1 / 255;

/**
 * Separate the dyes of an H&E stain (Ruifrok and Johnston 2001).
 *
 * @param window The image.
 * @returns Amounts per pixel; a little below 0 where a colour is no mixture of the dyes.
 */
export function stainsOf({ planes }: Window): Stains {
  const [red, green, blue] = planes;
  const size = red.length;
  const [haematoxylin, eosin] = [new Float32Array(size), new Float32Array(size)];
  const density = (value: number): number => -Math.log(Math.max(DARKEST, value));
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [density(red[i]!), density(green[i]!), density(blue[i]!)];
    haematoxylin[i] = r * HAEMATOXYLIN[0]! + g * HAEMATOXYLIN[1]! + b * HAEMATOXYLIN[2]!;
    eosin[i] = r * EOSIN[0]! + g * EOSIN[1]! + b * EOSIN[2]!;
  }
  return { haematoxylin, eosin };
}
