import { type HostArray, hostArray, type NumericArray } from "../../../core/mod.ts";

/** Scale of the ten morphology numbers in the released program, in the order of `MORPHOLOGY_NAMES`. */
export const RELEASED_SCALE: readonly number[] = [2000, 200, 0.3, 0.2, 50, 50, 50, 30, 50, 30];

/** Largest scaled shift of expression. */
export const EXPRESSION_LIMIT = 10;
/** Largest scaled shift of morphology. */
export const MORPHOLOGY_LIMIT = 3;

/**
 * Mean change from controls to their partners (section 4.3): a number per gene or measure that belongs to the transition.
 *
 * @param control Values of the controls, `[N, G]`.
 * @param target Values of the targets, `[M, G]`.
 * @param match Target of each control; pairs with -1 are left out.
 * @returns Mean of target less control over the pairs, `[G]`; zeros without pairs.
 */
export function meanShift(
  control: HostArray<NumericArray>,
  target: HostArray<NumericArray>,
  match: ArrayLike<number>,
): Float64Array {
  const width = control.shape[1]!;
  const shift = new Float64Array(width);
  let pairs = 0;
  for (let i = 0; i < match.length; i++) {
    const j = match[i]!;
    if (j < 0) continue;
    pairs++;
    for (let c = 0; c < width; c++) shift[c]! += target.data[j * width + c]! - control.data[i * width + c]!;
  }
  return pairs === 0 ? shift : shift.map((sum) => sum / pairs);
}

/**
 * A shift in units of a scale, cut to a range; what does not vary does not shift.
 *
 * @param shift Mean change, `[G]`.
 * @param scale Unit of each entry, not negative.
 * @param limit Largest magnitude.
 * @returns The signature, `[G]`.
 */
export function scaledShift(shift: ArrayLike<number>, scale: ArrayLike<number>, limit: number): Float64Array {
  return Float64Array.from(shift, (value, i) => {
    const unit = scale[i]!;
    return unit > 0 ? Math.min(limit, Math.max(-limit, value / unit)) : 0;
  });
}

/**
 * Join signatures to a table.
 *
 * @param rows One signature per transition, at least one.
 * @returns `[T, G]`.
 */
export function signatureTable(rows: readonly Float64Array[]): HostArray {
  const width = rows[0]!.length;
  return hostArray(Float32Array.from(rows.flatMap((row) => Array.from(row))), [rows.length, width]);
}
