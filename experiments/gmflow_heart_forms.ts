import type { Study } from "./experiment.ts";
import { formRuns } from "./gmflow_forms.ts";

/** As `gmflow-forms`, on the spots of a heart. */
export const gmflowHeartForms: Study = {
  name: "gmflow-heart-forms",
  description: "GMFlow beside flow matching on sections of a heart; 40 resumable runs; needs --data as gmflow-heart",
  experiment: "gmflow-heart",
  runs: formRuns("interp"),
};
