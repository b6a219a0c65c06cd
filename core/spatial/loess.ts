import { DataError } from "../errors.ts";

/** Points a cell of the tree may hold, as a share of the points in a neighbourhood. */
const CELL = 0.2;
/** Singular values below this share of the largest one count as 0. */
const SINGULAR = 100 * Number.EPSILON;

/** A place where the local polynomial is fitted. */
interface Vertex {
  readonly at: number;
  readonly value: number;
  readonly slope: number;
}

/**
 * Smooth y over x by local quadratic regression (LOESS, Cleveland 1979): tricube weights over the nearest share of the
 * points, without robustness iterations.
 *
 * The polynomials are fitted at the vertices of a k-d tree and joined by cubic Hermite pieces (Cleveland and Grosse 1991),
 * as in `loess` of R and scikit-misc with their default surface, so that values agree with theirs.
 *
 * @example Usage
 * ```ts
 * import { loess } from "@morphogen/morphogen";
 *
 * const x = Float64Array.from({ length: 20 }, (_, i) => i);
 * const fitted = loess(x, x.map((value) => value * value), 0.5);
 * if (Math.abs(fitted[7]! - 49) > 1e-9) throw new Error(`${fitted[7]}`);
 * ```
 *
 * @param x Places, `[N]`.
 * @param y Values at these places, `[N]`.
 * @param span Share of the points in a neighbourhood, above 0 and up to 1.
 * @returns Smoothed values at `x`, `[N]`.
 * @throws {TypeError} If `x` and `y` differ in length.
 * @throws {RangeError} If the span is out of range, or holds fewer than 3 points.
 * @throws {DataError} If a value is not finite, or so many places are equal that a neighbourhood has no width.
 */
export function loess(x: Float64Array, y: Float64Array, span: number): Float64Array {
  if (x.length !== y.length) throw new TypeError(`Cannot smooth ${y.length} values at ${x.length} places`);
  if (!(span > 0 && span <= 1)) throw new RangeError(`Cannot smooth with span ${span}: expected above 0 and up to 1`);
  const near = Math.min(x.length, Math.floor(x.length * span));
  if (near < 3) {
    throw new RangeError(`Cannot fit parabolas to ${near} of ${x.length} points: expected at least 3, raise the span`);
  }
  const bad = x.findIndex((value, i) => !(Number.isFinite(value) && Number.isFinite(y[i]!)));
  if (bad >= 0) throw new DataError(`Cannot smooth: point ${bad} is (${x[bad]}, ${y[bad]}), expected finite numbers`);
  const order = Array.from(x.keys()).sort((a, b) => x[a]! - x[b]!);
  const places = Float64Array.from(order, (i) => x[i]!);
  const values = Float64Array.from(order, (i) => y[i]!);
  const vertices = verticesOf(places, Math.floor(x.length * (span * CELL)))
    .map((at) => fitLocally(places, values, at, near));
  const out = new Float64Array(x.length);
  for (let i = 0, left = 0; i < order.length; i++) {
    while (left + 2 < vertices.length && places[i]! > vertices[left + 1]!.at) left++;
    out[order[i]!] = hermite(vertices[left]!, vertices[left + 1]!, places[i]!);
  }
  return out;
}

/** Cut the line at medians until no piece has more than `most` points; places that are equal stay together. */
function verticesOf(places: Float64Array, most: number): readonly number[] {
  const [low, high] = [places[0]!, places[places.length - 1]!];
  const margin = 0.005 * Math.max(high - low, 1e-10 * Math.max(Math.abs(low), Math.abs(high)) + 1e-30);
  const cuts = new Set([low - margin, high + margin]);
  const divide = (from: number, to: number, left: number, right: number): void => {
    if (to - from + 1 <= most) return;
    const at = cutOf(places, from, to);
    const cut = places[at]!;
    if (cut === left || cut === right) return;
    cuts.add(cut);
    divide(from, at, left, cut);
    divide(at + 1, to, cut, right);
  };
  divide(0, places.length - 1, low - margin, high + margin);
  return [...cuts].sort((a, b) => a - b);
}

/** The last point of the left half, moved to the nearest place where the next point is another one. */
function cutOf(places: Float64Array, from: number, to: number): number {
  // Counted from 1, as in the original, the middle is rounded down.
  const middle = Math.floor((from + to + 2) / 2) - 1;
  let offset = 0;
  while (middle + offset < to && middle + offset >= from) {
    if (places[middle + offset] !== places[middle + offset + 1]) return middle + offset;
    offset = offset < 0 ? 1 - offset : -offset;
    if (offset === 0) offset = 1;
  }
  return middle;
}

function fitLocally(places: Float64Array, values: Float64Array, at: number, near: number): Vertex {
  let from = 0;
  // The window of the nearest points slides on while the next point is nearer than the first.
  while (from + near < places.length && places[from + near]! - at < at - places[from]!) from++;
  const reach = Math.max(Math.abs(at - places[from]!), Math.abs(places[from + near - 1]! - at));
  if (!(reach > 0)) {
    throw new DataError(
      `Cannot smooth at ${at}: all ${near} points of a neighbourhood lie at one place, raise the span`,
    );
  }
  const columns = [0, 1, 2].map(() => new Float64Array(near));
  const target = new Float64Array(near);
  for (let i = 0; i < near; i++) {
    const offset = places[from + i]! - at;
    const weight = Math.sqrt(Math.max(0, 1 - (Math.abs(offset) / reach) ** 3) ** 3);
    for (let power = 0; power < 3; power++) columns[power]![i] = weight * offset ** power;
    target[i] = weight * values[from + i]!;
  }
  const [value, slope] = leastSquares(columns, target);
  return { at, value: value!, slope: slope! };
}

/** Coefficients of least norm, from the singular value decomposition of the equilibrated columns (one-sided Jacobi). */
function leastSquares(columns: readonly Float64Array[], target: Float64Array): readonly number[] {
  const count = columns.length;
  const scale = columns.map((column) => Math.sqrt(inner(column, column)) || 1);
  columns.forEach((column, j) => column.forEach((value, i) => column[i] = value / scale[j]!));
  const axes = columns.map((_, j) => Float64Array.from({ length: count }, (_, i) => Number(i === j)));
  for (let turned = true, sweep = 0; turned && sweep < 30; sweep++) {
    turned = false;
    for (let p = 0; p < count; p++) {
      for (let q = p + 1; q < count; q++) turned = orthogonalize(columns, axes, p, q) || turned;
    }
  }
  const singular = columns.map((column) => Math.sqrt(inner(column, column)));
  const least = SINGULAR * Math.max(...singular);
  const along = columns.map((column, k) => singular[k]! > least ? inner(column, target) / singular[k]! ** 2 : 0);
  return scale.map((length, j) => along.reduce((sum, share, k) => sum + share * axes[k]![j]!, 0) / length);
}

/** Turn two columns in their plane until they are orthogonal; tells whether they were not. */
function orthogonalize(columns: readonly Float64Array[], axes: readonly Float64Array[], p: number, q: number): boolean {
  const [a, b, c] = [
    inner(columns[p]!, columns[p]!),
    inner(columns[q]!, columns[q]!),
    inner(columns[p]!, columns[q]!),
  ];
  if (Math.abs(c) <= Number.EPSILON * Math.sqrt(a * b)) return false;
  const zeta = (b - a) / (2 * c);
  const tangent = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  for (const [x, y] of [[columns[p]!, columns[q]!], [axes[p]!, axes[q]!]] as const) {
    for (let i = 0; i < x.length; i++) {
      const [u, v] = [x[i]!, y[i]!];
      x[i] = cosine * u - sine * v;
      y[i] = sine * u + cosine * v;
    }
  }
  return true;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The cubic with the values and slopes of both vertices. */
function hermite(left: Vertex, right: Vertex, at: number): number {
  const width = right.at - left.at;
  const h = (at - left.at) / width;
  return (1 - h) ** 2 * (1 + 2 * h) * left.value + h ** 2 * (3 - 2 * h) * right.value +
    (h * (1 - h) ** 2 * left.slope + h ** 2 * (h - 1) * right.slope) * width;
}
