import {
  add,
  div,
  logSumExp,
  matMul,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from "../../core/mod.ts";

/** Smallest squared length that a row counts with. */
const LEAST = 1e-16;

/**
 * Scale rows to length 1.
 *
 * @param x Rows, `[N, D]`.
 * @returns Rows of length 1, or of 0 where there is nothing.
 */
export function unitRows(x: Tensor): Tensor {
  return div(x, sqrt(add(sum(square(x), 1, true), LEAST)));
}

/** Mean cross-entropy of each row against its own column. */
function againstDiagonal(logits: Tensor, diagonal: Tensor): Tensor {
  return mean(sub(logSumExp(logits), diagonal));
}

/** Contrast of two sets of rows, in both directions. */
export interface Contrast {
  /** Mean cross-entropy of finding b's row for a's. */
  readonly forth: Tensor;
  /** Mean cross-entropy of finding a's row for b's. */
  readonly back: Tensor;
  /** Mean of both. */
  readonly loss: Tensor;
}

/**
 * InfoNCE between rows that belong together (van den Oord et al. 2018): cosine similarity over a temperature, every other
 * row is a negative.
 *
 * @param a Rows, `[N, D]`.
 * @param b Their partners, `[N, D]`.
 * @param temperature Temperature τ > 0.
 * @returns Cross-entropies in nats, shape `[]`.
 */
export function rowContrast(a: Tensor, b: Tensor, temperature: number): Contrast {
  const [first, second] = [unitRows(a), unitRows(b)];
  const logits = mul(matMul(first, second, false, true), 1 / temperature);
  const diagonal = mul(sum(mul(first, second), 1), 1 / temperature);
  const forth = againstDiagonal(logits, diagonal);
  const back = againstDiagonal(transpose(logits), diagonal);
  return { forth, back, loss: mul(add(forth, back), 0.5) };
}
