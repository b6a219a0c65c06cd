import { add, expandLike, gaussianPrior, mul, type Prior, type Rng, sourcePrior } from "../../core/mod.ts";
import type { Endpoint } from "./change.ts";

/** Where paths start (section 4.1). */
export interface StartConfig {
  /** `noise` (0 in the release), the `control` cell (1, released), or the `noisy-control` cell (2). */
  readonly kind: "noise" | "control" | "noisy-control";
  /** Of `noisy-control`: standard deviation of the noise, in the state's unit. */
  readonly noise: number;
  /** Of `noisy-control`: share of the training rows that get it; drawing always adds it. */
  readonly probability: number;
}

/**
 * The start of the paths.
 *
 * From the control alone one cell and one transition give one image; some noise makes several possible.
 *
 * @param config Where paths start; for drawing with a probability of 1.
 * @returns The prior.
 */
export function startPrior({ kind, noise, probability }: StartConfig): Prior<Endpoint> {
  if (kind === "noise") return gaussianPrior();
  const source = sourcePrior<Endpoint>();
  if (kind === "control") return source;
  return Object.freeze({
    sample(like: Endpoint, from: Endpoint | undefined, rng: Rng): Endpoint {
      const { x } = source.sample(like, from, rng);
      const strength = rng.fold("rows").bernoulli([x.shape[0]!], probability, noise);
      return { x: add(x, mul(rng.fold("noise").normal(x.shape), expandLike(strength, x))) };
    },
  });
}
