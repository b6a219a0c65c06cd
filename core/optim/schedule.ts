/** Learning rate per update as a function of the number of updates made before. */
export type Schedule = (step: number) => number;

/**
 * The same rate throughout.
 *
 * @param rate Learning rate per update.
 * @returns The schedule.
 */
export function constantSchedule(rate: number): Schedule {
  return () => rate;
}

/**
 * Linear warm-up from 0, then a half cosine down to `floor`.
 *
 * @example Usage
 * ```ts
 * import { cosineSchedule } from "@morphogen/morphogen";
 *
 * const rate = cosineSchedule({ peak: 1, warmup: 10, steps: 110, floor: 0 });
 * if (Math.abs(rate(60) - 0.5) > 1e-12) throw new Error("half way down after 50 of 100 steps");
 * ```
 *
 * @param options Peak and floor (learning rate per update), updates of warm-up, updates in all.
 * @returns The schedule; it stays at `floor` after `steps`.
 */
export function cosineSchedule(
  options: { readonly peak: number; readonly warmup: number; readonly steps: number; readonly floor: number },
): Schedule {
  const { peak, warmup, steps, floor } = options;
  return (step) => {
    if (step < warmup) return (peak * (step + 1)) / warmup;
    const done = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
    return floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * done));
  };
}

/** State of {@linkcode plateau}; plain numbers, so that it goes into a checkpoint's JSON. */
export interface PlateauState {
  /** Factor on the learning rate so far. */
  readonly factor: number;
  /** Best value seen. */
  readonly best: number;
  /** Values since the best. */
  readonly bad: number;
}

/**
 * Reduce the rate when a validation metric stops growing (PyTorch's `ReduceLROnPlateau`, mode "max", relative threshold).
 *
 * @param state State so far; absent at the first call.
 * @param value Validation metric, larger is better.
 * @param options Multiplier at each drop, patience in calls, relative threshold.
 * @returns The new state; multiply the learning rate by its `factor`.
 */
export function plateau(
  state: PlateauState | undefined,
  value: number,
  options: { readonly multiplier: number; readonly patience: number; readonly threshold: number },
): PlateauState {
  const { factor, best, bad } = state ?? { factor: 1, best: -Infinity, bad: 0 };
  if (value > best + options.threshold * Math.abs(best === -Infinity ? 0 : best)) {
    return { factor, best: value, bad: 0 };
  }
  return bad + 1 > options.patience
    ? { factor: factor * options.multiplier, best, bad: 0 }
    : { factor, best, bad: bad + 1 };
}
