import { DataError } from "../../core/mod.ts";

/** An affine map of the plane: x' = a x + b y + c, y' = d x + e y + f. */
export interface Alignment {
  /** The first two rows of its matrix: a, b, c, d, e, f. */
  readonly matrix: readonly [number, number, number, number, number, number];
}

/**
 * Read the file that aligns one image with another: three lines of three numbers, as Xenium Explorer writes it.
 *
 * @param path Path of the `*_imagealignment.csv`.
 * @returns The map from pixels of the aligned image (H&E) to pixels of the morphology image.
 * @throws {DataError} If it is no invertible affine matrix.
 */
export async function readAlignment(path: string): Promise<Alignment> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw new DataError(`Cannot read the alignment "${path}": ${(cause as Error).message}`, { cause });
  });
  const rows = text.trim().split(/\r?\n/).map((line) => line.split(",").map(Number));
  const shaped = rows.length === 3 && rows.every((row) => row.length === 3 && row.every(Number.isFinite));
  const [[a, b, c], [d, e, f], [g, h, i]] = (shaped ? rows : [[], [], []]) as [number[], number[], number[]];
  if (!shaped || g !== 0 || h !== 0 || i !== 1 || a! * e! === b! * d!) {
    throw new DataError(
      `Cannot use the alignment "${path}": expected three lines of three numbers, the last of them 0,0,1, that can be ` +
        "inverted; export it from Xenium Explorer again",
    );
  }
  return { matrix: [a!, b!, c!, d!, e!, f!] };
}

/**
 * Invert a map.
 *
 * @param alignment The map; its matrix can be inverted.
 * @returns The map back.
 */
export function inverse({ matrix: [a, b, c, d, e, f] }: Alignment): Alignment {
  const determinant = a * e - b * d;
  const [p, q, r, s] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return { matrix: [p, q, -(p * c + q * f), r, s, -(r * c + s * f)] };
}

/**
 * Map a point.
 *
 * @param alignment The map.
 * @param x First coordinate.
 * @param y Second coordinate.
 * @returns The point there.
 */
export function mapPoint({ matrix: [a, b, c, d, e, f] }: Alignment, x: number, y: number): readonly [number, number] {
  return [a * x + b * y + c, d * x + e * y + f];
}
