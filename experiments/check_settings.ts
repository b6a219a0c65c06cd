import { checkChoice, checkNumber, checkWhole } from "../core/mod.ts";
import type { Settings } from "./experiment.ts";

/**
 * Check constraints on the settings that all experiments share.
 *
 * @param settings Merged settings.
 * @returns One message per problem, empty if fine.
 */
export function checkShared({ train, evaluate, seed }: Settings): readonly string[] {
  return [
    ...checkWhole("train.steps", train.steps, 1),
    ...checkWhole("train.warmup", train.warmup, 0),
    ...checkWhole("train.accumulate", train.accumulate, 1),
    ...checkWhole("train.checkpointEvery", train.checkpointEvery, 1),
    ...checkWhole("train.logEvery", train.logEvery, 1),
    ...checkWhole("evaluate.repeats", evaluate.repeats, 1),
    ...checkWhole("seed", seed, 0),
    ...checkChoice("train.schedule", train.schedule, ["constant", "cosine"]),
    ...checkNumber("train.lr", train.lr, (v) => v > 0, "a positive number"),
    ...checkNumber("train.clipNorm", train.clipNorm, (v) => v >= 0, "0 (off) or a positive number"),
    ...checkNumber("train.weightDecay", train.weightDecay, (v) => v >= 0, "at least 0"),
    ...checkNumber("train.ema", train.ema, (v) => v >= 0 && v < 1, "0 (off) or more and less than 1"),
  ];
}
