/** Constants of AdamW as PyTorch names them. */
export interface AdamWConstants {
  readonly lr: (step: number) => number;
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
}

/**
 * AdamW in float64, one number at a time, in the order of `torch.optim.AdamW`: decay the parameter, update both moments,
 * correct their bias, move.
 *
 * @param start Parameters.
 * @param gradients Gradients of each step.
 * @param constants Constants.
 * @returns Parameters after each step.
 */
export function referenceAdamW(
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  { lr, weightDecay, betas: [beta1, beta2], eps }: AdamWConstants,
): number[][] {
  const p = [...start];
  const m = p.map(() => 0);
  const v = p.map(() => 0);
  return gradients.map((gradient, step) => {
    const rate = lr(step);
    for (const [i, g] of gradient.entries()) {
      p[i]! *= 1 - rate * weightDecay;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const mean = m[i]! / (1 - beta1 ** (step + 1));
      const spread = v[i]! / (1 - beta2 ** (step + 1));
      p[i]! -= (rate * mean) / (Math.sqrt(spread) + eps);
    }
    return [...p];
  });
}
