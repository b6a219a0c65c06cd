import { labelComponents, type LabelImage, neighboursOf } from "./components.ts";

/** Larger than any squared distance in a picture. */
const FAR = 1e12;

/** Squared distances to the nearest entry, given squared distances along the other axis (Felzenszwalb and Huttenlocher 2012). */
function lineDistances(f: Float64Array): Float64Array {
  const n = f.length;
  const parabola = new Int32Array(n);
  const edge = new Float64Array(n + 1);
  let k = 0;
  edge[0] = -Infinity;
  edge[1] = Infinity;
  for (let q = 1; q < n; q++) {
    const meet = (p: number): number => (f[q]! + q * q - f[p]! - p * p) / (2 * (q - p));
    let at = meet(parabola[k]!);
    while (at <= edge[k]!) at = meet(parabola[--k]!);
    parabola[++k] = q;
    edge[k] = at;
    edge[k + 1] = Infinity;
  }
  const out = new Float64Array(n);
  k = 0;
  for (let q = 0; q < n; q++) {
    while (edge[k + 1]! < q) k++;
    out[q] = (q - parabola[k]!) ** 2 + f[parabola[k]!]!;
  }
  return out;
}

/**
 * Euclidean distance of each pixel of a mask to the nearest one outside of it.
 *
 * @param mask Pixels other than 0 are in.
 * @returns Distances in pixels, row by row; 0 outside, infinite if nothing is outside.
 */
export function distanceInside({ height, width, labels }: LabelImage): Float64Array {
  const squares = Float64Array.from(labels, (label) => label === 0 ? 0 : FAR);
  for (let column = 0; column < width; column++) {
    const line = lineDistances(Float64Array.from({ length: height }, (_, row) => squares[row * width + column]!));
    line.forEach((value, row) => squares[row * width + column] = value);
  }
  for (let row = 0; row < height; row++) {
    squares.set(lineDistances(squares.slice(row * width, (row + 1) * width)), row * width);
  }
  return squares.map((value) => value >= FAR / 2 ? Infinity : Math.sqrt(value));
}

/** Tops of the distances: pixels that no other within a radius exceeds; those that touch are one. */
function tops(distance: Float64Array, { height, width, labels }: LabelImage, radius: number): Int32Array {
  const isTop = new Int32Array(labels.length);
  const reach = Math.floor(radius);
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] === 0) continue;
    const [row, column] = [Math.floor(at / width), at % width];
    let highest = true;
    for (let r = Math.max(0, row - reach); highest && r <= Math.min(height - 1, row + reach); r++) {
      for (let c = Math.max(0, column - reach); c <= Math.min(width - 1, column + reach); c++) {
        if (distance[r * width + c]! > distance[at]!) {
          highest = false;
          break;
        }
      }
    }
    isTop[at] = highest ? 1 : 0;
  }
  return labelComponents({ height, width, labels: isTop }, 8).labels;
}

/**
 * Part touching objects of a mask by a watershed of the distance to the background (Meyer 1994): basins grow from the tops
 * of the distance downhill until they meet.
 *
 * @param mask Pixels other than 0 are in.
 * @param radius Tops nearer than this, in pixels along an axis, are one object.
 * @returns Labels from 1; every pixel of the mask has one.
 */
export function splitTouching(mask: LabelImage, radius: number): LabelImage {
  const { height, width } = mask;
  const distance = distanceInside(mask);
  const labels = tops(distance, mask, radius);
  const order = Array.from(mask.labels.keys()).filter((at) => mask.labels[at] !== 0);
  order.sort((a, b) => distance[b]! - distance[a]! || a - b);
  // Downhill; plateaus and rounding leave pixels whose neighbours come later, hence the repeats.
  for (let open = order.filter((at) => labels[at] === 0); open.length > 0;) {
    const left = open.filter((at) => {
      const near = neighboursOf(at, height, width, 8).filter((next) => labels[next] !== 0);
      if (near.length === 0) return true;
      near.sort((a, b) => distance[b]! - distance[a]! || a - b);
      labels[at] = labels[near[0]!]!;
      return false;
    });
    if (left.length === open.length) break;
    open = left;
  }
  return { height, width, labels };
}
