/**
 * Flip an axis so that its largest loading in magnitude is positive; of equal ones the first counts.
 *
 * @param axis Loadings, changed in place.
 */
export function orient(axis: Float64Array): void {
  let largest = 0;
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) { for (let j = 0; j < axis.length; j++) axis[j]! *= -1; }
}
