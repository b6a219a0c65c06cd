import type { PublishedTable } from "../../core/mod.ts";

/** What the paper printed for its own data, as two reading notes give it. */
export const PUBLISHED: readonly PublishedTable[] = [{
  title: "Conditional generation of cell morphology",
  data:
    "Xenium of human breast cancer, five transitions; distances on features of Inception, which are not those of a run " +
    "here; no spread over seeds is given, and the numbers are taken from notes on the paper",
  columns: ["FID ↓", "KID ↓", "Wasserstein correlation ↑", "KS ↑"],
  rows: [
    { name: "CellFlux", values: ["64.1", "2.31", "0.83", "0.57"] },
    { name: "MorphDiff", values: ["70.5", "2.52", "0.81", "0.54"] },
    { name: "GeneFlow", values: ["62.4", "2.20", "0.87", "0.58"] },
    { name: "SPATIA, base", values: ["59.5", "2.09", "0.90", "0.61"] },
    { name: "SPATIA, reweighted", values: ["59.1", "2.06", "0.91", "0.62"] },
    { name: "SPATIA, with morphology", values: ["58.5", "2.01", "0.94", "0.65"] },
  ],
}];
