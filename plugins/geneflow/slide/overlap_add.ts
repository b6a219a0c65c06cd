import { add, concat, type Tensor, zeros } from "../../../core/mod.ts";

/** A tensor and where it lies along the axis of {@linkcode overlapAdd}. */
export interface Piece {
  /** Its first index. */
  readonly start: number;
  /** Its values. */
  readonly tensor: Tensor;
}

interface Layer {
  readonly parts: Tensor[];
  end: number;
}

/**
 * Add pieces that lie along an axis and may overlap.
 *
 * Pieces that do not overlap are joined first, so that the work grows with the number of layers, not of pieces.
 *
 * @param pieces Pieces of equal shape but for the axis, in order of their starts; at least one.
 * @param length Length of the axis of the sum.
 * @param axis The axis.
 * @returns The sum; zero where there is no piece.
 */
export function overlapAdd(pieces: readonly Piece[], length: number, axis: number): Tensor {
  const layers: Layer[] = [];
  const [{ tensor: { shape } }] = pieces as readonly [Piece, ...Piece[]];
  const fill = ({ parts, end }: Layer, to: number): void => {
    if (to > end) parts.push(zeros(shape.map((size, i) => i === axis ? to - end : size)));
  };
  for (const { start, tensor } of pieces) {
    let layer = layers.find(({ end }) => end <= start);
    if (layer === undefined) layers.push(layer = { parts: [], end: 0 });
    fill(layer, start);
    layer.parts.push(tensor);
    layer.end = start + tensor.shape[axis]!;
  }
  return layers.map((layer) => {
    fill(layer, length);
    return concat(layer.parts, axis);
  }).reduce((sum, each) => add(sum, each));
}
