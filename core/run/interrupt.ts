/** Signals that ask a run to stop. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** Watches for Ctrl-C and termination until it is disposed. */
export interface SignalWatch extends Disposable {
  /** The first signal that arrived; the loop polls this after each step. */
  readonly received: StopSignal | undefined;
  /** Aborts on the first signal, for work that can be cut short. */
  readonly abort: AbortSignal;
}

/** How to react to signals. */
export interface WatchOptions {
  /**
   * Told what happens next on the first signal.
   *
   * @default {console.warn}
   */
  readonly notify?: (sentence: string) => void;
  /** Called on the second signal, before the process ends. */
  readonly onSecond?: (signal: StopSignal) => void;
}

/**
 * Exit code of a process that stopped on a signal.
 *
 * @param signal The signal.
 * @returns 130 for SIGINT, 143 for SIGTERM.
 */
export function exitCodeOf(signal: StopSignal): 130 | 143 {
  return signal === "SIGINT" ? 130 : 143;
}

/**
 * Watch for SIGINT and SIGTERM: the first is recorded for the loop to see, the second ends the process at once.
 *
 * @example Usage
 * ```ts
 * import { watchSignals } from "@morphogen/morphogen";
 *
 * using signals = watchSignals();
 * if (signals.received !== undefined) throw new Error("nothing was sent");
 * ```
 *
 * @param options How to react.
 * @returns The watch; dispose it to give signals their usual effect again.
 */
export function watchSignals(options: WatchOptions = {}): SignalWatch {
  const { notify = console.warn, onSecond } = options;
  const controller = new AbortController();
  let received: StopSignal | undefined;
  // Windows knows no SIGTERM and refuses to listen for it.
  const signals: readonly StopSignal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => {
    const listener = (): void => {
      if (received !== undefined) {
        onSecond?.(signal);
        Deno.exit(exitCodeOf(signal));
      }
      received = signal;
      notify(`${signal} received, finishing the step and saving; once more stops at once`);
      controller.abort();
    };
    Deno.addSignalListener(signal, listener);
    return [signal, listener] as const;
  });
  return Object.freeze({
    get received(): StopSignal | undefined {
      return received;
    },
    abort: controller.signal,
    [Symbol.dispose](): void {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  });
}
