/** Plain arithmetic in float64, one number at a time: what the kernels are held against. */

/** Shape of a tensor. */
export type Shape = readonly number[];

/** Values in row-major order. */
export interface Matrix {
  /** Shape. */
  readonly shape: Shape;
  /** Values. */
  readonly data: Float32Array;
}

/** Number of values of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Whole numbers from -4 to 4 in no order: sums of a few thousand products of them are exact in float32. */
export function whole(shape: Shape, shift: number): Matrix {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => (((i + shift) * 2654435761) >>> 9) % 9 - 4);
  return { shape, data };
}

/** Place of a coordinate in row-major order; axes of length 1 and missing leading ones count as repeated. */
export function at(shape: Shape, coordinate: readonly number[]): number {
  const lead = coordinate.length - shape.length;
  return shape.reduce((index, length, axis) => index * length + (length === 1 ? 0 : coordinate[axis + lead]!), 0);
}

/** Make a tensor coordinate by coordinate. */
export function generate(shape: Shape, value: (coordinate: readonly number[]) => number): Matrix {
  const coordinate = shape.map(() => 0);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = value(coordinate);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      coordinate[axis]!++;
      if (coordinate[axis]! < shape[axis]!) break;
      coordinate[axis] = 0;
    }
  }
  return { shape, data };
}

/** Shape that two shapes broadcast to. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a.at(axis - rank) ?? 1, b.at(axis - rank) ?? 1];
    return x === 1 ? y : x;
  });
}

/** Matrix product over broadcast batches. */
export function product(a: Matrix, b: Matrix, transposeA: boolean, transposeB: boolean): Matrix {
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [m, k] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const n = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const [rowA, innerA] = transposeA ? [1, m] : [k, 1];
  const [innerB, columnB] = transposeB ? [1, k] : [n, 1];
  const out = new Float32Array(sizeOf(batch) * m * n);
  const offsets = generate(batch, (c) => at(a.shape.slice(0, -2), c)).data;
  const others = generate(batch, (c) => at(b.shape.slice(0, -2), c)).data;
  for (let p = 0; p < offsets.length; p++) {
    const [fromA, fromB] = [offsets[p]! * m * k, others[p]! * k * n];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += a.data[fromA + i * rowA + l * innerA]! * b.data[fromB + l * innerB + j * columnB]!;
        }
        out[(p * m + i) * n + j] = sum;
      }
    }
  }
  return { shape: [...batch, m, n], data: out };
}

/** Attention with the heads' features side by side. */
export function attention(q: Matrix, k: Matrix, v: Matrix, heads: number): Matrix {
  const [batch, rows, width] = q.shape as [number, number, number];
  const [, keys, features] = v.shape as [number, number, number];
  const [own, each] = [width / heads, features / heads];
  const weights = new Map<string, Float64Array>();
  const weightsOf = (b: number, i: number, h: number): Float64Array => {
    const key = `${b},${i},${h}`;
    const known = weights.get(key);
    if (known !== undefined) return known;
    const scores = Float64Array.from({ length: keys }, (_, j) => {
      let sum = 0;
      for (let f = h * own; f < (h + 1) * own; f++) {
        sum += q.data[(b * rows + i) * width + f]! * k.data[(b * keys + j) * width + f]!;
      }
      return sum / Math.sqrt(own);
    });
    const top = Math.max(...scores);
    const raised = scores.map((score) => Math.exp(score - top));
    const total = raised.reduce((x, y) => x + y, 0);
    const made = raised.map((value) => value / total);
    weights.set(key, made);
    return made;
  };
  return generate([batch, rows, features], ([b, i, f]) =>
    weightsOf(b!, i!, Math.floor(f! / each)).reduce(
      (sum, weight, j) => sum + weight * v.data[(b! * keys + j) * features + f!]!,
      0,
    ));
}
