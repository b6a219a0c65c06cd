import { type FusedAttributes, type FusedInputs, type FusedOp, runFused, runKernel } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** Where the entries of a sparse matrix stand, in any order; an entry that occurs twice counts twice. */
export interface SparsePlaces {
  /** Row of each entry, int32 `[E]`. */
  readonly row: Tensor;
  /** Column of each entry, int32 `[E]`. */
  readonly column: Tensor;
}

interface ProductAttributes extends FusedAttributes {
  readonly height: number;
}

/** Values that the composition holds per tensor: a graphics card binds at most 128 MiB at a time. */
const CHUNK = 2 ** 22;

/** Cut the entries so that `size` values for each of them stay small; calls back with the first and their number. */
function inChunks(entries: number, size: number, take: (from: number, count: number) => Tensor): Tensor[] {
  const most = Math.max(1, Math.floor(CHUNK / Math.max(1, size)));
  const made: Tensor[] = [];
  for (let from = 0; from < entries; from += most) made.push(take(from, Math.min(most, entries - from)));
  return made;
}

function part(x: Tensor, from: number, count: number): tf.Tensor1D {
  return tf.slice(x, [from], [count]) as tf.Tensor1D;
}

const product_: FusedOp<ProductAttributes> = {
  name: "MorphogenSparseProduct",
  saveInputs: ["values", "x", "row", "column"],
  saveOutputs: [false],
  forward: ({ values, x, row, column }: FusedInputs, { height }) => {
    const size = x!.shape[1]!;
    if (size === 0 || row!.size === 0) return [tf.zeros([height, size])];
    const parts = inChunks(row!.size, size, (from, count) => {
      const scaled = tf.mul(
        tf.gather(x!, part(column!, from, count)),
        tf.reshape(part(values!, from, count), [count, 1]),
      );
      return tf.scatterND(tf.reshape(part(row!, from, count), [count, 1]), scaled, [height, size]);
    });
    return [parts.reduce((sum, next) => tf.add(sum, next))];
  },
  gradient: (dy, [values, x, row, column]) => ({
    values: () => runKernel(dots_, { a: dy, b: x!, row: row!, column: column! }, {})[0]!,
    // The transposed matrix has rows and columns exchanged.
    x: () => product({ row: column!, column: row! }, values!, dy, x!.shape[0]!),
  }),
};

function product({ row, column }: SparsePlaces, values: Tensor, x: Tensor, height: number): Tensor {
  return runKernel(product_, { values, x, row, column }, { height })[0]!;
}

const dots_: FusedOp<FusedAttributes> = {
  name: "MorphogenSparseDots",
  saveInputs: ["a", "b", "row", "column"],
  saveOutputs: [false],
  forward: ({ a, b, row, column }: FusedInputs) => {
    const size = a!.shape[1]!;
    if (size === 0 || row!.size === 0) return [tf.zeros([row!.size])];
    const parts = inChunks(row!.size, size, (from, count) => {
      const [left, right] = [tf.gather(a!, part(row!, from, count)), tf.gather(b!, part(column!, from, count))];
      return tf.sum(tf.mul(left, right), 1);
    });
    return [parts.length === 1 ? parts[0]! : tf.concat(parts)];
  },
  gradient: (dy, [a, b, row, column]) => ({
    a: () => product({ row: row!, column: column! }, dy, b!, a!.shape[0]!),
    b: () => product({ row: column!, column: row! }, dy, a!, b!.shape[0]!),
  }),
};

function requirePlaces(action: string, { row, column }: SparsePlaces, ...rows: readonly Tensor[]): void {
  const entries = row.shape[0];
  const places = [row, column].every(({ dtype, shape }) =>
    dtype === "int32" && shape.length === 1 && shape[0] === entries
  );
  if (
    places && rows.every(({ shape }) => shape.length === 2) && rows.every(({ shape }) => shape[1] === rows[0]!.shape[1])
  ) {
    return;
  }
  throw new TypeError(
    `Cannot ${action}: places have shapes [${row.shape}] (${row.dtype}) and [${column.shape}] (${column.dtype}), rows ` +
      `${rows.map(({ shape }) => `[${shape}]`).join(" and ")}; expected int32 [E] and rows [N, D] of one length`,
  );
}

/**
 * Multiply a sparse matrix with a dense one: each row of the result is a weighted sum of rows of `x`, as over the
 * neighbours of a cell. Time and memory are linear in the entries; gradients pass to `values` and to `x` (by the
 * transposed matrix).
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, intTensor, sparseProduct, tensor } from "@morphogen/morphogen";
 *
 * const places = { row: intTensor([0, 0, 1]), column: intTensor([1, 2, 0]) };
 * const [values, x] = [tensor([0.5, 0.5, 1]), tensor([1, 2, 4], [3, 1])];
 * const sums = sparseProduct(places, values, x, 2);
 * if ((await dataOf(sums)).join() !== "3,1") throw new Error("unexpected sums");
 * dispose([...Object.values(places), values, x, sums]);
 * ```
 *
 * @param places Row (below `height`) and column (below M) of each entry; not checked.
 * @param values Value of each entry, `[E]`.
 * @param x Dense rows, `[M, D]`.
 * @param height Rows of the sparse matrix.
 * @returns The product, `[height, D]`.
 * @throws {TypeError} If places are not int32 `[E]`, there is not one value for each, or `x` is no matrix.
 */
export function sparseProduct(places: SparsePlaces, values: Tensor, x: Tensor, height: number): Tensor {
  requirePlaces("multiply by a sparse matrix", places, x);
  const { row, column } = places;
  if (values.shape.join() !== row.shape.join()) {
    throw new TypeError(
      `Cannot multiply by a sparse matrix: values have shape [${values.shape}], places [${row.shape}]`,
    );
  }
  return runFused(product_, { values, x, row, column }, { height });
}

/**
 * Dot products of chosen pairs of rows, for example of the two ends of each edge of a graph; no matrix of all pairs is
 * made.
 *
 * @param places Row of `a` (below N) and row of `b` (below M) of each pair; not checked.
 * @param a Rows, `[N, D]`.
 * @param b Rows, `[M, D]`; may be `a`.
 * @returns `a[row] . b[column]` of each pair, `[E]`.
 * @throws {TypeError} If places are not int32 `[E]`, or rows differ in length.
 */
export function sparseDots(places: SparsePlaces, a: Tensor, b: Tensor): Tensor {
  requirePlaces("multiply pairs of rows", places, a, b);
  return runFused(dots_, { a, b, row: places.row, column: places.column }, {});
}
