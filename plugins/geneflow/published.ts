import type { PublishedTable } from "../../core/mod.ts";

/** What the paper printed for its own data. */
export const PUBLISHED: readonly PublishedTable[] = [{
  title: "Table 2: trained and tested on all cell types",
  data:
    "Xenium of human skin and melanoma (C1, C2, P1), 256 px, three folds; distances on features of trained networks, " +
    "which are not those of a run here",
  columns: ["flow FID ↓", "flow SSIM ↑", "diffusion FID ↓", "diffusion SSIM ↑"],
  rows: [
    { name: "P1, multi-cell", values: ["34.31 ± 5.65", "0.23 ± 0.11", "213.60 ± 17.20", "0.18 ± 0.19"] },
    { name: "P1, single-cell", values: ["27.43 ± 5.91", "0.17 ± 0.03", "132.09 ± 57.05", "0.20 ± 0.07"] },
    { name: "C1, multi-cell", values: ["47.95 ± 7.38", "0.28 ± 0.10", "189.08 ± 13.40", "0.30 ± 0.18"] },
    { name: "C1, single-cell", values: ["20.73 ± 8.45", "0.24 ± 0.04", "171.06 ± 81.98", "0.22 ± 0.07"] },
    { name: "C2, multi-cell", values: ["45.50 ± 4.10", "0.40 ± 0.09", "208.86 ± 40.93", "0.24 ± 0.15"] },
    { name: "C2, single-cell", values: ["42.61 ± 4.50", "0.35 ± 0.06", "119.22 ± 40.21", "0.36 ± 0.12"] },
  ],
}];
