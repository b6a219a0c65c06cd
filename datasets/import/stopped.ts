import type { StopSignal } from "../../core/mod.ts";

/** Thrown where an import is cut short by Ctrl-C or termination; nothing is lost, the same command goes on. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** Signal that arrived. */
  readonly signal: StopSignal;

  /**
   * @param signal Signal that arrived.
   */
  constructor(signal: StopSignal) {
    super(`Stopped by ${signal}`);
    this.signal = signal;
  }
}
