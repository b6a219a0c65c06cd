import type { DecayLaw } from "./ema.ts";

/**
 * The decay of an average whose memory grows with training: (1 - 1 / (i + 1))^(gamma + 1) at step i (Karras et al. 2024), so
 * that it forgets the start without a warm-up.
 *
 * @param gamma Exponent, at least 0; larger ones forget faster. GMFlow takes 7.
 * @returns The law, for `TrainerOptions.ema`.
 */
export function powerDecay(gamma: number): DecayLaw {
  return (step) => (1 - 1 / (step + 1)) ** (gamma + 1);
}
