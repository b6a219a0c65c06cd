import type { Experiment, Study } from "./experiment.ts";

/** All experiments by name; a new one is its file and its lines here. */
export const EXPERIMENTS: Readonly<Record<string, () => Promise<Experiment>>> = Object.freeze({
  "cfm-toy": async () => (await import("./cfm_toy.ts")).cfmToy,
  "geneflow-embedded": async () => (await import("./geneflow_embedded.ts")).geneflowEmbedded,
  "geneflow-merfish": async () => (await import("./geneflow_merfish.ts")).geneflowMerfish,
  "geneflow-tumour": async () => (await import("./geneflow_tumour.ts")).geneflowTumour,
  "geneflow-u2os": async () => (await import("./geneflow_u2os.ts")).geneflowU2os,
  "geneflow-xenium": async () => (await import("./geneflow_xenium.ts")).geneflowXenium,
  "gmflow-embedded": async () => (await import("./gmflow_embedded.ts")).gmflowEmbedded,
  "gmflow-heart": async () => (await import("./gmflow_heart.ts")).gmflowHeart,
  "gmflow-mosta": async () => (await import("./gmflow_mosta.ts")).gmflowMosta,
  "nicheflow-abd": async () => (await import("./nicheflow_abd.ts")).nicheflowAbd,
  "nicheflow-mba": async () => (await import("./nicheflow_mba.ts")).nicheflowMba,
  "nicheflow-med": async () => (await import("./nicheflow_med.ts")).nicheflowMed,
  "sedr-dlpfc": async () => (await import("./sedr_dlpfc.ts")).sedrDlpfc,
  "sedr-heart": async () => (await import("./sedr_heart.ts")).sedrHeart,
  "sedr-mosta": async () => (await import("./sedr_mosta.ts")).sedrMosta,
  "sedr-osmfish": async () => (await import("./sedr_osmfish.ts")).sedrOsmfish,
  "spatia-embedded": async () => (await import("./spatia_embedded.ts")).spatiaEmbedded,
  "spatia-mist": async () => (await import("./spatia_mist.ts")).spatiaMist,
  "spatia-representation": async () => (await import("./spatia_representation.ts")).spatiaRepresentation,
  "spatia-tumour": async () => (await import("./spatia_tumour.ts")).spatiaTumour,
  "stflow-embedded": async () => (await import("./stflow_embedded.ts")).stflowEmbedded,
  "stflow-hest": async () => (await import("./stflow_hest.ts")).stflowHest,
  "stflow-tumour": async () => (await import("./stflow_tumour.ts")).stflowTumour,
});

/** All studies (many runs, one table) by name. */
export const STUDIES: Readonly<Record<string, () => Promise<Study>>> = Object.freeze({
  "geneflow-baselines": async () => (await import("./geneflow_baselines.ts")).geneflowBaselines,
  "geneflow-u2os-baselines": async () => (await import("./geneflow_baselines.ts")).geneflowU2osBaselines,
  "geneflow-xenium-across": async () => (await import("./geneflow_xenium_studies.ts")).geneflowXeniumAcross,
  "geneflow-xenium-folds": async () => (await import("./geneflow_xenium_studies.ts")).geneflowXeniumFolds,
  "gmflow-forms": async () => (await import("./gmflow_forms.ts")).gmflowForms,
  "gmflow-heart-forms": async () => (await import("./gmflow_heart_forms.ts")).gmflowHeartForms,
  "nicheflow-ladder": async () => (await import("./nicheflow_ladder.ts")).nicheflowLadder,
  "spatia-fusion": async () => (await import("./spatia_fusion.ts")).spatiaFusion,
  "spatia-tumour-fusion": async () => (await import("./spatia_tumour_fusion.ts")).spatiaTumourFusion,
  "spatia-weighting": async () => (await import("./spatia_weighting.ts")).spatiaWeighting,
  "stflow-ablation": async () => (await import("./stflow_ablation.ts")).stflowAblation,
  "stflow-her2": async () => (await import("./stflow_her2.ts")).stflowHer2,
  "stflow-mice": async () => (await import("./stflow_mice.ts")).stflowMice,
});
