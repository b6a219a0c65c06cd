import {
  abs,
  add,
  clip,
  concat,
  div,
  exp,
  expandDims,
  matMul,
  maximum,
  mean,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from "../../../core/mod.ts";
import { sobel } from "./sobel.ts";

/** Keeps roots and quotients of what vanishes finite. */
const EPSILON = 1e-12;

/** Sobel's filter gives a slope of 1 per pixel a length of 8. */
const STEP = 8;

/** Shapes of nuclei from memberships. */
export interface SoftShapes {
  /** Row and column of the middles, `[B, N, 2]`. */
  readonly places: Tensor;
  /** Area, perimeter, circularity and eccentricity, `[B, N, 4]`. */
  readonly features: Tensor;
}

/** Rows and columns of the pixels, `[2, H W]`. */
function grid(height: number, width: number): Tensor {
  const values = [0, 1].flatMap((axis) =>
    Array.from({ length: height * width }, (_, at) => axis === 0 ? Math.floor(at / width) : at % width)
  );
  return tensor(values, [2, height * width]);
}

/** Moments of memberships about their middles: rows, columns, both. */
function momentsOf(weights: Tensor, places: Tensor, pixels: Tensor): readonly [Tensor, Tensor, Tensor] {
  const [images, nuclei, size] = weights.shape as [number, number, number];
  const offset = (axis: number): Tensor => {
    const at = reshape(slice(pixels, [axis], [1]), [1, 1, size]);
    return sub(at, reshape(slice(places, [0, 0, axis], [images, nuclei, 1]), [images, nuclei, 1]));
  };
  const [rows, columns] = [offset(0), offset(1)];
  const over = (a: Tensor, b: Tensor): Tensor => sum(mul(weights, mul(a, b)), 2);
  return [over(rows, rows), over(columns, columns), over(rows, columns)];
}

/**
 * Shapes of nuclei as smooth functions of how much each pixel belongs to each.
 *
 * Solidity, which needs a convex hull, is not among them. The perimeter is the total slope of the membership.
 *
 * @param memberships From 0 to 1, `[B, N, H W]`.
 * @param height Rows.
 * @param width Columns.
 * @returns Middles and features; those of nuclei without members are 0.
 */
export function softShapes(memberships: Tensor, height: number, width: number): SoftShapes {
  const [images, nuclei] = memberships.shape as [number, number];
  const pixels = grid(height, width);
  const area = sum(memberships, 2);
  const weights = div(memberships, expandDims(maximum(area, 1e-3), 2));
  const places = matMul(weights, transpose(pixels));
  const [rr, cc, rc] = momentsOf(weights, places, pixels);
  const middle = mul(add(rr, cc), 0.5);
  const apart = sqrt(add(add(square(mul(sub(rr, cc), 0.5)), square(rc)), EPSILON));
  const ratio = div(maximum(sub(middle, apart), 0), add(add(middle, apart), 1e-6));
  const slopes = sobel(reshape(memberships, [images * nuclei, height, width, 1]));
  const lengths = sqrt(add(sum(square(slopes), 3), EPSILON));
  const perimeter = mul(reshape(sum(lengths, [1, 2]), [images, nuclei]), 1 / STEP);
  const circularity = div(mul(area, 4 * Math.PI), maximum(square(perimeter), 1));
  const eccentricity = sqrt(add(clip(sub(1, ratio), 0, 1), EPSILON));
  const features = [area, perimeter, circularity, eccentricity].map((value) => expandDims(value, 2));
  return { places, features: concat(features, 2) };
}

/**
 * Mean over nuclei of the distance of their features.
 *
 * @param generated Features, `[B, N, F]`.
 * @param real Features, `[B, N, F]`.
 * @param present 1 for nuclei, 0 for padding, `[B, N]`.
 * @returns Scalar; 0 without nuclei.
 */
export function morphologyTerm(generated: Tensor, real: Tensor, present: Tensor): Tensor {
  const distance = sqrt(add(sum(square(sub(generated, real)), 2), EPSILON));
  return div(sum(mul(distance, present)), maximum(sum(present), 1));
}

/** Distances between all pairs of places of an image, `[B, N, N]`. */
function pairDistances(places: Tensor): Tensor {
  return sqrt(add(sum(square(sub(expandDims(places, 1), expandDims(places, 2))), 3), EPSILON));
}

/**
 * Mean over nuclei of how the distances to their neighbours differ.
 *
 * @param generated Places, `[B, N, 2]`.
 * @param real Places, `[B, N, 2]`.
 * @param edges Share of each neighbour in its nucleus, 1 / k or 0, `[B, N, N]`; rows of padding are 0.
 * @param present 1 for nuclei, 0 for padding, `[B, N]`.
 * @returns Scalar, in pixels.
 */
export function arrangementTerm(generated: Tensor, real: Tensor, edges: Tensor, present: Tensor): Tensor {
  const gap = abs(sub(pairDistances(generated), pairDistances(real)));
  return div(sum(mul(gap, edges)), maximum(sum(present), 1));
}

/**
 * Density of nuclei at each pixel, a sum of bells with the paper's normalizer 1 / √(2 π h²).
 *
 * @param places Places, `[B, N, 2]`.
 * @param present 1 for nuclei, 0 for padding, `[B, N]`.
 * @param size Rows, columns and bandwidth h, in pixels.
 * @returns `[B, H W]`.
 */
export function nucleusDensity(
  places: Tensor,
  present: Tensor,
  { height, width, bandwidth }: { readonly height: number; readonly width: number; readonly bandwidth: number },
): Tensor {
  const pixels = reshape(transpose(grid(height, width)), [1, 1, height * width, 2]);
  const squares = sum(square(sub(expandDims(places, 2), pixels)), 3);
  const bells = exp(mul(squares, -1 / (2 * bandwidth ** 2)));
  return mul(sum(mul(bells, expandDims(present, 2)), 1), 1 / Math.sqrt(2 * Math.PI * bandwidth ** 2));
}

/**
 * Mean difference of two densities.
 *
 * @param generated Density, `[B, H W]`.
 * @param real Density, `[B, H W]`.
 * @returns Scalar.
 */
export function densityTerm(generated: Tensor, real: Tensor): Tensor {
  return mean(abs(sub(generated, real)));
}
