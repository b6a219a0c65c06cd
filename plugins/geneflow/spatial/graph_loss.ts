import {
  add,
  concat,
  conv2d,
  div,
  gatherRows,
  intTensor,
  maximum,
  mean,
  mul,
  oneHot,
  pad,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from "../../../core/mod.ts";
import { greyImages, sobel } from "./sobel.ts";

/** Grid of places that are compared. */
export interface GraphOptions {
  /** Pixels between neighbouring nodes. */
  readonly stride: number;
  /** Neighbours of a node (k). */
  readonly neighbours: number;
  /** Patches reach this many pixels from their node; they end at the border of the image. */
  readonly radius: number;
}

/** What the paper leaves open, at 256 px. */
export const GRAPH_OPTIONS: GraphOptions = Object.freeze({ stride: 8, neighbours: 5, radius: 4 });

/** Keeps roots and quotients of what vanishes finite. */
const EPSILON = 1e-12;
const LEAST_DEVIATION = 1e-6;
const TEXTURE_WEIGHT = 0.5;

/**
 * Nearest nodes of each node of a grid, ties by their number.
 *
 * @param rows Rows of nodes.
 * @param columns Columns of nodes.
 * @param k Neighbours, fewer than there are nodes.
 * @returns `[rows columns, k]`, flat.
 */
export function gridNeighbours(rows: number, columns: number, k: number): Int32Array {
  const nodes = Array.from({ length: rows * columns }, (_, i) => i);
  const out = nodes.flatMap((node) => {
    const squared = (other: number): number =>
      (Math.floor(other / columns) - Math.floor(node / columns)) ** 2 + (other % columns - node % columns) ** 2;
    return nodes.filter((other) => other !== node).sort((a, b) => squared(a) - squared(b) || a - b).slice(0, k);
  });
  return Int32Array.from(out);
}

/** Every `stride`-th pixel as a node, `[B, nodes, F]`. */
function atNodes(images: Tensor, stride: number): Tensor {
  const channels = images.shape[3]!;
  const index = Array.from({ length: channels }, (_, c) => c);
  const picked = conv2d(images, reshape(oneHot(index, channels), [1, 1, channels, channels]), undefined, { stride });
  return reshape(picked, [images.shape[0]!, -1, channels]);
}

/** Length of vectors along the last axis; its derivative at 0 is 0. */
function lengthOf(x: Tensor): Tensor {
  return sqrt(add(sum(square(x), -1), EPSILON));
}

/** How differences of gradients differ between neighbouring nodes: the mean over nodes and neighbours. */
function gradientTerm(difference: Tensor, rows: number, columns: number, k: number): Tensor {
  const [images, nodes, width] = difference.shape as [number, number, number];
  const neighbours = gridNeighbours(rows, columns, k);
  const index = Array.from({ length: images * neighbours.length }, (_, at) => {
    const image = Math.floor(at / neighbours.length);
    return image * nodes + neighbours[at % neighbours.length]!;
  });
  const near = gatherRows(reshape(difference, [images * nodes, width]), intTensor(index, [images * nodes, k]));
  return mean(lengthOf(sub(reshape(difference, [images * nodes, 1, width]), near)));
}

/**
 * Statistics of the patch of each node.
 *
 * @param grey Grey images, `[B, H, W, 1]`.
 * @param options Distance of the nodes and reach of the patches.
 * @returns Mean, standard deviation, skewness and kurtosis (3 for a bell), `[B, nodes, 4]`.
 */
export function patchFeatures(grey: Tensor, { stride, radius }: Pick<GraphOptions, "stride" | "radius">): Tensor {
  const [, height, width] = grey.shape as [number, number, number];
  const side = 2 * radius + 1;
  const pick = reshape(oneHot(Array.from({ length: side ** 2 }, (_, i) => i), side ** 2), [side, side, 1, side ** 2]);
  const around = (x: Tensor): Tensor => {
    const padded = pad(x, [[0, 0], [radius, radius], [radius, radius], [0, 0]]);
    return reshape(conv2d(padded, pick, undefined, { stride }), [x.shape[0]!, -1, side ** 2]);
  };
  const inside = around(tensor(new Float32Array(height * width).fill(1), [1, height, width, 1]));
  const count = sum(inside, 2, true);
  const over = (x: Tensor): Tensor => div(sum(mul(x, inside), 2, true), count);
  const values = around(grey);
  const average = over(values);
  const centred = mul(sub(values, average), inside);
  const second = square(centred);
  const deviation = maximum(sqrt(add(over(second), EPSILON)), LEAST_DEVIATION);
  const unit = div(centred, deviation);
  const cubes = mul(square(unit), unit);
  return concat([average, deviation, over(cubes), over(square(square(unit)))], 2);
}

/** The two terms of the loss, unweighted; scalars. */
export interface GraphTerms {
  /** Differences of Sobel gradients between neighbouring nodes. */
  readonly gradient: Tensor;
  /** Differences of patch statistics. */
  readonly texture: Tensor;
}

/**
 * The terms of the gradient-based spatial graph loss of the paper (section 3.5).
 *
 * @param generated Images, `[B, H, W, C]`.
 * @param real Images of the same shape.
 * @param options Grid, neighbours and patches.
 * @returns Scalars.
 * @throws {RangeError} If the grid has too few nodes for the neighbours.
 */
export function graphTerms(generated: Tensor, real: Tensor, options: GraphOptions = GRAPH_OPTIONS): GraphTerms {
  const { stride, neighbours } = options;
  const [, height, width] = generated.shape as [number, number, number];
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  if (rows * columns <= neighbours) {
    throw new RangeError(
      `Cannot compare ${neighbours} neighbours of ${rows * columns} nodes: choose a stride below ${stride}`,
    );
  }
  const [made, truth] = [greyImages(generated), greyImages(real)];
  const difference = atNodes(sub(sobel(truth), sobel(made)), stride);
  return {
    gradient: gradientTerm(difference, rows, columns, neighbours),
    texture: mean(lengthOf(sub(patchFeatures(truth, options), patchFeatures(made, options)))),
  };
}

/**
 * The gradient-based spatial graph loss of the paper: gradient term plus half the texture term.
 *
 * @param generated Images, `[B, H, W, C]`.
 * @param real Images of the same shape.
 * @param options Grid, neighbours and patches.
 * @returns Scalar.
 */
export function graphSpatialLoss(generated: Tensor, real: Tensor, options: GraphOptions = GRAPH_OPTIONS): Tensor {
  const { gradient, texture } = graphTerms(generated, real, options);
  return add(gradient, mul(texture, TEXTURE_WEIGHT));
}
