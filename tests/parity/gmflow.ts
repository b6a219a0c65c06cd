import type { Check } from "./compare.ts";
import { checkSpectrum } from "./gmflow_images.ts";
import { checkLosses, checkOps, checkTransitions } from "./gmflow_mixtures.ts";
import { checkRecorded, checkSampling, checkSchedulers, checkToy } from "./gmflow_sampling.ts";

/** The fixtures of GMFlow and what runs them through our code. */
export const GMFLOW: Readonly<Record<string, Check>> = {
  gm_ops: checkOps,
  losses: checkLosses,
  sampling: checkSampling,
  sampling_recorded: checkRecorded,
  schedulers: checkSchedulers,
  spectrum: checkSpectrum,
  toy_denoiser: checkToy,
  transitions: checkTransitions,
};
