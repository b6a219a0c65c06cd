import { DataError, type DataSpec } from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";

/** A turn or mirror of the plane: rows of the matrix that takes (x, y) to its new place. */
export type Turn = readonly [xx: number, xy: number, yx: number, yy: number];

/** The eight symmetries of a square, the first of which changes nothing. */
export const TURNS: readonly Turn[] = [
  [1, 0, 0, 1],
  [-1, 0, 0, 1],
  [1, 0, 0, -1],
  [-1, 0, 0, -1],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, -1, 0],
  [0, -1, -1, 0],
];

/** How the values of an image become tokens. */
export interface ImageLayout {
  /** Tokens of an image (P). */
  readonly tokens: number;
  /** Values of a token (D). */
  readonly width: number;
  /** Values of an image as it is stored. */
  readonly size: number;
  /** Rows, columns and channels after averaging; absent for features. */
  readonly pixels?: readonly [rows: number, columns: number, channels: number];
  /** Place of each token: column and row, `[P, 2]`. */
  readonly places: Float32Array;
  /** Which value of an image each value of its tokens is, turn by turn, `[P, D]`; -1 for padding. */
  readonly orders: readonly Int32Array[];
}

function featureLayout(features: number, tokens: number): ImageLayout {
  const width = Math.ceil(features / tokens);
  const order = Int32Array.from({ length: tokens * width }, (_, at) => at < features ? at : -1);
  const places = Float32Array.from({ length: 2 * tokens }, (_, at) => at % 2 === 0 ? at / 2 : 0);
  return { tokens, width, size: features, places, orders: [order] };
}

/** Which pixel each value of the tokens is after a turn. */
function turnedOrder(
  [rows, columns, channels]: readonly [number, number, number],
  patch: number,
  turn: Turn,
): Int32Array {
  const [xx, xy, yx, yy] = turn;
  const out = new Int32Array(rows * columns * channels);
  const [middleX, middleY] = [(columns - 1) / 2, (rows - 1) / 2];
  let to = 0;
  for (let top = 0; top < rows; top += patch) {
    for (let left = 0; left < columns; left += patch) {
      for (let row = top; row < top + patch; row++) {
        for (let column = left; column < left + patch; column++) {
          // What lies here after the turn lay at the transpose of the turn before.
          const [x, y] = [column - middleX, row - middleY];
          const [fromX, fromY] = [xx * x + yx * y + middleX, xy * x + yy * y + middleY];
          for (let c = 0; c < channels; c++) {
            out[to++] = (Math.round(fromY) * columns + Math.round(fromX)) * channels + c;
          }
        }
      }
    }
  }
  return out;
}

/**
 * Decide how the images of a data set become tokens.
 *
 * @param images Part, averaging and size of the tokens.
 * @param spec Description of the data.
 * @returns The layout.
 * @throws {DataError} If there is no such part, or its sides do not divide.
 */
export function imageLayout(images: SpatiaEncoderConfig["images"], { name, parts }: DataSpec): ImageLayout {
  const { part, shrink, patch, tokens } = images;
  const found = parts[part];
  if (found === undefined) {
    throw new DataError(
      `Cannot see the images of "${name}": there is no part "${part}", the data have ${
        Object.keys(parts).join(", ")
      }; ` +
        'set plugin.config.images.part, or plugin.config.modalities=["genes"]',
    );
  }
  const { shape } = found;
  if (shape.length === 1) return featureLayout(shape[0]!, Math.min(tokens, shape[0]!));
  const [height = 0, width = 0, channels = 0] = shape;
  const [rows, columns] = [height / shrink, width / shrink];
  if (shape.length !== 3 || !Number.isInteger(rows / patch) || !Number.isInteger(columns / patch)) {
    throw new DataError(
      `Cannot cut images of shape [${shape}] of "${name}" into tokens of ${patch} x ${patch} pixels after averaging ` +
        `${shrink} x ${shrink}: set plugin.config.images.patch and shrink so that they divide the sides`,
    );
  }
  const pixels = [rows, columns, channels] as const;
  const across = columns / patch;
  const count = across * rows / patch;
  const turns = images.turn && rows === columns ? TURNS : TURNS.slice(0, 1);
  return {
    tokens: count,
    width: patch * patch * channels,
    size: rows * columns * channels,
    pixels,
    places: Float32Array.from({ length: 2 * count }, (_, at) => {
      const token = at >> 1;
      return at % 2 === 0 ? token % across : Math.floor(token / across);
    }),
    orders: turns.map((turn) => turnedOrder(pixels, patch, turn)),
  };
}
