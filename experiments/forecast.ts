import type { BackendInfo } from "../core/mod.ts";
import { formatDuration } from "./progress.ts";

/** Backends on which training takes so long that the user should hear it at once, and what would be faster. */
const SLOW: readonly string[] = ["wasm", "cpu"];

/** The first steps are slower, so a forecast waits for a few, but no longer than these seconds. */
const STEPS = 3;
const SECONDS = 8;

/**
 * Forecast how long training takes where no BLAS library or graphics card helps.
 *
 * @param backend The backend that computes.
 * @param steps Steps to go.
 * @param say Tells the user one sentence.
 * @param now Clock in milliseconds.
 * @returns To be called after every step; it speaks before the first and after one of the first few.
 */
export function forecaster(
  backend: BackendInfo,
  steps: number,
  say: (sentence: string) => void,
  now: () => number = () => performance.now(),
): () => void {
  if (!SLOW.includes(backend.name) || steps === 0) return () => {};
  const help = backend.notes.length > 0
    ? "see the note on the backend above for what is faster"
    : "--backend native is faster, and says how to install one if there is none";
  say(`backend ${backend.name} uses no BLAS library: a forecast of the time follows after the first steps; ${help}`);
  const began = now();
  let done = 0;
  let told = false;
  return () => {
    done++;
    const seconds = (now() - began) / 1000;
    if (told || (done < STEPS && seconds < SECONDS)) return;
    told = true;
    say(`training takes about ${formatDuration((seconds / done) * (steps - done))} more at this speed; ${help}`);
  };
}
