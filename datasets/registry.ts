import type { AnyDataset } from "./mod.ts";

/** All data sets by name; a new one is its file and one line here. */
export const DATASETS: Readonly<Record<string, () => Promise<AnyDataset>>> = Object.freeze({
  "abd": async () => (await import("./presets.ts")).abd,
  "anndata": async () => (await import("./anndata.ts")).anndata,
  "axolotl-brain-regeneration": async () => (await import("./axolotl_brain_regeneration.ts")).axolotl,
  "mba": async () => (await import("./presets.ts")).mba,
  "med": async () => (await import("./presets.ts")).med,
  "planarian-regeneration-visium": async () => (await import("./planarian_regeneration_visium.ts")).planarian,
  "toy-2d": async () => (await import("./toy_2d.ts")).toy2d,
  "zebrafish-embryo-stereoseq-pcs": async () => (await import("./zebrafish_embryo_stereoseq_pcs.ts")).zebrafish,
});
