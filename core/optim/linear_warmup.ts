import type { Schedule } from "./schedule.ts";

/**
 * Let a learning rate rise linearly from a share of it, as the authors of GMFlow do.
 *
 * @param schedule The rate after the rise.
 * @param steps Updates of the rise, at least 1.
 * @param ratio Share of the rate at the first update, in [0, 1].
 * @returns The schedule.
 */
export function linearWarmup(schedule: Schedule, steps: number, ratio: number): Schedule {
  return (step) => schedule(step) * (step < steps ? 1 - (1 - step / steps) * (1 - ratio) : 1);
}
