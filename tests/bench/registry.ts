import type { Bench } from "./bench.ts";
import { CONVOLUTIONS } from "./convolution.ts";
import { COUPLINGS } from "./coupling.ts";
import { GENEFLOW } from "./geneflow.ts";
import { GMFLOW } from "./gmflow.ts";
import { IMPORTS } from "./h5ad_import.ts";
import { NEIGHBOURS } from "./neighbours.ts";
import { NICHEFLOW } from "./nicheflow.ts";
import { NICHES } from "./niches.ts";
import { PRODUCTS } from "./products.ts";
import { RANDOM } from "./random.ts";
import { ROW_PASSES } from "./rows.ts";
import { STFLOW } from "./stflow.ts";
import { ZARR_READ } from "./zarr_read.ts";

/** All benches, in the order in which they run. */
export const BENCHES: readonly Bench[] = [
  ...PRODUCTS,
  ...CONVOLUTIONS,
  ...ROW_PASSES,
  ...NICHEFLOW,
  ...GMFLOW,
  ...STFLOW,
  ...GENEFLOW,
  ...COUPLINGS,
  ...NEIGHBOURS,
  ...NICHES,
  ...ZARR_READ,
  ...IMPORTS,
  ...RANDOM,
];
