import type { Bench } from "./bench.ts";
import { CONVOLUTIONS } from "./convolution.ts";
import { COUPLINGS } from "./coupling.ts";
import { NEIGHBOURS } from "./neighbours.ts";
import { NICHEFLOW } from "./nicheflow.ts";
import { PRODUCTS } from "./products.ts";
import { RANDOM } from "./random.ts";
import { ROW_PASSES } from "./rows.ts";

/** All benches, in the order in which they run. */
export const BENCHES: readonly Bench[] = [
  ...PRODUCTS,
  ...CONVOLUTIONS,
  ...ROW_PASSES,
  ...NICHEFLOW,
  ...COUPLINGS,
  ...NEIGHBOURS,
  ...RANDOM,
];
