import type { Check } from "./compare.ts";
import { checkMulti, checkSingle } from "./geneflow_encoders.ts";
import { checkPath, checkSolver } from "./geneflow_flow.ts";
import { checkMetrics } from "./geneflow_metrics.ts";
import { checkModelSampling, checkObjective } from "./geneflow_models.ts";
import { checkSpatial } from "./geneflow_spatial.ts";
import { checkUNet } from "./geneflow_unet.ts";

/** The fixtures of GeneFlow and what runs them through our code. */
export const GENEFLOW: Readonly<Record<string, Check>> = {
  dopri5_analytic: checkSolver,
  image_metrics: checkMetrics,
  multi_model_objective: checkObjective,
  multi_model_sampling: checkModelSampling,
  rectified_flow_path: checkPath,
  rna_encoder_multi_full: checkMulti,
  rna_encoder_multi_mask: checkMulti,
  rna_encoder_multi_plain: checkMulti,
  rna_encoder_single_full: checkSingle,
  rna_encoder_single_mask: checkSingle,
  rna_encoder_single_plain: checkSingle,
  spatial_loss: checkSpatial,
  unet_forward: checkUNet,
};
