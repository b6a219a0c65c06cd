import type { Progress } from "../../core/mod.ts";
import { type ProgressLine, progressLine } from "../import/progress.ts";

/**
 * Show progress of work that goes over the same rows several times: each pass begins a line of its own.
 *
 * @returns The line; `report` begins a new one where fewer rows are done than before.
 */
export function passLine(): ProgressLine {
  let line = progressLine("prep", "rows");
  let last = 0;
  const report: Progress = (done, total, note) => {
    if (done <= last) {
      line[Symbol.dispose]();
      line = progressLine("prep", "rows");
    }
    last = done;
    line.report(done, total, note);
  };
  return Object.freeze({
    report,
    say: (sentence: string) => line.say(sentence),
    [Symbol.dispose]: () => line[Symbol.dispose](),
  });
}
