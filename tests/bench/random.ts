import { rng } from "../../core/mod.ts";
import type { Bench } from "./bench.ts";
import { hostBench } from "./host_work.ts";

/** Random draws. */
export const RANDOM: readonly Bench[] = [
  hostBench({
    name: "normal-1m",
    about: "1,000,000 standard normal draws of one stream into a new array",
    inputs: () => rng(0).host,
    run: (stream) => stream.normal(1_000_000),
  }),
];
