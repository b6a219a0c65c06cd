import { hostArray, niches, rng } from "../../core/mod.ts";
import type { Bench } from "./bench.ts";
import { hostBench } from "./host_work.ts";

const CELLS = 100_000;

/** About 30 cells lie within it. */
const RADIUS = Math.sqrt(30 / (Math.PI * CELLS));

/** Niches of sections. */
export const NICHES: readonly Bench[] = [
  hostBench({
    name: "niches-100000",
    about: `niches of ${CELLS} uniform cells in the unit square: the most frequent number within a radius, about 30`,
    inputs: () => hostArray(Float64Array.from(rng(5).host.uniform(2 * CELLS)), [CELLS, 2]),
    run: (cells) => niches(cells, RADIUS).members,
  }),
];
