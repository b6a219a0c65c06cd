import type { Progress } from "../../core/mod.ts";
import { printable } from "../../core/printable.ts";

/** A line on standard error that says how far work is; dispose it to end the line. */
export interface ProgressLine extends Disposable {
  /** Report how far the work is. */
  readonly report: Progress;
  /**
   * Write a sentence above the line.
   *
   * @param sentence The sentence.
   */
  say(sentence: string): void;
}

const WIDTH = 24;

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`
    : `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, "0")} min`;
}

/**
 * Write how far work is.
 *
 * @param done Units finished.
 * @param total Units in all, at least 1.
 * @param seconds Time that the units since the first report took.
 * @param counted Units in that time.
 * @param unit Unit in the plural.
 * @returns For example `██████░░ 120/1000 rows (12 %), 31 rows/s, 28 s left`.
 */
export function formatProgress(done: number, total: number, seconds: number, counted: number, unit: string): string {
  const share = Math.min(1, done / total);
  const full = Math.round(WIDTH * share);
  const bar = "█".repeat(full) + "░".repeat(WIDTH - full);
  const parts = [`${bar} ${done}/${total} ${unit} (${Math.floor(100 * share)} %)`];
  if (seconds > 0 && counted > 0) {
    parts.push(`${Math.round(counted / seconds)} ${unit}/s`);
    if (done < total) parts.push(`${duration((total - done) * seconds / counted)} left`);
  }
  return parts.join(", ");
}

function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
}

/**
 * Show progress on standard error: a line that is redrawn on a terminal, else a new one every five seconds.
 *
 * @param stage What is done, for example `"importing"`.
 * @param unit Unit in the plural.
 * @returns The line.
 */
export function progressLine(stage: string, unit: string): ProgressLine {
  const terminal = Deno.stderr.isTerminal();
  let begin: { readonly done: number; readonly time: number } | undefined;
  let next = performance.now() + (terminal ? 0 : 5000);
  let text = "";
  const draw = (): void => write(terminal ? `\r${text}\x1b[K` : `${text}\n`);
  return Object.freeze({
    report(done: number, total: number, note = ""): void {
      const now = performance.now();
      begin ??= { done, time: now };
      const line = formatProgress(done, Math.max(1, total), (now - begin.time) / 1000, done - begin.done, unit);
      text = printable([stage, note, line].filter((part) => part !== "").join(" "));
      if (now < next) return;
      draw();
      next = now + (terminal ? 100 : 5000);
    },
    say(sentence: string): void {
      write(terminal ? `\r\x1b[K${printable(sentence)}\n` : `${printable(sentence)}\n`);
      if (terminal && text !== "") draw();
    },
    [Symbol.dispose](): void {
      if (terminal && text !== "") write(`\r${text}\x1b[K\n`);
    },
  });
}
