import type { Experiment, Study } from "./experiment.ts";

/** All experiments by name; a new one is its file and its lines here. */
export const EXPERIMENTS: Readonly<Record<string, () => Promise<Experiment>>> = Object.freeze({
  "cfm-toy": async () => (await import("./cfm_toy.ts")).cfmToy,
  "gmflow-embedded": async () => (await import("./gmflow_embedded.ts")).gmflowEmbedded,
  "nicheflow-abd": async () => (await import("./nicheflow_abd.ts")).nicheflowAbd,
  "nicheflow-mba": async () => (await import("./nicheflow_mba.ts")).nicheflowMba,
  "nicheflow-med": async () => (await import("./nicheflow_med.ts")).nicheflowMed,
});

/** All studies (many runs, one table) by name. */
export const STUDIES: Readonly<Record<string, () => Promise<Study>>> = Object.freeze({
  "gmflow-forms": async () => (await import("./gmflow_forms.ts")).gmflowForms,
  "nicheflow-ladder": async () => (await import("./nicheflow_ladder.ts")).nicheflowLadder,
});
