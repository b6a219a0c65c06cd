import type { Progress } from "../core/plugin.ts";

/** What a progress line shows. */
export interface ProgressState {
  /** Name of the stage, for example `"training"`. */
  readonly stage: string;
  /** Units finished. */
  readonly done: number;
  /** Units in all; 0 if unknown. */
  readonly total: number;
  /** Short text, for example the loss. */
  readonly note: string;
  /** Units per second; `undefined` while unknown. */
  readonly rate: number | undefined;
}

/** A progress bar for one stage; dispose it to end its line. */
export interface ProgressBar extends Disposable {
  /** Report how far the stage is. */
  readonly report: Progress;
  /**
   * Write a sentence above the bar.
   *
   * @param sentence The sentence.
   */
  say(sentence: string): void;
}

/** Where and how often progress is written. */
export interface ProgressOptions {
  /**
   * Receives text.
   *
   * @default {standard error}
   */
  readonly write?: (text: string) => void;
  /**
   * Columns of the terminal; `undefined` where there is none, then plain lines are written.
   *
   * @default {the width of standard error's terminal}
   */
  readonly columns?: (() => number) | undefined;
  /**
   * Milliseconds between redraws on a terminal.
   *
   * @default {100}
   */
  readonly redraw?: number;
  /**
   * Milliseconds between plain lines without a terminal.
   *
   * @default {5000}
   */
  readonly interval?: number;
  /**
   * Clock in milliseconds.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
  /**
   * Name of a unit in the plural.
   *
   * @default {"steps"}
   */
  readonly unit?: string;
}

/** Seconds over which the rate is averaged: long enough to be calm, short enough to notice a change. */
const MEMORY = 15;

/**
 * Write a duration for people.
 *
 * @param seconds Seconds, at least 0.
 * @returns For example `8 s`, `3 min 20 s`, `1 h 05 min`.
 */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
}

function formatRate(rate: number, unit: string): string {
  if (rate < 0.1) return `${formatDuration(1 / rate)} a ${unit.replace(/s$/, "")}`;
  return `${rate >= 100 ? Math.round(rate) : rate.toPrecision(2)} ${unit}/s`;
}

/**
 * Write the numbers of a progress line.
 *
 * @param state What to show.
 * @param unit Name of a unit in the plural.
 * @returns For example `training 120/1000 (12 %), loss 0.43, 3.1 steps/s, 4 min 44 s left`.
 */
export function formatProgress({ stage, done, total, note, rate }: ProgressState, unit = "steps"): string {
  const share = total > 0 ? `/${total} (${Math.floor(100 * done / total)} %)` : "";
  const parts = [`${stage} ${done}${share}`];
  if (note !== "") parts.push(note);
  if (rate !== undefined && rate > 0) {
    parts.push(formatRate(rate, unit));
    if (done < total) parts.push(`${formatDuration((total - done) / rate)} left`);
  }
  return parts.join(", ");
}

/**
 * Write a progress line with a bar, to fit a terminal.
 *
 * @param state What to show.
 * @param columns Width of the terminal.
 * @param unit Name of a unit in the plural.
 * @returns At most `columns - 1` characters.
 */
export function formatBar(state: ProgressState, columns: number, unit = "steps"): string {
  const text = formatProgress(state, unit);
  const width = Math.min(30, columns - text.length - 2);
  if (state.total <= 0 || width < 5) return text.slice(0, Math.max(0, columns - 1));
  const eighths = Math.round(8 * width * Math.min(1, state.done / state.total));
  const full = "█".repeat(eighths >> 3);
  const part = eighths % 8 === 0 ? "" : String.fromCodePoint(0x2590 - eighths % 8);
  return `${(full + part).padEnd(width, "░")} ${text}`;
}

function terminalColumns(): number {
  // Some terminals do not tell their size, or say that they have none.
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

function writeToStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let done = 0; done < bytes.length;) done += Deno.stderr.writeSync(bytes.subarray(done));
  } catch (error) {
    // Who read it is gone, for example a sweep that was killed: no reason to lose the run.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Units per second, with the last seconds counting most; the first report may come late, as when a run is resumed. */
function rateMeter(): (done: number, seconds: number) => number | undefined {
  let last: { readonly done: number; readonly seconds: number } | undefined;
  let units = 0;
  let time = 0;
  return (done, seconds) => {
    if (last === undefined || done < last.done) {
      last = { done, seconds };
      units = time = 0;
    } else if (done > last.done) {
      const fade = Math.exp(-(seconds - last.seconds) / MEMORY);
      units = units * fade + done - last.done;
      time = time * fade + seconds - last.seconds;
      last = { done, seconds };
    }
    return time > 0 ? units / time : undefined;
  };
}

/**
 * Show the progress of one stage on standard error: a bar on a terminal, else a plain line every few seconds.
 *
 * @param stage Name of the stage, for example `"training"`.
 * @param options Where and how often to write.
 * @returns The bar; dispose it at the end of the stage.
 */
export function progressBar(stage: string, options: ProgressOptions = {}): ProgressBar {
  const { write = writeToStderr, redraw = 100, interval = 5000, now = () => performance.now(), unit = "steps" } =
    options;
  const columns = "columns" in options ? options.columns : Deno.stderr.isTerminal() ? terminalColumns : undefined;
  const measure = rateMeter();
  const every = columns === undefined ? interval : redraw;
  let state: ProgressState | undefined;
  let shown: ProgressState | undefined;
  let next = columns === undefined ? now() + interval : -Infinity;

  const draw = (): void => {
    if (state === undefined) return;
    write(columns === undefined ? `${formatProgress(state, unit)}\n` : `\r${formatBar(state, columns(), unit)}\x1b[K`);
    shown = state;
    next = now() + every;
  };

  return Object.freeze({
    report(done: number, total: number, note = ""): void {
      state = { stage, done, total, note, rate: measure(done, now() / 1000) };
      if (now() >= next) draw();
    },
    say(sentence: string): void {
      write(columns === undefined ? `${sentence}\n` : `\r\x1b[K${sentence}\n`);
      if (columns !== undefined) draw();
    },
    [Symbol.dispose](): void {
      if (state !== shown) draw();
      if (columns !== undefined && shown !== undefined) write("\n");
      state = shown = undefined;
    },
  });
}
