import { formatDuration, type ProgressBar } from "./progress.ts";

/** Counts runs as they end. */
export interface Tally {
  /**
   * Count a run as ended, and say how it went and how long the rest takes.
   *
   * @param label The run.
   * @param how How it went.
   */
  conclude(label: string, how: string): void;
  /**
   * Show what goes on meanwhile.
   *
   * @param note Short text.
   */
  report(note?: string): void;
}

/**
 * Count runs under a progress bar.
 *
 * @param bar The bar.
 * @param total Runs that are to end.
 * @param stopping Tells whether the rest is not waited for.
 * @returns The count, at 0.
 */
export function tally(bar: ProgressBar, total: number, stopping: () => boolean): Tally {
  const began = performance.now();
  let ended = 0;
  const report = (note?: string): void => bar.report(ended, total, note);
  if (total > 0) report();
  return Object.freeze({
    conclude(label: string, how: string): void {
      ended++;
      const seconds = (performance.now() - began) / 1000;
      const left = total - ended;
      const rest = left === 0 || stopping() ? "" : `, ${formatDuration(seconds / ended * left)} left`;
      bar.say(`[${ended}/${total}] ${label}: ${how}${rest}`);
      report();
    },
    report,
  });
}
