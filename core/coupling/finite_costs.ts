/**
 * Refuse costs that hold NaN or infinity, or are too large.
 *
 * @param cost The costs.
 * @param action What cannot be done with them, for example `"assign rows"`.
 * @param largest Largest magnitude; absent means any finite number.
 * @throws {RangeError} If a cost cannot be used; names the first one.
 */
export function requireFiniteCosts(cost: Float64Array, action: string, largest: number = Number.MAX_VALUE): void {
  for (let at = 0; at < cost.length; at++) {
    if (Math.abs(cost[at]!) <= largest) continue;
    const limit = largest < Number.MAX_VALUE ? ` up to ${largest} in magnitude` : "";
    throw new RangeError(`Cannot ${action}: cost ${at} is ${cost[at]}, expected finite numbers${limit}`);
  }
}
