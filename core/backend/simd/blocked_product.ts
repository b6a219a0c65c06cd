import type { Func } from "./encode.ts";
import { packAcross4, packAcross8, packAlong4, packAlong8 } from "./pack.ts";
import { multiplyStrips } from "./product.ts";

/** Vector kernels of matrix products; arguments are as `pack.ts` and `product.ts` declare. */
export interface ProductSimd {
  readonly packAlong4: PackStrips;
  readonly packAlong8: PackStrips;
  readonly packAcross4: PackStrips;
  readonly packAcross8: PackStrips;
  readonly multiplyStrips: (
    a: number,
    b: number,
    c: number,
    strideC: number,
    m: number,
    n: number,
    k: number,
    add: number,
    tile: number,
  ) => void;
}

/** The functions of {@linkcode ProductSimd}. */
export const PRODUCT_FUNCTIONS: readonly Func[] = [packAlong4, packAlong8, packAcross4, packAcross8, multiplyStrips];

/** Lays lines out as strips; offsets and strides are in bytes. */
export type PackStrips = (
  from: number,
  stride: number,
  to: number,
  strip: number,
  lines: number,
  k: number,
) => void;

/** One factor or the result of a product: where it begins (byte offset) and how far apart its rows are (values). */
export type Matrix = readonly [offset: number, stride: number];

/** Size of the result and inner size. */
export interface ProductSizes {
  /** Rows of the result. */
  readonly m: number;
  /** Columns of the result. */
  readonly n: number;
  /** Inner size. */
  readonly k: number;
}

/** Rows of a packed block of `a`: with `INNER` a quarter of the second cache. */
const ROWS = 128;
/** Columns of a packed block of `b`. */
const COLUMNS = 1024;
/** Inner size worked through at a time: a strip of `b` stays in the first cache. */
const INNER = 256;

/** Values of a line that are packed before the next line's turn: their strips' cache lines are still at hand then. */
const REACH = 8;

const BYTES = 4;
const BLOCK_A = BYTES * ROWS * INNER;
const BLOCK_B = BYTES * COLUMNS * INNER;

/** Values of scratch memory that {@linkcode blockedProduct} needs. */
export const PRODUCT_SCRATCH: number = ROWS * INNER + COLUMNS * INNER + 32;

type Pack = (from: number, stride: number, to: number, lines: number, k: number) => void;

function along(pack: PackStrips, width: number): Pack {
  return (from, stride, to, lines, k) => pack(from, stride, to, BYTES * width * k, lines, k);
}

function across(pack: PackStrips, width: number): Pack {
  return (from, stride, to, lines, k) => {
    const reach = lines > width ? REACH : k;
    for (let p = 0; p < k; p += reach) {
      const strip = BYTES * width * k;
      pack(from + stride * p, stride, to + BYTES * width * p, strip, lines, Math.min(reach, k - p));
    }
  };
}

/**
 * Multiply two matrices in memory, `c = a b + beta c`, row-major: blocks of both are packed into strips, which the vector
 * kernel reads in order (Goto and van de Geijn, ACM TOMS 34:12, 2008).
 *
 * @param simd Vector kernels of the memory.
 * @param scratch Byte offset of {@linkcode PRODUCT_SCRATCH} values.
 * @param sizes Sizes.
 * @param transposeA Whether `a` is stored `[k, m]`.
 * @param transposeB Whether `b` is stored `[n, k]`.
 * @param a Left factor.
 * @param b Right factor.
 * @param beta Whether the result is added to what is there; an inner size of 0 then leaves it as it is.
 * @param c Result.
 */
export function blockedProduct(
  simd: ProductSimd,
  scratch: number,
  { m, n, k }: ProductSizes,
  transposeA: boolean,
  transposeB: boolean,
  [a, strideA]: Matrix,
  [b, strideB]: Matrix,
  beta: 0 | 1,
  [c, strideC]: Matrix,
): void {
  const [packedA, packedB, tile] = [scratch, scratch + BLOCK_A, scratch + BLOCK_A + BLOCK_B];
  const packA = transposeA ? across(simd.packAcross4, 4) : along(simd.packAlong4, 4);
  const packB = transposeB ? along(simd.packAlong8, 8) : across(simd.packAcross8, 8);
  const [rowA, innerA] = transposeA ? [1, strideA] : [strideA, 1];
  const [columnB, innerB] = transposeB ? [strideB, 1] : [1, strideB];
  // An inner size of 0 still clears the result.
  for (let p = 0; p < k || p === 0; p += INNER) {
    const inner = Math.min(INNER, k - p);
    const add = beta === 1 || p > 0 ? 1 : 0;
    for (let j = 0; j < n; j += COLUMNS) {
      const columns = Math.min(COLUMNS, n - j);
      packB(b + BYTES * (j * columnB + p * innerB), BYTES * strideB, packedB, columns, inner);
      for (let i = 0; i < m; i += ROWS) {
        const rows = Math.min(ROWS, m - i);
        packA(a + BYTES * (i * rowA + p * innerA), BYTES * strideA, packedA, rows, inner);
        const to = c + BYTES * (i * strideC + j);
        simd.multiplyStrips(packedA, packedB, to, BYTES * strideC, rows, columns, inner, add, tile);
      }
    }
  }
}
