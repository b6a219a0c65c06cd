/** Networks of GeneFlow that train in a moment, as flags. */
export const TINY: readonly string[] = [
  "batch=4",
  "encoder.hidden=[8,8]",
  "encoder.rank=2",
  "encoder.heads=2",
  "network.base=4",
  "network.multipliers=[1,2]",
  "network.headChannels=4",
  "network.recompute=false",
  "sampling.steps=2",
  "sampling.images=6",
  "nuclei.leastArea=4",
  "nuclei.leastHole=2",
].map((setting) => `--set=plugin.config.${setting}`);
