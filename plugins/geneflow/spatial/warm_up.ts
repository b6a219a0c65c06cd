/** How a term ramps in. */
export interface WarmUp {
  /** First epoch of the ramp (from 0). */
  readonly start: number;
  /** Epochs from nothing to full weight. */
  readonly length: number;
  /** `paper`: 0 at the start; `released`: one epoch ahead of it. */
  readonly offset: "paper" | "released";
}

/**
 * Weight of a term that ramps in.
 *
 * @param epoch Epoch, from 0; may be a fraction.
 * @param warmUp The ramp.
 * @returns From 0 to 1.
 */
export function warmUpWeight(epoch: number, { start, length, offset }: WarmUp): number {
  if (epoch < start) return 0;
  return Math.min(1, (epoch - start + (offset === "released" ? 1 : 0)) / length);
}
