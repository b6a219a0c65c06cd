import type { Settings } from "./experiment.ts";

/**
 * Check constraints on the settings that all experiments share.
 *
 * @param settings Merged settings.
 * @returns One message per problem, empty if fine.
 */
export function checkShared({ train, evaluate, seed }: Settings): readonly string[] {
  const whole = (name: string, value: number, least: number): string =>
    Number.isSafeInteger(value) && value >= least
      ? ""
      : `${name} is ${value}, expected a whole number of at least ${least}`;
  return [
    whole("train.steps", train.steps, 1),
    whole("train.warmup", train.warmup, 0),
    whole("train.accumulate", train.accumulate, 1),
    whole("train.checkpointEvery", train.checkpointEvery, 1),
    whole("train.logEvery", train.logEvery, 1),
    whole("evaluate.repeats", evaluate.repeats, 1),
    whole("seed", seed, 0),
    train.lr > 0 ? "" : `train.lr is ${train.lr}, expected a positive number`,
    train.clipNorm >= 0 ? "" : `train.clipNorm is ${train.clipNorm}, expected 0 (off) or a positive number`,
    train.weightDecay >= 0 ? "" : `train.weightDecay is ${train.weightDecay}, expected at least 0`,
    train.ema >= 0 && train.ema < 1 ? "" : `train.ema is ${train.ema}, expected 0 (off) or more and less than 1`,
    ["constant", "cosine"].includes(train.schedule)
      ? ""
      : `train.schedule is "${train.schedule}", expected constant or cosine`,
  ].filter((message) => message !== "");
}
