import type { Check } from "./compare.ts";
import { checkFrames, checkPriorAndPath } from "./stflow_host.ts";
import { checkDenoiser, checkPadding, checkSampling } from "./stflow_networks.ts";

/** The fixtures of STFlow and what runs them through our code. */
export const STFLOW: Readonly<Record<string, Check>> = {
  denoiser_forward: checkDenoiser,
  frame_averaging: checkFrames,
  padded_batch: checkPadding,
  prior_path: checkPriorAndPath,
  sampling_metrics: checkSampling,
};
