/** Milliseconds of uninterrupted work: short enough for Ctrl-C to feel prompt, long enough to cost nothing. */
const HELD = 50;

let last = 0;

/** A message to oneself goes through the event loop like any input; `setImmediate` would keep signals waiting. */
async function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
  port1.close();
}

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
 * @returns At once if there was a turn in the last 50 ms, else after one.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - last < HELD) return;
  await turn();
  last = performance.now();
}
