/** Milliseconds of uninterrupted work: short enough for Ctrl-C to feel prompt, long enough for a turn to cost little. */
const HELD = 100;

let last = 0;

/**
 * Let signals, timers and finished reads have their turn.
 *
 * Awaiting a promise that is already settled does not leave the current task, so a loop over tensors can keep the whole
 * process from noticing Ctrl-C. The loops that read values back call this by themselves; long work on the host between
 * two reads should call it now and then.
 *
 * @example Usage
 * ```ts
 * import { breathe } from "@morphogen/morphogen";
 *
 * let sum = 0;
 * for (let i = 0; i < 1e6; i++) {
 *   sum += Math.sqrt(i);
 *   if (i % 1000 === 0) await breathe();
 * }
 * if (Math.abs(sum / 6.66666e8 - 1) > 1e-5) throw new Error(`unexpected sum ${sum}`);
 * ```
 *
 * @returns At once if there was a turn in the last 100 ms, else after one.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - last < HELD) return;
  // Only a timer lets the process sit still for a moment, and signals are looked at only then: a message to oneself or
  // setImmediate would let dozens of turns pass without a look.
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  last = performance.now();
}
