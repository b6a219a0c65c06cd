import type { Check } from "./compare.ts";
import { checkClassifierMetrics, checkCoupling, checkPreprocessing } from "./nicheflow_host.ts";
import { checkLosses } from "./nicheflow_losses.ts";
import { checkForward, checkSampling, checkSinglePoint } from "./nicheflow_networks.ts";
import { checkTraining } from "./nicheflow_training.ts";

/** The fixtures of NicheFlow and what runs them through our code. */
export const NICHEFLOW: Readonly<Record<string, Check>> = {
  classifier_metrics: checkClassifierMetrics,
  losses_velocity: checkLosses,
  ot_coupling: checkCoupling,
  pc_sampling: checkSampling,
  pc_training: checkTraining,
  pc_transformer_forward: checkForward,
  preprocessing: checkPreprocessing,
  sp_mlp: checkSinglePoint,
};
