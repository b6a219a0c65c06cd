import { foldRows } from "./fold_rows.ts";
import { type FusedOp, runFused } from "./fused.ts";
import { sumTo } from "./reduce.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface ProductAttributes {
  readonly [key: string]: boolean;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

// Most backends repeat a factor only if it is a single matrix.
function repeatBatch(x: Tensor, batch: readonly number[]): Tensor {
  const own = x.shape.slice(0, -2);
  const single = own.every((size) => size === 1);
  return single || own.join() === batch.join() ? x : tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
}

function multiply(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return runFused(product_, { a, b }, { transposeA, transposeB });
}

function gradientOfA(dy: Tensor, b: Tensor, { transposeA, transposeB }: ProductAttributes): Tensor {
  return transposeA ? multiply(b, dy, transposeB, true) : multiply(dy, b, false, !transposeB);
}

function gradientOfB(dy: Tensor, a: Tensor, { transposeA, transposeB }: ProductAttributes): Tensor {
  return transposeB ? multiply(dy, a, true, transposeA) : multiply(a, dy, !transposeA, false);
}

const product_: FusedOp<ProductAttributes> = {
  name: "MorphogenMatMul",
  saveInputs: ["a", "b"],
  saveOutputs: [false],
  forward: ({ a, b }, { transposeA, transposeB }) => {
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return [tf.matMul(repeatBatch(a!, batch), repeatBatch(b!, batch), transposeA, transposeB)];
  },
  // The built-in derivative forgets to sum over axes that were broadcast.
  gradient: (dy, [a, b], attributes) => ({
    a: () => sumTo(gradientOfA(dy, b!, attributes), a!.shape),
    b: () => sumTo(gradientOfB(dy, a!, attributes), b!.shape),
  }),
};

/**
 * Multiply matrices, batched over leading axes with broadcasting.
 *
 * @example Usage
 * ```ts
 * import { dataOf, dispose, matMul, tensor } from "@morphogen/morphogen";
 *
 * const a = tensor([1, 2, 3, 4], [2, 2]);
 * const gram = matMul(a, a, false, true);
 * if ((await dataOf(gram)).join() !== "5,11,11,25") throw new Error("unexpected product");
 * dispose([a, gram]);
 * ```
 *
 * @param a Left factor `[..., m, k]`, or `[..., k, m]` if transposed.
 * @param b Right factor `[..., k, n]`, or `[..., n, k]` if transposed.
 * @param transposeA Whether the last two axes of `a` are swapped.
 * @param transposeB Whether the last two axes of `b` are swapped.
 * @returns The product `[..., m, n]`.
 * @throws {TypeError} If a factor has fewer than 2 axes or the inner sizes differ.
 */
export function matMul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  const inner = a.shape.at(transposeA ? -2 : -1);
  if (a.rank < 2 || b.rank < 2 || inner !== b.shape.at(transposeB ? -1 : -2)) {
    throw new TypeError(
      `Cannot multiply matrices of shapes [${a.shape}]${transposeA ? "ᵀ" : ""} and [${b.shape}]${
        transposeB ? "ᵀ" : ""
      }: expected at least 2 axes and equal inner sizes`,
    );
  }
  if (a.rank > 2 && b.rank === 2 && !transposeA) {
    // One shared right factor: fold the batch into rows, so that forward and derivative are one product each.
    const rows = multiply(foldRows(a), b, transposeA, transposeB);
    return tf.reshape(rows, [...a.shape.slice(0, -1), rows.shape[1]!]);
  }
  return multiply(a, b, transposeA, transposeB);
}
