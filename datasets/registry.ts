import type { AnyDataset } from "./mod.ts";

/** All data sets by name; a new one is its file and one line here. */
export const DATASETS: Readonly<Record<string, () => Promise<AnyDataset>>> = Object.freeze({
  "abd": async () => (await import("./presets.ts")).abd,
  "anndata": async () => (await import("./anndata.ts")).anndata,
  "axolotl-brain-regeneration": async () => (await import("./axolotl_brain_regeneration.ts")).axolotl,
  "celegans-embryo-4d": async () => (await import("./celegans_embryo_4d.ts")).celegans,
  "drosophila-embryo-bdtnp": async () => (await import("./drosophila_embryo_bdtnp.ts")).drosophila,
  "emt-tgfb1-latent": async () => (await import("./emt_tgfb1_latent.ts")).emtTgfb1Latent,
  "hest-bench": async () => (await import("./hest_bench.ts")).hestBench,
  "imported": async () => (await import("./imported.ts")).imported,
  "mba": async () => (await import("./presets.ts")).mba,
  "med": async () => (await import("./presets.ts")).med,
  "mosta": async () => (await import("./mosta.ts")).mosta,
  "mouse-cortex-osmfish": async () => (await import("./mouse_cortex_osmfish.ts")).osmfish,
  "mouse-olfactory-bulb-st-he": async () => (await import("./mouse_olfactory_bulb.ts")).olfactoryBulb,
  "planarian-regeneration-visium": async () => (await import("./planarian_regeneration_visium.ts")).planarian,
  "stimage-1k4m": async () => (await import("./stimage.ts")).stimage,
  "synthetic-tissue": async () => (await import("./synthetic_tissue.ts")).syntheticTissue,
  "toy-2d": async () => (await import("./toy_2d.ts")).toy2d,
  "u2os-fkhr-translocation": async () => (await import("./u2os_fkhr_translocation.ts")).u2os,
  "xenium-skin": async () => (await import("./xenium_skin.ts")).xeniumSkin,
  "zebrafish-embryo-stereoseq-pcs": async () => (await import("./zebrafish_embryo_stereoseq_pcs.ts")).zebrafish,
});
