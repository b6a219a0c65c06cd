import type { Check } from "./compare.ts";
import { checkExpressionLosses } from "./spatia_expression.ts";
import { checkLosses, checkMorphology, checkTraining } from "./spatia_losses.ts";
import { checkAdditiveBlock, checkConditioner, checkFeatures, checkSampling } from "./spatia_networks.ts";
import { checkPairing } from "./spatia_pairing.ts";

/** The fixtures of SPATIA, both plugins', and what runs them through our code. */
export const SPATIA: Readonly<Record<string, Check>> = {
  conditioner: checkConditioner,
  expression_losses: checkExpressionLosses,
  feature_extractor: checkFeatures,
  generation_losses: checkLosses,
  morphology: checkMorphology,
  pairing: checkPairing,
  resblock_additive: checkAdditiveBlock,
  training_step: checkTraining,
  unet_sampling: checkSampling,
};
