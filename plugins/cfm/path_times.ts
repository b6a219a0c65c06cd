import { type StepControl, timeGrid } from "../../core/mod.ts";
import type { CfmConfig } from "./method.ts";

/**
 * Path times of a draw.
 *
 * @param sampling Solver and points.
 * @returns Equally spaced times; how to choose them for the adaptive solver.
 */
export function pathTimes({ solver, points }: CfmConfig["sampling"]): readonly number[] | StepControl {
  return solver === "dopri5" ? { from: 0, to: 1, firstStep: 0.01, maxSteps: 10_000 } : timeGrid(points);
}
